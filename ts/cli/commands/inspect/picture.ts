import { dirname } from "node:path";
import type { Look } from "../../../data/index.ts";
import { TomoeError } from "../../../errors.ts";
import { kindOfPath, printable, writeNew } from "../../../files/index.ts";
import { type GreyImage, renderScanPicture, type ScanPicture } from "../../../plots/index.ts";
import type { ReceiptStep, TripleDHW, VolumeWarning } from "../../../schema/volume.ts";
import { usage } from "../../words/flags.ts";
import { stepWords } from "./words.ts";

/** What is known of a scan that was read, or refused after its voxels were. */
export interface PictureFacts {
  readonly format: string;
  readonly sourceOrientation: string;
  readonly shapeDHW: TripleDHW;
  readonly spacingMmDHW: TripleDHW;
  readonly affineRas: readonly (readonly number[])[];
  readonly hu: { readonly verdict: "ok" | "suspect" | "refused"; readonly reasons: readonly string[] };
  readonly receipt: { readonly steps: readonly ReceiptStep[] };
  readonly warnings: readonly VolumeWarning[];
}

/**
 * Refuses a name that no picture can be written to, before the scan is read.
 *
 * @throws TomoeError `USAGE_INVALID` for another ending, `OUTPUT_EXISTS` where something lies there,
 * `OUTPUT_CREATE` where its folder is missing.
 */
export async function checkPictureName(out: string): Promise<void> {
  if (!/\.(svg|png)$/i.test(out))
    throw usage({ name: "inspect" }, [`--picture takes a name that ends in .svg or .png, found "${out}"`]);
  const there = await kindAt(out);
  if (there !== undefined)
    throw new TomoeError("OUTPUT_EXISTS", `there is a ${there} at ${printable(out)} already`, {
      hint: "Remove it, or give --picture another name.",
      details: { path: out },
    });
  const folder = dirname(out);
  if ((await kindAt(folder)) !== "folder")
    throw new TomoeError(
      "OUTPUT_CREATE",
      `there is no folder ${printable(folder)} to write the picture into`,
      {
        hint: "Make it first.",
        details: { path: out },
      },
    );
}

/** What lies at a path; undefined for nothing. */
async function kindAt(path: string): Promise<string | undefined> {
  try {
    return await kindOfPath(path);
  } catch (error) {
    if (!(error instanceof TomoeError)) throw error;
    return error.code === "PATH_NOT_FOUND" ? undefined : "thing that is no file";
  }
}

/**
 * Draws and writes the picture; a file is written whole and only for its owner, and none is replaced.
 *
 * @throws TomoeError `ENVIRONMENT` for a .png where what draws it is missing; `OUTPUT_CREATE`, `PERMISSION`,
 * `DISK_FULL`, `IO_FAILED`.
 */
export async function writePicture(out: string, look: Look, facts: PictureFacts): Promise<void> {
  const svg = renderScanPicture(pictureOf(look, facts));
  const content = /\.png$/i.test(out) ? await (await import("./raster.ts")).rasterise(svg) : svg;
  await writeNew(out, content, { mode: 0o600, setBy: "--picture" });
}

/** The picture of a look: HU always on one scale of grey, other values on their own. */
export function pictureOf(look: Look, facts: PictureFacts): ScanPicture {
  const isHu = facts.hu.verdict !== "refused";
  const { low, high } = isHu ? look.windows.hu : look.windows.whole;
  const unit = isHu ? " HU" : "";
  return {
    title: `CT as Tomoe reads it: ${facts.format}, HU ${facts.hu.verdict}`,
    facts: geometryWords(facts),
    planes: look.planes.map(({ values, width, height, slice, of, ...plane }) => ({
      ...plane,
      grey: greyOf(values, width, height, low, high),
      place: `slice ${slice} of ${of}`,
    })),
    greys: `black ${short(low)}${unit} and below, white ${short(high)}${unit} and above`,
    histogram: { ...(isHu ? look.histograms.hu : look.histograms.whole), bands: look.bands },
    verdict: facts.hu.verdict,
    reasons: facts.hu.reasons,
    decisions: facts.receipt.steps.map((step) => [step.step, stepWords(step)]),
    warnings: facts.warnings.map(({ code, message }) => `${code}: ${message}`),
  };
}

function geometryWords({
  format,
  sourceOrientation,
  shapeDHW,
  spacingMmDHW,
  affineRas,
}: PictureFacts): string[] {
  const sizes = shapeDHW.map((size, axis) => short(size * (spacingMmDHW[axis] ?? 0)));
  const turned = Math.max(...[0, 1, 2].map((axis) => offAxisDegrees(affineRas, axis)));
  return [
    `${shapeDHW.join(" x ")} voxels of ${spacingMmDHW.map(short).join(" x ")} mm (up, front to back, side to side), ${sizes.join(" x ")} mm in all`,
    `${format} with stored axes ${sourceOrientation}, shown in RAS; ${
      turned < 0.1
        ? "the planes are the patient's own"
        : `planes up to ${turned.toFixed(1)} degrees off the patient's; letters name the nearest directions`
    }`,
  ];
}

/** Angle between a voxel axis (a column of the affine) and the patient axis it stands for. */
function offAxisDegrees(affine: PictureFacts["affineRas"], axis: number): number {
  const column = affine.slice(0, 3).map((row) => row[axis] ?? 0);
  return (Math.acos(Math.min(1, Math.abs(column[axis] ?? 0) / Math.hypot(...column))) * 180) / Math.PI;
}

function greyOf(values: Float32Array, width: number, height: number, low: number, high: number): GreyImage {
  // A clamped array rounds, and keeps what lies outside the window black or white.
  const pixels = Uint8ClampedArray.from(values, (value) => (255 * (value - low)) / (high - low));
  return { pixels: new Uint8Array(pixels.buffer), width, height };
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
