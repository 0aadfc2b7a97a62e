// Headers of CT slices as the DICOM reader gives them, for tests of what makes a stack of them.
import type { SliceHeader } from "../../ts/data/volume/dicom/slice.ts";

type Change = Partial<SliceHeader>;

/** One slice of 4 x 5 pixels at a place, axial unless changed. */
export const slice = (
  position: readonly [number, number, number],
  instance: number,
  change: Change = {},
): SliceHeader => ({
  where: `file ${instance}`,
  frame: undefined,
  pixels: { rows: 4, columns: 5, bitsAllocated: 16, bitsStored: 16, signed: true },
  transferSyntax: "1.2.840.10008.1.2.1",
  positionLps: position,
  acrossLps: [1, 0, 0],
  downLps: [0, 1, 0],
  normalLps: [0, 0, 1],
  rowSpacingMm: 0.5,
  columnSpacingMm: 0.75,
  thicknessMm: 3,
  gantryTiltDegrees: undefined,
  slope: 1,
  intercept: 0,
  rescaleStated: true,
  padding: undefined,
  storedRange: undefined,
  instance,
  modality: "CT",
  localizer: false,
  lossy: false,
  burnedIn: false,
  overlay: false,
  rescaleTypeOdd: false,
  quantity: undefined,
  projection: undefined,
  derived: false,
  inverted: false,
  marked: true,
  malformed: [],
  overruled: [],
  spacingDenied: undefined,
  sidesDenied: false,
  metaDiffers: false,
  sliceLocationMm: undefined,
  spacingBetweenMm: undefined,
  reconstructionDiameterMm: undefined,
  imagesInAcquisition: undefined,
  fileDigest: `file-${instance}`,
  secondary: false,
  encodingDiffers: false,
  instanceDigest: `instance-${instance}`,
  frameDigest: "frame",
  kernelDigest: "kernel",
  traits: new Map(),
  ...change,
});
/** Axial slices at these heights, numbered from 1. */
export const at = (
  heights: readonly number[],
  change: (index: number) => Change = () => ({}),
): SliceHeader[] => heights.map((z, index) => slice([-10, -20, z], index + 1, change(index)));
