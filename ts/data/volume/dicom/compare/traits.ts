import type { DicomElements, Keyword } from "../elements.ts";
import { comparable } from "../encoding/allowed.ts";

/** One value of a trait: comparable, and a number where it may be shown. */
export interface TraitValue {
  readonly key: string;
  readonly number: number | undefined;
}

/** What one slice says of how it was acquired. */
export type Traits = ReadonlyMap<Keyword, TraitValue>;

/**
 * - "stays": constant in one volume, or changing from block to block; a value that comes back after another one means
 *   two stacks.
 * - "drifts": may change from slice to slice (dose modulation, times, numbers); only a beat, slice by slice between
 *   ranges that never meet, means two stacks.
 */
type Rule = "stays" | "drifts";

interface Trait {
  readonly keyword: Keyword;
  /** As a message names it. */
  readonly name: string;
  readonly rule: Rule;
  /** Numbers, as text or binary, are shown; texts and ids are compared as digests, times as numbers that nobody sees. */
  readonly as: "number" | "double" | "uint32" | "uint16" | "text" | "time";
}

const trait = (keyword: Keyword, name: string, rule: Rule, as: Trait["as"]): Trait => ({
  keyword,
  name,
  rule,
  as,
});

/** Everything that tells two acquisitions apart, the most telling first. */
export const allTraits: readonly Trait[] = [
  trait("AcquisitionNumber", "acquisition number", "stays", "number"),
  trait("FrameAcquisitionNumber", "acquisition number", "stays", "uint16"),
  trait("KVP", "tube voltage (KVP)", "stays", "number"),
  trait("TemporalPositionIdentifier", "temporal position", "stays", "number"),
  trait("TemporalPositionIndex", "temporal position", "stays", "uint32"),
  trait("CardiacPhase", "cardiac phase (percent)", "stays", "double"),
  trait("CardiacTriggerDelay", "cardiac trigger delay", "stays", "double"),
  trait("AcquisitionUID", "acquisition UID", "stays", "text"),
  trait("IrradiationEventUID", "irradiation event UID", "stays", "text"),
  trait("ContrastBolusAgent", "contrast agent", "stays", "text"),
  trait("ContrastBolusStartTime", "contrast start time", "stays", "time"),
  trait("ImageType", "ImageType", "stays", "text"),
  trait("MultienergyAcquisition", "multi-energy acquisition", "stays", "text"),
  trait("FilterType", "filter", "stays", "text"),
  trait("ReconstructionAlgorithm", "reconstruction algorithm", "stays", "text"),
  trait("ReconstructionDiameter", "reconstruction diameter (mm)", "stays", "number"),
  trait("DataCollectionDiameter", "data collection diameter (mm)", "stays", "number"),
  trait("SliceThickness", "slice thickness (mm)", "stays", "number"),
  trait("SpacingBetweenSlices", "SpacingBetweenSlices (mm)", "drifts", "number"),
  trait("GantryDetectorTilt", "gantry tilt (degrees)", "stays", "number"),
  trait("FocalSpots", "focal spot", "stays", "text"),
  trait("ScanOptions", "ScanOptions", "stays", "text"),
  trait("PatientPosition", "patient position", "stays", "text"),
  trait("RevolutionTime", "revolution time", "stays", "double"),
  trait("StackID", "stack id", "stays", "text"),
  trait("InConcatenationTotalNumber", "number of objects in a concatenation", "stays", "uint16"),
  trait("SeriesNumber", "series number", "stays", "number"),
  trait("StudyInstanceUID", "StudyInstanceUID", "stays", "text"),
  trait("AcquisitionDate", "acquisition date", "stays", "text"),
  trait("ProtocolName", "protocol", "stays", "text"),
  trait("SeriesDescription", "series description", "stays", "text"),
  trait("ManufacturerModelName", "scanner model", "stays", "text"),
  trait("AcquisitionTime", "acquisition time", "drifts", "time"),
  trait("AcquisitionDateTime", "acquisition time", "drifts", "time"),
  trait("TriggerTime", "trigger time", "drifts", "number"),
  trait("XRayTubeCurrent", "tube current", "drifts", "number"),
  trait("Exposure", "exposure", "drifts", "number"),
  trait("ExposureInMas", "exposure", "drifts", "double"),
  trait("ExposureTime", "exposure time", "drifts", "number"),
  trait("GeneratorPower", "generator power", "drifts", "number"),
  trait("SpiralPitchFactor", "spiral pitch", "drifts", "double"),
  trait("CTDIvol", "dose index", "drifts", "double"),
  trait("InStackPositionNumber", "position in the stack", "drifts", "uint32"),
  trait("InstanceNumber", "instance number", "drifts", "number"),
];

/** Reads the traits of one file; what is absent or malformed has none. */
export function traitsOf(elements: DicomElements): Traits {
  const found = new Map<Keyword, TraitValue>();
  for (const { keyword, as } of allTraits) {
    const value = elements.lenient(keyword, (read) => traitValue(read, keyword, as));
    if (value !== undefined) found.set(keyword, value);
  }
  return found;
}

function traitValue(elements: DicomElements, keyword: Keyword, as: Trait["as"]): TraitValue | undefined {
  if (as !== "text" && as !== "time") {
    const number =
      as === "number"
        ? elements.numbers(keyword)?.[0]
        : as === "uint16"
          ? elements.uint16(keyword)
          : elements.binary(keyword, as);
    if (number === undefined || !Number.isFinite(number)) return undefined;
    // Three digits: the same setting is written with more or fewer of them.
    return { key: String(Number.isInteger(number) ? number : Number(number.toPrecision(3))), number };
  }
  const text = elements.text(keyword);
  if (text === undefined) return undefined;
  if (as === "text") return { key: comparable(text), number: undefined };
  const digits = Number(/^\d+(\.\d+)?/.exec(text)?.[0] ?? Number.NaN);
  return Number.isFinite(digits) ? { key: String(digits), number: digits } : undefined;
}
