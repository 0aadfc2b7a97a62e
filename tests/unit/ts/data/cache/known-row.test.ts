import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { factsIn, factsOf, receiptOf, rowStamp, textOf } from "../../../../../ts/data/cache/known-row.ts";
import { writeRow } from "../../../../../ts/data/cache/row-file.ts";
import type { Receipt } from "../../../../../ts/schema/volume.ts";
import { caught } from "../../../../support/caught.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const root = temporaryFolder();
const fresh = (): string => mkdtempSync(join(root, "cache-"));
const receipt: Receipt = {
  format: "dicom",
  sourceDigest: "b".repeat(64),
  sourceOrientation: "LPS",
  sourceShapeXYZ: [2, 2, 2],
  steps: [],
};
const key = "0123456789abcdef".repeat(4);

async function row(patchLabels = false) {
  const path = join(fresh(), "row.arrow");
  const patches = patchLabels ? { shape: [2, 1, 1] as const, labels: Int16Array.of(0, 1) } : undefined;
  const made = { voxels: new Int16Array(8), patches, receipt, warnings: [] };
  return { path, record: await writeRow(path, made, { shape: [2, 2, 2] }) };
}

describe("what is known of a row", () => {
  it.each([false, true])("goes into the memo and comes out of it, with labels: %p", async (patchLabels) => {
    const { record } = await row(patchLabels);
    const facts = factsOf(record);
    expect(facts).toEqual({
      lengthBytes: record.lengthBytes,
      crc32: record.crc32,
      sourceDigest: receipt.sourceDigest,
      hasPatchLabels: patchLabels,
    });
    expect(factsIn(textOf("1.2.3", facts), "1.2.3")).toEqual(facts);
  });

  it("is nothing under another stamp, of a text that is cut, and of none", async () => {
    const text = textOf("1.2.3", factsOf((await row()).record));
    expect(factsIn(text, "1.2.4")).toBeUndefined();
    expect(factsIn(text.slice(0, text.lastIndexOf("/")), "1.2.3")).toBeUndefined();
    expect(factsIn(undefined, "1.2.3")).toBeUndefined();
  });

  it("is held against size, time and inode", async () => {
    const { path } = await row();
    utimesSync(path, 1000, 1000);
    const stamp = rowStamp(path);
    expect(rowStamp(path)).toBe(stamp);
    utimesSync(path, 1000, 1001);
    expect(rowStamp(path)).not.toBe(stamp);
    rmSync(path);
    expect(rowStamp(path)).toBeUndefined();
  });

  it("is where its receipt lies, which is refused of a row that is damaged or gone", async () => {
    const { path } = await row();
    expect(await receiptOf(path, key)).toEqual(receipt);
    writeFileSync(path, "no row");
    const damaged = await caught(() => receiptOf(path, key));
    expect([damaged.code, damaged.what]).toEqual([
      "DATA_SHARD_CHECKSUM",
      `row 0123456789ab of the cache at ${path} is damaged: its end is missing`,
    ]);
    rmSync(path);
    expect((await caught(() => receiptOf(path, key))).what).toBe(
      `row 0123456789ab of the cache at ${path} is gone`,
    );
  });
});
