import { isTomoeError } from "../../../../errors.ts";
import type { DicomElements } from "../elements.ts";
import { dicomError } from "../problem.ts";

/**
 * Slope and intercept of one file or frame; 1 and 0 where a file states none. A frame has a group for them, and one
 * without them is a damaged one.
 *
 * @throws TomoeError `DATA_PIXEL_CALIBRATION` for a lookup table, half a rescale, a slope of 0, what is no number, and
 * a group of a frame without them.
 * @see DICOM PS3.3 C.11.1 (Modality LUT)
 */
export function statedRescale(elements: DicomElements): {
  readonly slope: number;
  readonly intercept: number;
  readonly rescaleStated: boolean;
} {
  if (elements.has("ModalityLUTSequence"))
    throw elements.problem(
      "a modality lookup table stands where CT has slope and intercept",
      "ModalityLUTSequence",
      "DATA_PIXEL_CALIBRATION",
    );
  const slope = oneNumber(elements, "RescaleSlope");
  const intercept = oneNumber(elements, "RescaleIntercept");
  if (slope === 0)
    throw elements.problem(
      "RescaleSlope is 0, so every voxel would be equal",
      "RescaleSlope",
      "DATA_PIXEL_CALIBRATION",
    );
  if ((slope === undefined) !== (intercept === undefined))
    throw elements.problem(
      "only one of RescaleSlope and RescaleIntercept is present",
      "RescaleSlope",
      "DATA_PIXEL_CALIBRATION",
    );
  if (slope === undefined && elements.frame !== undefined)
    throw elements.problem(
      "the functional group Pixel Value Transformation (0028,9145) states neither RescaleSlope nor RescaleIntercept",
      "RescaleSlope",
      "DATA_PIXEL_CALIBRATION",
    );
  return { slope: slope ?? 1, intercept: intercept ?? 0, rescaleStated: slope !== undefined };
}

function oneNumber(
  elements: DicomElements,
  keyword: "RescaleSlope" | "RescaleIntercept",
): number | undefined {
  let values: readonly number[] | undefined;
  try {
    values = elements.numbers(keyword);
  } catch (error) {
    if (!isTomoeError(error)) throw error;
    throw dicomError("DATA_PIXEL_CALIBRATION", error.what, { element: keyword });
  }
  if (values === undefined) return undefined;
  const [value] = values;
  if (values.length !== 1 || value === undefined || !Number.isFinite(value))
    throw elements.problem(`${keyword} is not one finite number`, keyword, "DATA_PIXEL_CALIBRATION");
  return value;
}
