import type { DicomElements } from "./elements.ts";
import { dicomError } from "./problem.ts";
import { directoryStorage } from "./scan.ts";

/** What a DICOM file is, as far as reading a CT volume goes. */
export type ObjectKind =
  | { readonly kind: "slice" }
  | { readonly kind: "enhanced" }
  | { readonly kind: "directory" }
  | { readonly kind: "other"; readonly name: string };

const ctStorage = "1.2.840.10008.5.1.4.1.1.2";
const enhancedStorages = new Set(["1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.2.2"]);
/** SOP classes of images that another modality made, whatever their Modality says. */
const otherImages: readonly (readonly [RegExp, string])[] = [
  [/^1\.2\.840\.10008\.5\.1\.4\.1\.1\.4(\.\d+)?$/, "MR"],
  [/^1\.2\.840\.10008\.5\.1\.4\.1\.1\.(128(\.\d+)?|130)$/, "PT"],
  [/^1\.2\.840\.10008\.5\.1\.4\.1\.1\.20$/, "NM"],
  [/^1\.2\.840\.10008\.5\.1\.4\.1\.1\.(3|6)(\.\d+)?$/, "US"],
  [/^1\.2\.840\.10008\.5\.1\.4\.1\.1\.1$/, "CR"],
  [/^1\.2\.840\.10008\.5\.1\.4\.1\.1\.1\.\d[\d.]*$/, "DX"],
  [/^1\.2\.840\.10008\.5\.1\.4\.1\.1\.12\.[1-9][\d.]*$/, "XA"],
  [/^1\.2\.840\.10008\.5\.1\.4\.1\.1\.77\.[\d.]+$/, "XC"],
];
/** SOP class prefixes of objects that lie beside images. */
const otherClasses: readonly (readonly [string, string])[] = [
  ["1.2.840.10008.5.1.4.1.1.66", "SEG"],
  ["1.2.840.10008.5.1.4.1.1.88", "SR"],
  ["1.2.840.10008.5.1.4.1.1.11.", "PR"],
  ["1.2.840.10008.5.1.4.1.1.481", "RT"],
  ["1.2.840.10008.5.1.4.1.1.104", "document"],
  ["1.2.840.10008.5.1.4.1.1.9.", "waveform"],
  ["1.2.840.10008.5.1.4.1.1.68", "surface"],
  ["1.2.840.10008.5.1.4.1.1.67", "mapping"],
];
const otherModalities: ReadonlyMap<string, string> = new Map([
  ["SEG", "SEG"],
  ["SR", "SR"],
  ["PR", "PR"],
  ["KO", "SR"],
  ["RTSTRUCT", "RT"],
  ["RTPLAN", "RT"],
  ["RTDOSE", "RT"],
  ["RTRECORD", "RT"],
  ["REG", "registration"],
  ["DOC", "document"],
  ["FID", "fiducials"],
]);
/** Begins the SOP classes of pictures that were captured, not measured. */
export const secondaryCapture = "1.2.840.10008.5.1.4.1.1.7";
/** Modality codes that may be shown; any other value stays unsaid. */
const shownModalities = new Set([
  "CT",
  "MR",
  "PT",
  "NM",
  "US",
  "CR",
  "DX",
  "MG",
  "XA",
  "RF",
  "OT",
  "SC",
  "ES",
  "OP",
  "IO",
  "PX",
  "RTIMAGE",
  "BMD",
  "OCT",
  "XC",
  "IVUS",
]);

/** Words of ImageType that name a projection to plan slices on. */
const scoutWords = ["LOCALIZER", "SCOUT", "TOPOGRAM"];

/** True for an ImageType of a scout, whose values stand apart by backslashes. */
export function isScoutType(imageType: readonly string[]): boolean {
  return imageType.some((word) => scoutWords.includes(word.trim().toUpperCase()));
}

/**
 * Sorts a file into slice, enhanced multi-frame, directory or other object, by SOP class first and Modality
 * second.
 */
export function objectKind(elements: DicomElements): ObjectKind {
  const sopClass = elements.text("SOPClassUID") ?? elements.text("MediaStorageSOPClassUID") ?? "";
  const modality = elements.code("Modality");
  if (sopClass === directoryStorage) return { kind: "directory" };
  if (
    elements.frame === undefined &&
    (enhancedStorages.has(sopClass) ||
      elements.has("SharedFunctionalGroups") ||
      elements.has("PerFrameFunctionalGroups"))
  )
    return {
      kind: modality === undefined || modality === "CT" ? "enhanced" : "other",
      name: shownModality(modality),
    };
  const byClass =
    otherClasses.find(([prefix]) => sopClass.startsWith(prefix))?.[1] ??
    (modality === undefined ? undefined : otherModalities.get(modality));
  if (byClass !== undefined) return { kind: "other", name: byClass };
  if (
    sopClass !== ctStorage &&
    elements.pixels === undefined &&
    !elements.has("FloatPixelData") &&
    !elements.has("DoubleFloatPixelData")
  )
    return { kind: "other", name: "object without pixels" };
  // Writers that know no better label real CT slices as secondary captures; geometry tells them from
  // pictures.
  const placed =
    elements.has("ImagePositionPatient") &&
    elements.has("ImageOrientationPatient") &&
    elements.has("PixelSpacing");
  if (sopClass.startsWith(secondaryCapture) && !placed) return { kind: "other", name: "secondary capture" };
  return { kind: "slice" };
}

/** A Modality code that is safe to show. */
export function shownModality(modality: string | undefined): string {
  return modality === undefined ? "none" : shownModalities.has(modality) ? modality : "another";
}

/**
 * Refuses a file that is no CT slice, by SOP class and Modality, before its pixels or geometry are looked at.
 *
 * @throws TomoeError `DATA_UNSUPPORTED` for a DICOMDIR, `DATA_NOT_CT` for any other object.
 */
export function requireSlice(elements: DicomElements): void {
  const found = objectKind(elements);
  if (found.kind === "slice" || found.kind === "enhanced") {
    requireCtImage(elements);
    return;
  }
  if (found.kind === "directory") {
    throw dicomError(
      "DATA_UNSUPPORTED",
      `${elements.where}: a DICOMDIR, which only points to other files`,
      { object: "DICOMDIR" },
      "Give the folder that holds the series itself.",
    );
  }
  throw dicomError("DATA_NOT_CT", `${elements.where}: not a CT image (${found.name})`, {
    object: found.name,
  });
}

function requireCtImage(elements: DicomElements): void {
  const modality = elements.code("Modality");
  if (modality !== undefined && modality !== "CT")
    throw dicomError("DATA_NOT_CT", `${elements.where}: the modality is ${shownModality(modality)}, not CT`, {
      modality: shownModality(modality),
    });
  const sopClass = elements.text("SOPClassUID") ?? elements.text("MediaStorageSOPClassUID") ?? "";
  const made = otherImages.find(([pattern]) => pattern.test(sopClass))?.[1];
  if (made !== undefined)
    throw dicomError(
      "DATA_NOT_CT",
      `${elements.where}: its SOP class is that of ${made} images${modality === undefined ? "" : ", though its Modality says CT"}`,
      { modality: made },
    );
}

/** True for the standard CT image classes. */
export function isCtStorage(elements: DicomElements): boolean {
  const sopClass = elements.text("SOPClassUID") ?? "";
  return sopClass === ctStorage || enhancedStorages.has(sopClass);
}
