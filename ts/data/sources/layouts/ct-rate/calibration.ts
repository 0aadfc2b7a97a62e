import type { AffineRas } from "../../../../schema/volume.ts";
import type { Calibration } from "../../../volume/source.ts";
import type { TableRow } from "../../rows/table-row.ts";

const columns = [
  "RescaleSlope",
  "RescaleIntercept",
  "XYSpacing",
  "ZSpacing",
  "ImagePositionPatient",
  "ImageOrientationPatient",
] as const;

/** Columns of the metadata table that v1 needs. */
export const calibrationColumns: readonly string[] = columns;

/** Numbers of a field: one, or a list as Python prints it. */
function numbersOf(row: TableRow, column: string): readonly number[] {
  const value = row.values[column];
  const text = typeof value === "string" ? value.replaceAll(/[[\]()'\s]/g, "") : "";
  return text === "" ? [] : text.split(",").map(Number);
}

/**
 * Scaling and geometry of a v1 volume, whose header holds placeholders: LPS of DICOM, turned to RAS.
 *
 * @returns the columns that hold something else than their numbers, where any do.
 */
export function calibrationOf(row: TableRow): Calibration | { readonly malformed: readonly string[] } {
  const lengths = { XYSpacing: 2, ImagePositionPatient: 3, ImageOrientationPatient: 6 } as const;
  const numbers = new Map(columns.map((column) => [column, numbersOf(row, column)]));
  const malformed = columns.filter((column) => {
    const found = numbers.get(column) ?? [];
    const length = column in lengths ? lengths[column as keyof typeof lengths] : 1;
    const isPositive = !/Spacing|Slope/.test(column) || found.every((value) => value > 0);
    return found.length !== length || !found.every(Number.isFinite) || !isPositive;
  });
  if (malformed.length > 0) return { malformed };
  const [slope = 1] = numbers.get("RescaleSlope") ?? [],
    [intercept = 0] = numbers.get("RescaleIntercept") ?? [];
  return { slope, intercept, affineRas: affineOf(numbers) };
}

function affineOf(numbers: ReadonlyMap<string, readonly number[]>): AffineRas {
  const [column = 1, line = 1] = numbers.get("XYSpacing") ?? [];
  const [slice = 1] = numbers.get("ZSpacing") ?? [];
  const [ox = 0, oy = 0, oz = 0] = numbers.get("ImagePositionPatient") ?? [];
  const [rx = 1, ry = 0, rz = 0, cx = 0, cy = 1, cz = 0] = numbers.get("ImageOrientationPatient") ?? [];
  const [nx, ny, nz] = [ry * cz - rz * cy, rz * cx - rx * cz, rx * cy - ry * cx];
  return [
    [-rx * column, -cx * line, -nx * slice, -ox],
    [-ry * column, -cy * line, -ny * slice, -oy],
    [rz * column, cz * line, nz * slice, oz],
    [0, 0, 0, 1],
  ];
}
