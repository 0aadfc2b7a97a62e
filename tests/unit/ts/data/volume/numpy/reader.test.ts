import { npyReader } from "../../../../../../ts/data/volume/numpy/reader.ts";

describe("npyReader", () => {
  it.each([
    ["scan.bin", "\x93NUMPY\x01", "certain"],
    ["scan.NPY", "nothing", "named"],
    ["scan.bin", "nothing", undefined],
  ])("says of %s that begins with %j: %s", (path, head, sniffed) => {
    expect(npyReader.statesGeometry).toBe(false);
    expect(npyReader.sniff({ path, kind: "file", head: Buffer.from(head, "latin1") })).toBe(sniffed);
    expect(npyReader.sniff({ path, kind: "folder", head: Buffer.alloc(0) })).toBeUndefined();
  });
});
