import { createDecipheriv } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { Veil } from "../../../../../../ts/data/dataset/indexed/veil.ts";
import { keyedId } from "../../../../../../ts/files/index.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const root = temporaryFolder();

describe("a veil", () => {
  const text = Buffer.from("patient Ärmel, /scans/one.nii.gz; ".repeat(40));

  it("is AES-256 in counter mode from the second block of the file on, as a stream has it", () => {
    const veil = Veil.begin();
    const veiled = veil.turned(text, 16);
    const block = Buffer.alloc(16);
    veil.start.copy(block, 0, 8);
    block.writeBigUInt64BE(1n, 8);
    const key = Buffer.from(keyedId("what lies over indexes of data sets", ""), "hex");
    expect(createDecipheriv("aes-256-ctr", key, block).update(veiled)).toEqual(text);
  });

  it("is lifted from any part by itself, by who has its first unit", () => {
    const veil = Veil.begin();
    const whole = Buffer.concat([veil.start, veil.turned(text, 16)]);
    const again = Veil.of(whole.subarray(0, 16));
    for (const [from, to] of [
      [0, 16],
      [0, 17],
      [5, 40],
      [16, 17],
      [31, 33],
      [100, 900],
      [1000, 1000],
    ] as const)
      expect(again?.turned(whole.subarray(from, to), from)).toEqual(
        Buffer.concat([veil.start, text]).subarray(from, to),
      );
  });

  it("is another one over each file", () => {
    const [one, other] = [Veil.begin(), Veil.begin()];
    expect(one.start).not.toEqual(other.start);
    expect(one.turned(text, 16)).not.toEqual(other.turned(text, 16));
  });

  it("is none of a file that begins otherwise, or ends before", () => {
    const { start } = Veil.begin();
    expect(Veil.of(start.subarray(1))).toBeUndefined();
    expect(Veil.of(Buffer.alloc(16))).toBeUndefined();
    expect(Veil.of(Buffer.concat([start, start]))).toBeUndefined();
  });

  it("stays over the bytes for who has the key of another project", () => {
    const veil = Veil.begin();
    const veiled = veil.turned(text, 16);
    const home = process.cwd();
    process.chdir(mkdtempSync(join(root, "project-")));
    try {
      expect(Veil.of(veil.start)?.turned(veiled, 16).includes("patient")).toBe(false);
    } finally {
      process.chdir(home);
    }
    expect(Veil.of(veil.start)?.turned(veiled, 16)).toEqual(text);
  });
});
