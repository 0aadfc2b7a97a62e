// Corrupts volumes in HU, reads each copy as any file is read, and tells what the gate said of it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readVolume } from "../../../ts/data/volume/read.ts";
import { isTomoeError } from "../../../ts/errors.ts";
import { niftiFile } from "../nifti-file.ts";
import type { Corruption, Kind } from "./corruptions.ts";
import type { HuVolume } from "./volumes.ts";

/** refused: not read. named, undecided: suspect or warned, with the cause, or with what cannot be told. */
export type Outcome = "refused" | "named" | "undecided" | "suspect" | "ok";

export interface Finding {
  readonly volume: string;
  /** Undefined of a copy that was not corrupted. */
  readonly corruption: string | undefined;
  readonly kind: Kind | undefined;
  readonly outcome: Outcome;
  /** Whether a line that undoes it was told, and puts HU right to 40; undefined where no one line does. */
  readonly inverse: "right" | "wrong" | "none" | undefined;
  readonly said: string;
}

/** Words that name a cause; a suspicion that has none of them is no catch. */
const words: Readonly<Record<Kind, RegExp>> = {
  "rescaled twice": /twice|HU already|too low|off by/,
  "rescale missing": /never rescaled|intercept|too high|off by/,
  offset: /twice|never rescaled|HU already|too (?:low|high)|off by/,
  scaled: /scale|spread about/,
  wrapped: /wrapped|32768|sign|byte|outside|values-below-air|scale/,
  "8-bit": /8-bit|picture|normalised/,
  normalised: /normalised|picture|8-bit/,
  padded: /padding|exactly|saturation/,
  "label map": /class numbers|normalised/,
  "other modality": /MR|modalit|scale|sign/,
  "a few slices": /slices? .*(?:scale|too (?:low|high)|off)/,
};

/** The sentence of what is beyond telling names no cause. */
const undecided = /so an offset or another scale of the values cannot be told from them/;

const undecidedLeftOut = (said: string): string => said.replaceAll(new RegExp(undecided, "g"), "");

/** Reads one copy of a volume; `corruption` absent: as it is. */
async function finding(
  volume: HuVolume,
  corruption: Corruption | undefined,
  folder: string,
): Promise<Finding> {
  const path = join(folder, "copy.nii");
  const change = corruption?.change(volume);
  const values =
    change === undefined ? volume.voxels : Float64Array.from(volume.voxels, (hu, at) => change(hu, at));
  const [depth, height, width] = volume.shapeDHW;
  writeFileSync(
    path,
    niftiFile({ dtype: corruption?.dtype ?? "int16", dims: [width, height, depth], values }),
  );
  const { outcome, said, told } = await judged(path, corruption?.kind);
  return {
    volume: volume.name,
    corruption: corruption?.name,
    kind: corruption?.kind,
    outcome,
    inverse: corruption?.inverse === undefined ? undefined : verdictOn(told, corruption.inverse),
    said,
  };
}

interface Judged {
  readonly outcome: Outcome;
  readonly said: string;
  readonly told: { readonly factor: number; readonly addHu: number } | undefined;
}

async function judged(path: string, kind: Kind | undefined): Promise<Judged> {
  try {
    const { hu, warnings } = await readVolume(path);
    const said = [...hu.reasons, ...warnings.map(({ code, message }) => `${code} ${message}`)].join("; ");
    const isNamed =
      kind !== undefined &&
      words[kind].test(
        undecidedLeftOut(hu.verdict === "suspect" ? said : warnings.map(({ message }) => message).join("; ")),
      );
    const outcome = isNamed
      ? "named"
      : hu.verdict === "ok"
        ? "ok"
        : undecided.test(said)
          ? "undecided"
          : "suspect";
    const first = said.replace(/; or they are .*/, "");
    const line = /multiplying every voxel by ([\d.]+)/.exec(first),
      add = /adding (-?[\d.]+) (?:HU )?to every voxel/i.exec(first);
    const told =
      line === null && add === null
        ? undefined
        : { factor: Number(line?.[1] ?? 1), addHu: Number(add?.[1] ?? 0) };
    return { outcome, said, told };
  } catch (error) {
    if (!isTomoeError(error)) throw error;
    const { addHu, factor } = error.details;
    const told =
      addHu === undefined && factor === undefined
        ? undefined
        : { factor: Number(factor ?? 1), addHu: Number(addHu ?? 0) };
    return { outcome: "refused", said: error.message.replace(/^.*?: /, ""), told };
  }
}

function verdictOn(
  told: Judged["told"],
  right: NonNullable<Corruption["inverse"]>,
): "right" | "wrong" | "none" {
  if (told === undefined) return "none";
  const isRight = [-1000, 50].every(
    (hu) => Math.abs(((hu - right.addHu) / right.factor) * told.factor + told.addHu - hu) <= 40,
  );
  return isRight ? "right" : "wrong";
}

/** Every corruption of every volume that has slices enough, and each volume as it is. */
export async function campaign(
  volumes: readonly HuVolume[],
  corruptions: readonly Corruption[],
  progress: (done: number, of: number) => void = () => undefined,
): Promise<readonly Finding[]> {
  const folder = mkdtempSync(join(tmpdir(), "tomoe-gate-"));
  try {
    const copies = volumes.flatMap((volume) => [
      { volume, corruption: undefined },
      ...corruptions
        .filter(({ leastSlices = 1 }) => volume.shapeDHW[0] >= leastSlices)
        .map((corruption) => ({ volume, corruption })),
    ]);
    const findings: Finding[] = [];
    for (const { volume, corruption } of copies) {
      findings.push(await finding(volume, corruption, folder));
      progress(findings.length, copies.length);
    }
    return findings;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
