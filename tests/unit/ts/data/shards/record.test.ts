import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { readRecord, recordBytes, type ShardRecord } from "../../../../../ts/data/shards/record.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const root = temporaryFolder();
const path = join(root, "shard.json");
const record: ShardRecord = {
  format: "tomoe.shard/1",
  graph: "tomoe.preprocess/1",
  lengthBytes: 4210,
  crc32: 0xcbf43926,
  rows: 2,
  shape: [8, 10, 12],
  patchShape: [8, 2, 3],
  volumeIds: ["a".repeat(64), "b".repeat(64)],
  receipts: ["a", "b"].map((name) => ({
    format: "nifti",
    sourceDigest: name.repeat(64),
    sourceOrientation: "LPS",
    sourceShapeXYZ: [12, 10, 8],
    steps: [{ step: "orient", from: "LPS", flipped: [true, true, false] }],
  })),
  warnings: [[{ code: "HU_SUSPECT", message: "no air" }], []],
};
const read = (value: unknown) => {
  writeFileSync(path, typeof value === "string" ? value : JSON.stringify(value));
  return readRecord(path);
};

describe("the record beside a shard", () => {
  it("reads as it was written, with and without patches", async () => {
    for (const written of [record, { ...record, patchShape: null }]) {
      writeFileSync(path, recordBytes(written));
      expect(await readRecord(path)).toEqual(written);
    }
  });

  it("is one line of JSON", () => {
    expect(Buffer.from(recordBytes(record)).toString().match(/\n/g)).toHaveLength(1);
  });

  it("is none where there is no file, no JSON or no object", async () => {
    expect(await readRecord(join(root, "none.json"))).toBeUndefined();
    for (const value of ["", "{", "null", "[]", "7"]) expect(await read(value)).toBeUndefined();
  });

  it.each<[string, Partial<Record<keyof ShardRecord, unknown>>]>([
    ["another format", { format: "tomoe.shard/2" }],
    ["no graph that made it", { graph: undefined }],
    ["a length that is text", { lengthBytes: "4210" }],
    ["half a byte", { lengthBytes: 0.5 }],
    ["no checksum", { crc32: undefined }],
    ["more rows than ids", { rows: 3 }],
    ["fewer receipts than rows", { receipts: record.receipts.slice(1) }],
    ["warnings that are no list", { warnings: {} }],
    ["a shape of two", { shape: [8, 10] }],
    ["a shape of 0", { shape: [8, 0, 12] }],
    ["patches of no shape", { patchShape: undefined }],
  ])("is none with %s", async (_, change) => {
    expect(await read({ ...record, ...change })).toBeUndefined();
  });

  it("is never half read: a file cut anywhere is none", async () => {
    const text = Buffer.from(recordBytes(record)).toString();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: text.length - 2 }), async (end) => {
        expect(await read(text.slice(0, end))).toBeUndefined();
      }),
      { numRuns: 60, seed: 5 },
    );
  });
});
