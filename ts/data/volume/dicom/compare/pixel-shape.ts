import { short } from "../../geometry.ts";
import type { DicomElements, Keyword } from "../elements.ts";

/** Two fields that state one length agree to this share. */
const sameLength = 0.02;

/**
 * What states another size or shape of a pixel than PixelSpacing: NominalScannedPixelSpacing, or PixelAspectRatio.
 *
 * @returns words for a warning, or undefined where nothing does; a malformed value counts as absent.
 * @see DICOM PS3.3 10.7.1.3 (what PixelSpacing means), C.7.6.3.1.7 (Pixel Aspect Ratio)
 */
export function spacingDenied(
  elements: DicomElements,
  { rowSpacingMm, columnSpacingMm }: { readonly rowSpacingMm: number; readonly columnSpacingMm: number },
): string | undefined {
  const pair = (keyword: Keyword): readonly [number, number] | undefined => {
    const [down, across] = elements.lenient(keyword, (e) => e.numbers(keyword)) ?? [];
    return down !== undefined && across !== undefined && down > 0 && across > 0 ? [down, across] : undefined;
  };
  const nominal = pair("NominalScannedPixelSpacing");
  if (nominal !== undefined && (differ(nominal[0], rowSpacingMm) || differ(nominal[1], columnSpacingMm)))
    return `NominalScannedPixelSpacing ${nominal.map(short).join(" x ")} mm`;
  const aspect = pair("PixelAspectRatio");
  if (aspect !== undefined && differ(aspect[0] / aspect[1], rowSpacingMm / columnSpacingMm))
    return `PixelAspectRatio ${aspect.map(short).join(":")}`;
  return undefined;
}

function differ(a: number, b: number): boolean {
  return Math.abs(a - b) > sameLength * Math.max(a, b);
}
