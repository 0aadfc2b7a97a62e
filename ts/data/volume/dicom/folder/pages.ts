import type { DicomElements } from "../elements.ts";
import { isScoutType, objectKind } from "../object-kind.ts";
import type { FoundImage } from "./contents.ts";

/** What an image is that certainly is no slice of a volume, as a warning counts it; undefined for what may be one. */
export function pageKind({ elements }: FoundImage): "localizer" | "colour picture" | undefined {
  const imageType = elements.lenient("ImageType", (read) => read.text("ImageType")) ?? "";
  if (isScoutType(imageType.split("\\"))) return "localizer";
  const samples = elements.lenient("SamplesPerPixel", (read) => read.uint16("SamplesPerPixel")) ?? 1;
  return samples > 1 ? "colour picture" : undefined;
}

/** Images that may be slices, and what the others are. */
export interface Sorted {
  readonly slices: readonly FoundImage[];
  readonly leftOut: readonly string[];
}

/**
 * Parts the images of a series from the pages among them: scouts and colour pictures (dose reports, screen shots); a
 * series none of whose images has a place in the body is pages as a whole.
 */
export function withoutPages(images: readonly FoundImage[]): Sorted {
  const slices = images.filter((image) => pageKind(image) === undefined);
  const leftOut = images.flatMap((image) => pageKind(image) ?? []);
  if (slices.some(({ elements }) => isPlaced(elements))) return { slices, leftOut };
  return {
    slices: [],
    leftOut: [...leftOut, ...slices.map(() => "picture without a place in the body")],
  };
}

function isPlaced(elements: DicomElements): boolean {
  return (
    elements.has("ImagePositionPatient") ||
    elements.has("ImageOrientationPatient") ||
    // Frames have their places in groups of their own.
    objectKind(elements).kind === "enhanced"
  );
}
