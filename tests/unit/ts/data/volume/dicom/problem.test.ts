import { dicomError } from "../../../../../../ts/data/volume/dicom/problem.ts";

const codes = [
  "DATA_DICOM_PARSE",
  "DATA_TRUNCATED",
  "DATA_DECOMPRESS_LIMIT",
  "DATA_PIXEL_CALIBRATION",
  "DATA_GEOMETRY",
  "DATA_UNSUPPORTED",
  "DATA_NOT_CT",
] as const;

describe("dicomError", () => {
  it.each(codes)("gives %s a hint of its own, a whole sentence", (code) => {
    const error = dicomError(code, "the file: something is wrong", { byte: 4 });
    expect([error.code, error.exitCode, error.details]).toEqual([code, 65, { byte: 4 }]);
    expect(error.message).toBe(`[${code}] the file: something is wrong`);
    expect(error.hint).toMatch(/^[A-Z].*\.$/);
    const others = codes.filter((other) => other !== code).map((other) => dicomError(other, "", {}).hint);
    expect(others).not.toContain(error.hint);
  });

  it("takes a hint that fits better", () => {
    expect(dicomError("DATA_UNSUPPORTED", "x", {}, "Convert it with dcm2niix.").hint).toBe(
      "Convert it with dcm2niix.",
    );
  });
});
