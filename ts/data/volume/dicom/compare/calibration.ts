import { TomoeError } from "../../../../errors.ts";
import { dicomError } from "../problem.ts";
import type { SliceHeader } from "../slice.ts";

/** A message lists this many slices at most. */
const namedSlices = 8;

/**
 * Refuses slices whose values are no HU by what they declare, and a series that states its rescale for some slices
 * alone.
 *
 * @param sorted - along the normal.
 * @throws TomoeError `DATA_NOT_HU` naming the declaration, `DATA_PIXEL_CALIBRATION` naming the slices.
 * @see DICOM PS3.3 C.11.1 (Modality LUT), C.8.2.1.1.1 (ImageType)
 */
export function requireCalibrated(sorted: readonly SliceHeader[]): void {
  const declared = sorted.filter((slice) => slice.quantity !== undefined);
  const [first] = declared;
  if (first?.quantity !== undefined)
    throw new TomoeError(
      "DATA_NOT_HU",
      `${declared.length} of ${sorted.length} slice${sorted.length === 1 ? "" : "s"} declare${declared.length === 1 ? "s" : ""} ${first.quantity}, not Hounsfield units`,
      {
        hint: "Give the series in HU: a conventional or a virtual monoenergetic reconstruction of the same scan.",
        details: { cause: "declared", quantity: first.quantity, slices: declared.length, of: sorted.length },
      },
    );
  const silent = sorted.flatMap((slice, index) => (slice.rescaleStated ? [] : [index + 1]));
  if (silent.length === 0 || silent.length === sorted.length) return;
  const named = silent.slice(0, namedSlices).join(", ");
  throw dicomError(
    "DATA_PIXEL_CALIBRATION",
    `${silent.length} of ${sorted.length} slices state no RescaleSlope and RescaleIntercept, and the other ${sorted.length - silent.length} do: slice${silent.length === 1 ? "" : "s"} ${named}${silent.length > namedSlices ? ", ..." : ""} along the normal have HU that nobody knows (the first is ${sorted[(silent[0] ?? 1) - 1]?.where ?? ""})`,
    { slices: silent.slice(0, namedSlices), of: sorted.length, silent: silent.length },
  );
}
