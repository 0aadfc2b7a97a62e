import { existsSync, mkdtempSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { lookAtRow, writeRow } from "../../../../../ts/data/cache/row-file.ts";
import type { Receipt } from "../../../../../ts/schema/volume.ts";
import { decodeTensors } from "../../../../../ts/tensor/index.ts";
import { caught } from "../../../../support/caught.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const root = temporaryFolder();
const fresh = (): string => mkdtempSync(join(root, "cache-"));

const shape = [2, 3, 4] as const;
const receipt: Receipt = {
  format: "nifti",
  sourceDigest: "a".repeat(64),
  sourceOrientation: "LPS",
  sourceShapeXYZ: [4, 3, 2],
  steps: [{ step: "read" }],
};
const made = {
  voxels: Int16Array.from({ length: 24 }, (_, at) => at * 7 - 80),
  patches: undefined,
  receipt,
  warnings: [{ code: "SINGLE_SLICE_SPACING", message: "told" }],
};

async function written(change: Partial<typeof made> = {}) {
  const path = join(fresh(), "ab", "row.arrow");
  return { path, record: await writeRow(path, { ...made, ...change }, { shape }) };
}

describe("a row", () => {
  it("is one file: an Arrow stream that any reader takes, and its record behind it", async () => {
    const { path, record } = await written();
    expect(readdirSync(dirname(path))).toEqual(["row.arrow"]);
    const [column] = decodeTensors(readFileSync(path).subarray(0, record.lengthBytes));
    expect(column).toMatchObject({ name: "volume", rows: 1, shape: [...shape], data: made.voxels });
    expect(record).toMatchObject({ receipt, warnings: made.warnings, patchShape: null, shape });
    for (const depth of ["record", "all"] as const)
      expect(await lookAtRow(path, depth)).toEqual({ kind: "whole", record });
  });

  it("holds the labels of its patches beside its voxels", async () => {
    const patches = { shape: [2, 1, 1] as const, labels: Int16Array.of(3, -1) };
    const { path, record } = await written({ patches: patches as never });
    const columns = decodeTensors(readFileSync(path).subarray(0, record.lengthBytes));
    expect(columns.map(({ name }) => name)).toEqual(["volume", "patchLabels"]);
    expect(columns[1]).toMatchObject({ shape: [2, 1, 1], data: patches.labels });
    expect(record.patchShape).toEqual([2, 1, 1]);
  });

  it("with a record longer than what is read at first is read whole", async () => {
    const steps = Array.from({ length: 400 }, (_, index) => ({ step: "resize", index }));
    const { path, record } = await written({ receipt: { ...receipt, steps } });
    expect(await lookAtRow(path, "all")).toEqual({ kind: "whole", record });
  });

  it("is missing where there is none", async () => {
    expect(await lookAtRow(join(fresh(), "row.arrow"), "all")).toEqual({ kind: "missing" });
  });

  it("is found to be damaged by every flipped bit, wherever it lies", async () => {
    const { path } = await written();
    const bytes = readFileSync(path);
    for (let at = 0; at < bytes.length; at += 3) {
      const other = Buffer.from(bytes);
      other.writeUInt8(other.readUInt8(at) ^ (1 << (at % 8)), at);
      writeFileSync(path, other);
      expect([at, (await lookAtRow(path, "all")).kind]).toEqual([at, "damaged"]);
    }
  });

  it("is found to be damaged by every cut, and by what stands behind it", async () => {
    const { path } = await written();
    const bytes = readFileSync(path);
    for (let length = 0; length < bytes.length; length += 11) {
      writeFileSync(path, bytes);
      truncateSync(path, length);
      expect([length, (await lookAtRow(path, "record")).kind]).toEqual([length, "damaged"]);
    }
    writeFileSync(path, Buffer.concat([bytes, Buffer.alloc(1)]));
    expect((await lookAtRow(path, "record")).kind).toBe("damaged");
    // Its own end twice: the length is another one.
    writeFileSync(path, Buffer.concat([bytes, bytes]));
    expect((await lookAtRow(path, "record")).kind).toBe("damaged");
  });

  it("is not there where it could not be written", async () => {
    const folder = fresh();
    writeFileSync(join(folder, "ab"), "a file in the way");
    const error = await caught(() => writeRow(join(folder, "ab", "row.arrow"), made, { shape }));
    expect(error.code).toBe("OUTPUT_CREATE");
    expect(existsSync(join(folder, "ab", "row.arrow"))).toBe(false);
  });
});

describe("any row", () => {
  const side = fc.integer({ min: 1, max: 5 });
  const arbitrary = fc.tuple(side, side, side).chain(([d, h, w]) =>
    fc.record({
      shape: fc.constant([d, h, w] as const),
      voxels: fc.int16Array({ minLength: d * h * w, maxLength: d * h * w }),
      labels: fc.option(fc.int16Array({ minLength: d, maxLength: d })),
      steps: fc.array(fc.record({ step: fc.string(), index: fc.integer() }), { maxLength: 30 }),
      warning: fc.string({ unit: "grapheme" }),
    }),
  );

  it("is read as it was written, voxels, labels, receipt and warnings, in whatever script", async () => {
    await fc.assert(
      fc.asyncProperty(arbitrary, async ({ shape, voxels, labels, steps, warning }) => {
        const path = join(fresh(), "a", "row.arrow");
        const patches = labels === null ? undefined : { shape: [shape[0], 1, 1] as const, labels };
        const warnings = [{ code: "SINGLE_SLICE_SPACING", message: warning }];
        const record = await writeRow(
          path,
          { voxels, patches, receipt: { ...receipt, steps }, warnings } as never,
          { shape },
        );
        const look = await lookAtRow(path, "all");
        expect(look).toEqual({ kind: "whole", record });
        const columns = decodeTensors(readFileSync(path).subarray(0, record.lengthBytes));
        expect(columns.map(({ data }) => [...data])).toEqual(
          [voxels, ...(labels === null ? [] : [labels])].map((one) => [...one]),
        );
        expect(record.receipt.steps).toEqual(steps);
        expect(record.warnings).toEqual(warnings);
        // Written again over itself it is the same file.
        const bytes = readFileSync(path);
        await writeRow(path, { voxels, patches, receipt: { ...receipt, steps }, warnings } as never, {
          shape,
        });
        expect(readFileSync(path).equals(bytes)).toBe(true);
      }),
      { numRuns: 40, seed: 20261130 },
    );
  });
});
