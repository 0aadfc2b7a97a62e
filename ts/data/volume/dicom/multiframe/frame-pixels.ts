import type { DicomElements, PixelElement } from "../elements.ts";
import { dicomError } from "../problem.ts";

/**
 * Where the pixels of each frame lie: native frames follow each other without padding; encapsulated ones share one
 * element, which `encapsulatedFrames` takes apart.
 *
 * @throws TomoeError `DATA_TRUNCATED`, `DATA_DICOM_PARSE` with both numbers of bytes.
 * @see DICOM PS3.5 8.1.1
 */
export function framePixels(elements: DicomElements, count: number): readonly (PixelElement | undefined)[] {
  const { pixels, where } = elements;
  if (pixels === undefined || pixels.length === 0xffffffff) return new Array(count).fill(pixels);
  const [rows, columns] = [elements.needUint16("Rows"), elements.needUint16("Columns")];
  const length = rows * columns * Math.ceil(elements.needUint16("BitsAllocated") / 8);
  const need = count * length;
  const size = `${count} frames of ${columns} x ${rows} need ${need}`;
  if (pixels.length < need)
    throw dicomError("DATA_TRUNCATED", `${where}: ${pixels.length} bytes of pixels where ${size}`, {
      haveBytes: pixels.length,
      needBytes: need,
    });
  if (pixels.length > need + (need % 2))
    throw elements.problem(
      `${pixels.length} bytes of pixels where ${size}; NumberOfFrames, Rows, Columns or BitsAllocated do not belong to these pixels`,
      "PixelData",
    );
  return Array.from({ length: count }, (_, frame) => ({ offset: pixels.offset + frame * length, length }));
}
