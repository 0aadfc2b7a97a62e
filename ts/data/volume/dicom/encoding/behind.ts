import type { DicomElements } from "../elements.ts";
import { elementAt, elementEnd } from "./step.ts";

const pixelTag = 0x7fe00010;

/**
 * Counts the bytes behind the pixels that are no elements. What may follow there (padding, signatures, private
 * groups) is stepped over.
 *
 * @param elements - of a whole file, with all of its bytes.
 * @throws TomoeError `DATA_DICOM_PARSE` when pixels stand there once more.
 */
export function bytesBehindPixels(elements: DicomElements): number {
  const { bytes, pixels, encoding } = elements;
  if (pixels === undefined) return 0;
  let at = elementEnd(bytes, { ...pixels, tag: pixelTag, vr: undefined }, encoding);
  // Pixels without an end are told where they are read.
  if (at === undefined) return 0;
  let last = pixelTag;
  while (at < bytes.length) {
    const element = elementAt(bytes, at, encoding);
    if (element?.tag === pixelTag) throw elements.problem("PixelData occurs twice", "PixelData");
    const end = element === undefined ? undefined : elementEnd(bytes, element, encoding);
    if (element === undefined || end === undefined || element.tag <= last) return bytes.length - at;
    last = element.tag;
    at = end;
  }
  return 0;
}
