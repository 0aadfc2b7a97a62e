import { gzipSync } from "node:zlib";
import { niftiReader } from "../../../../../../ts/data/volume/nifti/reader.ts";
import type { Sniffed } from "../../../../../../ts/data/volume/source.ts";
import { caught } from "../../../../../support/caught.ts";
import { niftiFile } from "../../../../../support/nifti-file.ts";

const whole = niftiFile({ dims: [2, 2, 2], values: [1, 2, 3, 4, 5, 6, 7, 8] });
const sniff = (path: string, head: Buffer): Sniffed | undefined =>
  niftiReader.sniff({ path, kind: "file", head });

describe("niftiReader", () => {
  it("is certain of a header in either byte order, plain or gzipped, whatever the name", () => {
    for (const littleEndian of [true, false])
      for (const gzip of [true, false])
        expect(
          sniff("scan.bin", niftiFile({ dims: [2, 2, 2], values: Array(8).fill(0), littleEndian, gzip })),
        ).toBe("certain");
  });

  it("goes by the name where the content says nothing, and takes no folder and no other file", () => {
    expect(sniff("scan.nii", Buffer.from("nothing"))).toBe("named");
    expect(sniff("scan.NII.GZ", gzipSync("nothing at all"))).toBe("named");
    expect(sniff("scan.bin", Buffer.from("nothing"))).toBeUndefined();
    expect(niftiReader.sniff({ path: "scan.nii", kind: "folder", head: Buffer.alloc(0) })).toBeUndefined();
  });

  it("takes a damaged gzip that is named for it, and refuses any other", async () => {
    const damaged = gzipSync(whole).fill(255, 10, 30);
    expect(sniff("scan.nii.gz", damaged)).toBe("certain");
    expect((await caught(() => sniff("scan.bin", damaged))).code).toBe("DATA_TRUNCATED");
  });
});
