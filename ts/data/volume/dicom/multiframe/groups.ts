import type { Keyword } from "../elements.ts";

/** One functional group: a sequence of one item that holds for all frames, or for one. */
export interface FunctionalGroup {
  /** As a message names it. */
  readonly name: string;
  /** What a frame takes from it. */
  readonly keywords: readonly Keyword[];
  /** Without it a frame has no grid, or no HU. */
  readonly needed: "grid" | "calibration" | undefined;
}

const group = (
  name: string,
  keywords: readonly Keyword[],
  needed?: "grid" | "calibration",
): FunctionalGroup => ({ name, keywords, needed });

/** What the converter of a series kept of its slices: only compared, never for grid or HU. */
const convertedKeywords: readonly Keyword[] = [
  "AcquisitionNumber",
  "AcquisitionTime",
  "ContrastBolusAgent",
  "ConvolutionKernel",
  "Exposure",
  "ExposureTime",
  "GantryDetectorTilt",
  "KVP",
  "ReconstructionDiameter",
  "SliceLocation",
  "TemporalPositionIdentifier",
  "TriggerTime",
  "XRayTubeCurrent",
];

/**
 * Functional groups of which something is read, by the tag of their sequence; others are stepped over.
 *
 * @see DICOM PS3.3 C.7.6.16 (multi-frame functional groups), A.38.1.4 (enhanced CT), A.70.3 (legacy converted)
 */
export const functionalGroups: ReadonlyMap<number, FunctionalGroup> = new Map([
  [
    0x00289110,
    group("Pixel Measures (0028,9110)", ["PixelSpacing", "SliceThickness", "SpacingBetweenSlices"], "grid"),
  ],
  [0x00209113, group("Plane Position (0020,9113)", ["ImagePositionPatient"], "grid")],
  [0x00209116, group("Plane Orientation (0020,9116)", ["ImageOrientationPatient"], "grid")],
  [
    0x00289145,
    group(
      "Pixel Value Transformation (0028,9145)",
      ["RescaleIntercept", "RescaleSlope", "RescaleType"],
      "calibration",
    ),
  ],
  [
    0x00209111,
    group("Frame Content (0020,9111)", [
      "StackID",
      "InStackPositionNumber",
      "TemporalPositionIndex",
      "FrameAcquisitionNumber",
    ]),
  ],
  [0x00189329, group("CT Image Frame Type (0018,9329)", ["ImageType"])],
  [0x00189325, group("CT X-Ray Details (0018,9325)", ["KVP", "FocalSpots", "FilterType"])],
  [0x00189321, group("CT Exposure (0018,9321)", ["ExposureInMas", "CTDIvol"])],
  [
    0x00189314,
    group("CT Reconstruction (0018,9314)", [
      "ConvolutionKernel",
      "ReconstructionDiameter",
      "ReconstructionAlgorithm",
    ]),
  ],
  [
    0x00189304,
    group("CT Acquisition Details (0018,9304)", [
      "GantryDetectorTilt",
      "DataCollectionDiameter",
      "RevolutionTime",
    ]),
  ],
  [0x00189118, group("Cardiac Synchronization (0018,9118)", ["CardiacPhase", "CardiacTriggerDelay"])],
  [0x00189477, group("Irradiation Event Identification (0018,9477)", ["IrradiationEventUID"])],
  [0x00209170, group("Unassigned Shared Converted Attributes (0020,9170)", convertedKeywords)],
  [0x00209171, group("Unassigned Per-Frame Converted Attributes (0020,9171)", convertedKeywords)],
]);

/** FrameType, which is a frame's ImageType. */
export const frameTypeTag = 0x00089007;

/**
 * Elements that only a group may state of a frame, and those that are of the whole object alone: where they stand
 * beside the groups, they say nothing of a frame.
 */
export const notOfFrames: ReadonlySet<Keyword> = new Set<Keyword>([
  "ImagePositionPatient",
  "ImageOrientationPatient",
  "PixelSpacing",
  "SliceThickness",
  "SpacingBetweenSlices",
  "RescaleIntercept",
  "RescaleSlope",
  "RescaleType",
  "InstanceNumber",
  "NumberOfFrames",
  "SharedFunctionalGroups",
  "PerFrameFunctionalGroups",
]);
