import { type JsonValue, TomoeError } from "../../../errors.ts";

const hints: Readonly<Record<string, string>> = {
  DATA_DICOM_PARSE: "Export the series again; dcmftest or dcmdump shows what is wrong with the file.",
  DATA_TRUNCATED: "Copy or export the file again.",
  DATA_DECOMPRESS_LIMIT: "Rewrite it in an uncompressed transfer syntax.",
  DATA_PIXEL_CALIBRATION:
    "Export the series again with RescaleSlope and RescaleIntercept as the scanner wrote them.",
  DATA_GEOMETRY: "Export the original series: derived pictures often lose their geometry.",
  DATA_UNSUPPORTED: "Convert it to a plain CT series, or to .nii.gz.",
  DATA_NOT_CT: "Give the CT series itself.",
};

/** A typed error about DICOM content; `what` must hold no value of the file but checked numbers. */
export function dicomError(
  code:
    | "DATA_DICOM_PARSE"
    | "DATA_TRUNCATED"
    | "DATA_DECOMPRESS_LIMIT"
    | "DATA_PIXEL_CALIBRATION"
    | "DATA_GEOMETRY"
    | "DATA_UNSUPPORTED"
    | "DATA_NOT_CT",
  what: string,
  details: { readonly [key: string]: JsonValue },
  hint?: string,
): TomoeError {
  return new TomoeError(code, what, { hint: hint ?? hints[code] ?? "Export the series again.", details });
}
