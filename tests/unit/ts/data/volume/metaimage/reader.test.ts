import { metaImageReader } from "../../../../../../ts/data/volume/metaimage/reader.ts";

describe("metaImageReader", () => {
  it.each([
    ["scan.bin", "NDims = 3\nDimSize = 1 2 3\n", "certain"],
    ["scan.mha", "nothing", "named"],
    ["scan.MHD", "nothing", "named"],
    ["scan.bin", "nothing", undefined],
  ])("says of %s that begins with %j: %s", (path, head, sniffed) => {
    expect(metaImageReader.sniff({ path, kind: "file", head: Buffer.from(head) })).toBe(sniffed);
    expect(metaImageReader.sniff({ path, kind: "folder", head: Buffer.alloc(0) })).toBeUndefined();
  });
});
