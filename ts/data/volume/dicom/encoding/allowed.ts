import { hash, randomUUID } from "node:crypto";

/**
 * Elements that decide the grid, the HU, or whether the file is a slice at all: a malformed value in one of them is a
 * refusal.
 */
const needed = {
  MediaStorageSOPClassUID: 0x00020002,
  TransferSyntaxUID: 0x00020010,
  SOPClassUID: 0x00080016,
  Modality: 0x00080060,
  ImagePositionPatient: 0x00200032,
  ImageOrientationPatient: 0x00200037,
  SamplesPerPixel: 0x00280002,
  PhotometricInterpretation: 0x00280004,
  NumberOfFrames: 0x00280008,
  Rows: 0x00280010,
  Columns: 0x00280011,
  PixelSpacing: 0x00280030,
  BitsAllocated: 0x00280100,
  BitsStored: 0x00280101,
  HighBit: 0x00280102,
  PixelRepresentation: 0x00280103,
  RescaleIntercept: 0x00281052,
  RescaleSlope: 0x00281053,
  ModalityLUTSequence: 0x00283000,
  SharedFunctionalGroups: 0x52009229,
  PerFrameFunctionalGroups: 0x52009230,
  ExtendedOffsetTable: 0x7fe00001,
  FloatPixelData: 0x7fe00008,
  DoubleFloatPixelData: 0x7fe00009,
} as const;
/**
 * Elements that are compared from slice to slice or with the geometry; malformed, they count as absent. Texts,
 * ids and times among them are only ever compared, texts and ids as digests.
 */
const compared = {
  ImageType: 0x00080008,
  AcquisitionUID: 0x00080017,
  MediaStorageSOPInstanceUID: 0x00020003,
  SOPInstanceUID: 0x00080018,
  AcquisitionDate: 0x00080022,
  AcquisitionDateTime: 0x0008002a,
  AcquisitionTime: 0x00080032,
  SeriesDescription: 0x0008103e,
  ManufacturerModelName: 0x00081090,
  IrradiationEventUID: 0x00083010,
  ContrastBolusAgent: 0x00180010,
  ScanOptions: 0x00180022,
  SliceThickness: 0x00180050,
  KVP: 0x00180060,
  SpacingBetweenSlices: 0x00180088,
  DataCollectionDiameter: 0x00180090,
  ProtocolName: 0x00181030,
  ContrastBolusStartTime: 0x00181042,
  TriggerTime: 0x00181060,
  ReconstructionDiameter: 0x00181100,
  GantryDetectorTilt: 0x00181120,
  ExposureTime: 0x00181150,
  XRayTubeCurrent: 0x00181151,
  Exposure: 0x00181152,
  FilterType: 0x00181160,
  GeneratorPower: 0x00181170,
  FocalSpots: 0x00181190,
  ConvolutionKernel: 0x00181210,
  PatientPosition: 0x00185100,
  NominalScannedPixelSpacing: 0x00182010,
  RevolutionTime: 0x00189305,
  SpiralPitchFactor: 0x00189311,
  ReconstructionAlgorithm: 0x00189315,
  ExposureInMas: 0x00189332,
  CTDIvol: 0x00189345,
  MultienergyAcquisition: 0x00189361,
  StudyInstanceUID: 0x0020000d,
  SeriesInstanceUID: 0x0020000e,
  PatientOrientation: 0x00200020,
  SeriesNumber: 0x00200011,
  AcquisitionNumber: 0x00200012,
  InstanceNumber: 0x00200013,
  FrameOfReferenceUID: 0x00200052,
  TemporalPositionIdentifier: 0x00200100,
  ImagesInAcquisition: 0x00201002,
  SliceLocation: 0x00201041,
  StackID: 0x00209056,
  InStackPositionNumber: 0x00209057,
  TemporalPositionIndex: 0x00209128,
  FrameAcquisitionNumber: 0x00209156,
  CardiacTriggerDelay: 0x00209153,
  InConcatenationTotalNumber: 0x00209163,
  CardiacPhase: 0x00209241,
  PixelAspectRatio: 0x00280034,
  SmallestImagePixelValue: 0x00280106,
  LargestImagePixelValue: 0x00280107,
  PixelPaddingValue: 0x00280120,
  PixelPaddingRangeLimit: 0x00280121,
  BurnedInAnnotation: 0x00280301,
  RescaleType: 0x00281054,
  LossyImageCompression: 0x00282110,
  LossyImageCompressionRatio: 0x00282112,
  Units: 0x00541001,
  OverlayRows: 0x60000010,
} as const;

/** The only elements ever looked at: no names, patient ids, dates of birth, comments or private elements. */
const allowed = { ...needed, ...compared };

/** Keyword of an element that is read. */
export type Keyword = keyof typeof allowed;

/** Keyword of an allow-listed tag 0xggggeeee. */
export const keywordOf: ReadonlyMap<number, Keyword> = new Map(
  Object.entries(allowed).map(([keyword, tag]) => [tag, keyword as Keyword]),
);

/** True for an element whose value decides the grid or the HU. */
export function isNeeded(keyword: Keyword): boolean {
  return Object.hasOwn(needed, keyword);
}

/**
 * Of the patient, the study and the scanner, so one for a whole series (PS3.3 A.1.2). Their values are never kept: the
 * walk over a file turns each into a digest, by which slices are compared within this process.
 */
const belonging = {
  "patient id": 0x00100020,
  "patient name": 0x00100010,
  "date of birth": 0x00100030,
  sex: 0x00100040,
  "study date": 0x00080020,
  "study id": 0x00200010,
  "accession number": 0x00080050,
  manufacturer: 0x00080070,
  station: 0x00081010,
  "serial number of the scanner": 0x00181000,
  "software of the scanner": 0x00181020,
  "body part": 0x00180015,
  "side of the body": 0x00200060,
} as const;

/** As a message names what a series has one of. */
export type Belonging = keyof typeof belonging;

/** What a tag 0xggggeeee says that a slice belongs to. */
export const belongingOf: ReadonlyMap<number, Belonging> = new Map(
  Object.entries(belonging).map(([name, tag]) => [tag, name as Belonging]),
);

/** Of this process alone. */
const salt = randomUUID();

/** A text as something that can be compared within this process and means nothing outside it. */
export function comparable(text: string): string {
  return hash("sha256", `${salt}/${text}`, "hex");
}
