import type { Vector3 } from "../../geometry.ts";
import type { DicomElements } from "../elements.ts";

/** A direction this far off an axis of the body may be named after another one. */
const leastAlong = 0.8;

/**
 * True where PatientOrientation names another side than ImageOrientationPatient for rows or columns; a malformed value
 * counts as absent.
 *
 * @see DICOM PS3.3 C.7.6.1.1.1 (Patient Orientation)
 */
export function sidesDenied(
  elements: DicomElements,
  { acrossLps, downLps }: { readonly acrossLps: Vector3; readonly downLps: Vector3 },
): boolean {
  const words =
    elements.lenient("PatientOrientation", (e) => e.text("PatientOrientation"))?.split("\\") ?? [];
  return [acrossLps, downLps].some((direction, index) => {
    const letter = words[index]?.trim().toUpperCase().charAt(0) ?? "";
    const axis = ["LR", "PA", "HF"].findIndex((pair) => letter !== "" && pair.includes(letter));
    if (axis < 0) return false;
    const along = direction[axis] ?? 0;
    const strongest = Math.max(...direction.map(Math.abs));
    if (strongest < leastAlong) return false;
    return "LPH".includes(letter) ? along !== strongest : along !== -strongest;
  });
}
