import { nrrdReader } from "../../../../../../ts/data/volume/nrrd/reader.ts";

describe("nrrdReader", () => {
  it.each([
    ["scan.bin", "NRRD0004\n", "certain"],
    ["scan.nrrd", "nothing", "named"],
    ["scan.NHDR", "nothing", "named"],
    ["scan.bin", "nothing", undefined],
  ])("says of %s that begins with %j: %s", (path, head, sniffed) => {
    expect(nrrdReader.sniff({ path, kind: "file", head: Buffer.from(head) })).toBe(sniffed);
    expect(nrrdReader.sniff({ path, kind: "folder", head: Buffer.alloc(0) })).toBeUndefined();
  });
});
