import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scanPhantom } from "../../../../../../ts/data/phantom/draw/scan.ts";
import { factClasses, phantomTruth } from "../../../../../../ts/data/phantom/truth/facts.ts";
import { streamOfSeed } from "../../../../../../ts/data/phantom/truth/seeds.ts";
import { writePhantomDataset } from "../../../../../../ts/data/phantom/write/volumes.ts";
import type { CaseRow, ItemRow } from "../../../../../../ts/schema/sample.ts";
import { caseRowSchema, datasetManifestSchema, itemRowSchema } from "../../../../../../ts/schema/sample.ts";
import { paces } from "../../../../../support/pace.ts";

const options = { seed: 7, volumes: { train: 6, validation: 3, test: 3 }, sizeDHW: [16, 48, 48] as const };

/** SHA-256 over the names and bytes of all files of a folder. */
function digestOf(folder: string): string {
  const hash = createHash("sha256");
  for (const name of (readdirSync(folder, { recursive: true }) as string[]).sort()) {
    if (name === "volumes") continue;
    hash.update(name).update(readFileSync(join(folder, name)));
  }
  return hash.digest("hex");
}

const rows = <Row>(file: string, parse: (value: unknown) => Row): Row[] =>
  readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => parse(JSON.parse(line)));

describe("writePhantomDataset", () => {
  let parent = "",
    folder = "";
  let cases: CaseRow[] = [],
    items: ItemRow[] = [];
  const progress: number[] = [];

  beforeAll(async () => {
    parent = mkdtempSync(join(tmpdir(), "tomoe-phantom-"));
    folder = join(parent, "set");
    await writePhantomDataset(folder, {
      ...options,
      onProgress: ({ done, total }) => {
        progress.push(done / total);
      },
    });
    cases = rows(join(folder, "cases.jsonl"), (value) => caseRowSchema.parse(value));
    items = rows(join(folder, "items.jsonl"), (value) => itemRowSchema.parse(value));
  });
  afterAll(() => {
    rmSync(parent, { recursive: true, force: true });
  });

  it("writes a manifest that counts the rows and lists the classes of all facts", () => {
    const manifest = datasetManifestSchema.parse(
      JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")),
    );
    expect(manifest).toMatchObject({
      name: "PhantomCT",
      source: "phantom-ct/1 seed=7 size=16x48x48",
      cases: 12,
      items: items.length,
      patchClasses: [],
    });
    expect(manifest.facts).toMatchObject(factClasses);
    for (const row of cases)
      expect(Object.keys(row.facts ?? {}).sort()).toEqual(Object.keys(manifest.facts).sort());
  });

  it("writes one volume and one patient a case, whose voxels are the scan of the subject's seed", () => {
    expect(new Set(cases.map((row) => row.subject)).size).toBe(12);
    for (const row of cases) {
      const truth = phantomTruth(Number(row.subject.slice("phantom-".length)));
      const bytes = readFileSync(join(folder, row.path));
      const scan = scanPhantom(truth, options.sizeDHW);
      expect(bytes.subarray(352).equals(Buffer.from(scan.voxels.buffer))).toBe(true);
      expect(row.facts?.plane).toBe(factClasses.plane.indexOf(truth.plane));
    }
  });

  it("draws each split from a stream of its own", () => {
    const streams = { train: "train", validation: "validation", test: "heldOut" };
    for (const row of cases)
      expect(streamOfSeed(Number(row.subject.slice("phantom-".length)))).toBe(streams[row.split]);
  });

  it("writes items of known cases alone, a report for each", () => {
    const known = new Set(cases.map((row) => row.case));
    for (const item of items) expect(known.has(item.case)).toBe(true);
    expect(items.filter((item) => item.task === "report").map((item) => item.case)).toEqual([...known]);
  });

  it("reports its progress up to the whole", () => {
    expect(progress).toHaveLength(12);
    expect(progress.at(-1)).toBe(1);
  });

  it("writes the same bytes again for the same options and others for another seed", async () => {
    await writePhantomDataset(join(parent, "again"), options);
    await writePhantomDataset(join(parent, "other"), { ...options, seed: 8 });
    expect(digestOf(join(parent, "again"))).toBe(digestOf(folder));
    expect(digestOf(join(parent, "other"))).not.toBe(digestOf(folder));
  });

  it("writes the same phantoms first however many are asked for", async () => {
    await writePhantomDataset(join(parent, "more"), {
      ...options,
      volumes: { train: 8, validation: 0, test: 1 },
    });
    for (const row of cases.filter((one) => one.split === "train").slice(0, 3)) {
      expect(readFileSync(join(parent, "more", row.path)).equals(readFileSync(join(folder, row.path)))).toBe(
        true,
      );
    }
  });

  it("refuses sizes, counts and seeds out of range before it writes anything", async () => {
    const attempts = [
      [{ ...options, sizeDHW: [12, 48, 48] as const }, "phantom sizeDHW is 12 x 48 x 48"],
      [{ ...options, volumes: { train: -1, validation: 0, test: 0 } }, "phantom volumes.train is -1"],
      [{ ...options, seed: 0.5 }, "phantom seed is 0.5"],
    ] as const;
    for (const [attempt, message] of attempts) {
      await expect(writePhantomDataset(join(parent, "bad"), attempt)).rejects.toMatchObject({
        code: "CONFIG_INVALID",
        message: expect.stringContaining(message),
      });
    }
    expect(existsSync(join(parent, "bad"))).toBe(false);
  });

  it("stops between volumes when aborted and leaves nothing behind", async () => {
    const stop = new AbortController();
    const work = writePhantomDataset(join(parent, "stopped"), {
      ...options,
      signal: stop.signal,
      onProgress: ({ done }) => {
        if (done === 2) stop.abort();
      },
    });
    await expect(work).rejects.toMatchObject({ code: "CANCELLED" });
    expect(readdirSync(parent).filter((name) => name.includes("stopped"))).toEqual([]);
  });

  it("draws twenty volumes of 16 x 48 x 48 in at most 20 paces", () => {
    const needed = paces(() => {
      for (let seed = 0; seed < 20; seed += 1) scanPhantom(phantomTruth(seed), [16, 48, 48]);
    });
    // About 2.
    expect(needed).toBeLessThan(20);
  });
});
