import { dicomReader } from "../../../../../../../ts/data/volume/dicom/encoding/reader.ts";
import { dicomFile } from "../../../../../../support/dicom-file.ts";

const whole = dicomFile({});

describe("dicomReader", () => {
  it("is certain of a folder and of a file with the DICM mark", () => {
    expect(dicomReader.sniff({ path: "x", kind: "folder", head: Buffer.alloc(0) })).toBe("certain");
    expect(dicomReader.sniff({ path: "x", kind: "file", head: whole })).toBe("certain");
  });

  it("finds a data set without preamble and mark likely, and anything else not its own", () => {
    expect(dicomReader.sniff({ path: "x", kind: "file", head: whole.subarray(132) })).toBe("likely");
    expect(dicomReader.sniff({ path: "x.dcm", kind: "file", head: Buffer.from("text") })).toBeUndefined();
  });
});
