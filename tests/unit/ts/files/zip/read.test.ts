import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { zipEntries } from "../../../../../ts/files/zip/read.ts";
import { caught } from "../../../../support/caught.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";
import { zipOf } from "../../../../support/zip.ts";

const folder = temporaryFolder();
let made = 0;

function fileOf(bytes: Uint8Array): string {
  made += 1;
  const path = join(folder, `${made}.zip`);
  writeFileSync(path, bytes);
  return path;
}

async function contents(bytes: Uint8Array, atMost = 10_000): Promise<readonly (readonly [string, string])[]> {
  const found: (readonly [string, string])[] = [];
  for await (const { name, read } of zipEntries(fileOf(bytes), atMost))
    found.push([name, Buffer.from(await read()).toString("utf8")]);
  return found;
}

const parts = [
  { name: "a.json", content: "first", method: "stored" },
  { name: "samples/ü.json", content: "second ".repeat(500), method: "deflate" },
  { name: "z", content: "third", method: "zstandard" },
  { name: "empty", content: "" },
] as const;

describe("a zip archive", () => {
  it("gives every entry, stored, deflated or by zstandard, in the order of its directory", async () => {
    expect(await contents(zipOf(parts))).toEqual(parts.map(({ name, content }) => [name, content]));
  });

  it("may have bytes before it and a comment behind it", async () => {
    const bytes = zipOf(parts.slice(0, 1));
    bytes.writeUInt16LE(7, bytes.length - 2);
    expect(await contents(Buffer.concat([bytes, Buffer.from("comment")]))).toEqual([["a.json", "first"]]);
  });

  it("may be empty", async () => {
    expect(await contents(zipOf([]))).toEqual([]);
  });

  it("is refused where it is cut, wherever that is, and never read in part", async () => {
    const whole = zipOf(parts);
    for (let length = 0; length < whole.length; length += 7)
      expect(await caught(() => contents(whole.subarray(0, length)))).toMatchObject({
        code: "DATA_TRUNCATED",
        exitCode: 65,
      });
  });

  it("is refused where a bit of an entry is another, by the checksum", async () => {
    const bytes = zipOf(parts.slice(0, 1));
    bytes.writeUInt8(0x58, 30 + "a.json".length);
    expect(await caught(() => contents(bytes))).toMatchObject({
      code: "DATA_TRUNCATED",
      message: expect.stringContaining("a.json is not what its checksum says"),
    });
  });

  it("refuses an entry that unpacks to more than was asked for, and one that lies about its size", async () => {
    const big = zipOf([{ name: "bomb", content: "0".repeat(100_000) }]);
    expect(await caught(() => contents(big))).toMatchObject({ code: "DATA_DECOMPRESS_LIMIT" });
    const at = big.indexOf(Buffer.from("PK\u0001\u0002", "latin1"));
    big.writeUInt32LE(100, at + 24);
    expect(await caught(() => contents(big))).toMatchObject({ code: "DATA_TRUNCATED" });
  });

  it("refuses what is encrypted or packed in another way, naming it", async () => {
    for (const [place, value, told] of [
      [8, 1, "encrypted"],
      [10, 14, "packed by method 14"],
    ] as const) {
      const bytes = zipOf(parts.slice(0, 1));
      const at = bytes.indexOf(Buffer.from("PK\u0001\u0002", "latin1"));
      bytes.writeUInt16LE(value, at + place);
      const error = await caught(() => contents(bytes));
      expect(error.code).toBe("DATA_UNSUPPORTED");
      expect(error.message).toContain(told);
    }
  });

  it("is not there where there is no file", async () => {
    const none = async (): Promise<void> => {
      for await (const _entry of zipEntries(join(folder, "none.zip"), 10))
        throw new Error("an entry of nothing");
    };
    expect(await caught(none)).toMatchObject({ code: "PATH_NOT_FOUND" });
  });
});
