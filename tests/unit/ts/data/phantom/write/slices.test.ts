import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { patchLabels } from "../../../../../../ts/data/phantom/draw/patches.ts";
import { sliceSample } from "../../../../../../ts/data/phantom/draw/slices.ts";
import { streamOfSeed } from "../../../../../../ts/data/phantom/truth/seeds.ts";
import { patchClasses } from "../../../../../../ts/data/phantom/truth/structures.ts";
import { writeSliceDataset } from "../../../../../../ts/data/phantom/write/slices.ts";
import type { CaseRow, ItemRow } from "../../../../../../ts/schema/sample.ts";
import { caseRowSchema, datasetManifestSchema, itemRowSchema } from "../../../../../../ts/schema/sample.ts";

const options = { seed: 3, slices: { train: 150, validation: 20 }, sizeHW: [48, 48] as const, patchSize: 12 };
const rows = <Row>(file: string, parse: (value: unknown) => Row): Row[] =>
  readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => parse(JSON.parse(line)));

/** Extents and voxels of one of our NIfTI files. */
function readBack(file: string): { readonly extents: readonly number[]; readonly voxels: Int16Array } {
  const bytes = readFileSync(file);
  const extents = [1, 2, 3].map((axis) => bytes.readInt16LE(40 + 2 * axis));
  return {
    extents,
    voxels: new Int16Array(bytes.buffer.slice(bytes.byteOffset + 352, bytes.byteOffset + bytes.byteLength)),
  };
}

describe("writeSliceDataset", () => {
  let parent = "",
    folder = "";
  let cases: CaseRow[] = [],
    items: ItemRow[] = [];

  beforeAll(async () => {
    parent = mkdtempSync(join(tmpdir(), "tomoe-slices-"));
    folder = join(parent, "set");
    await writeSliceDataset(folder, options);
    cases = rows(join(folder, "cases.jsonl"), (value) => caseRowSchema.parse(value));
    items = rows(join(folder, "items.jsonl"), (value) => itemRowSchema.parse(value));
  });
  afterAll(() => {
    rmSync(parent, { recursive: true, force: true });
  });

  it("writes a manifest with the patch classes and the facts of slices", () => {
    const manifest = datasetManifestSchema.parse(
      JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")),
    );
    expect(manifest).toMatchObject({
      cases: 170,
      items: items.length,
      patchClasses: [...patchClasses],
      source: "phantom-ct/1 slices seed=3 size=48x48 patch=12",
    });
    for (const row of cases)
      expect(Object.keys(row.facts ?? {}).sort()).toEqual(Object.keys(manifest.facts).sort());
  });

  it("writes each slice and its patch labels where its case row says", () => {
    for (const row of cases) {
      const sample = sliceSample(Number(row.subject.slice("phantom-".length)), [48, 48]);
      const stack = readBack(join(folder, row.path)),
        labels = readBack(join(folder, row.patchLabels ?? ""));
      const slice = row.slice ?? Number.NaN;
      expect(stack.extents.slice(0, 2)).toEqual([48, 48]);
      expect(labels.extents).toEqual([4, 4, stack.extents[2]]);
      expect(stack.voxels.subarray(slice * 2304, (slice + 1) * 2304)).toEqual(sample.image.voxels);
      expect(labels.voxels.subarray(slice * 16, (slice + 1) * 16)).toEqual(
        patchLabels(sample.image.structureIds, [1, 48, 48], 12),
      );
    }
  });

  it("keeps the slices of one plane and split together, at most 64 a file, and lists every slice of every file once", () => {
    const listed = new Map<string, number[]>();
    for (const row of cases) listed.set(row.path, [...(listed.get(row.path) ?? []), row.slice ?? Number.NaN]);
    expect(
      readdirSync(join(folder, "slices"))
        .map((name) => `slices/${name}`)
        .sort(),
    ).toEqual([...listed.keys()].sort());
    for (const [path, slices] of listed) {
      const depth = readBack(join(folder, path)).extents[2] ?? 0;
      expect(depth).toBeLessThanOrEqual(64);
      expect(slices).toEqual(Array.from({ length: depth }, (_, n) => n));
    }
    for (const row of cases) expect(row.path.startsWith(`slices/${row.split}-`)).toBe(true);
  });

  it("draws from the stream of slices alone, never one seed twice", () => {
    expect(new Set(cases.map((row) => row.subject)).size).toBe(170);
    for (const row of cases)
      expect(streamOfSeed(Number(row.subject.slice("phantom-".length)))).toBe("slices");
  });

  it("writes the same bytes again", async () => {
    await writeSliceDataset(join(parent, "again"), options);
    for (const name of readdirSync(folder, { recursive: true }) as string[]) {
      if (name === "slices" || name === "labels") continue;
      expect(readFileSync(join(parent, "again", name)).equals(readFileSync(join(folder, name)))).toBe(true);
    }
  });

  it("refuses a patch size that does not divide the slice, and stops when aborted", async () => {
    await expect(writeSliceDataset(join(parent, "bad"), { ...options, patchSize: 10 })).rejects.toMatchObject(
      { code: "CONFIG_INVALID", message: expect.stringContaining("48 x 48 with patches of 10") },
    );
    await expect(
      writeSliceDataset(join(parent, "stopped"), { ...options, signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: "CANCELLED" });
    expect(readdirSync(parent).sort()).toEqual(["again", "set"]);
  });
});
