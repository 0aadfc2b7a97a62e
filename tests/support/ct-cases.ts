// Judges the reader by the shared cases: what was read of a case, and whether that is one of its right outcomes.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withInspection } from "../../ts/data/volume/inspect.ts";
import { ReadLog } from "../../ts/data/volume/log.ts";
import { readVolumeLogged } from "../../ts/data/volume/read.ts";
import { isTomoeError } from "../../ts/errors.ts";
import type { Volume } from "../../ts/schema/volume.ts";

interface Patterns {
  readonly must?: readonly string[];
  readonly mustNot?: readonly string[];
}

/** One right outcome of a case; every part that is given has to hold. */
export interface RightOutcome {
  readonly expect: "read" | "suspect" | "refuse";
  readonly exit: readonly number[];
  readonly verdict?: readonly string[];
  readonly shapeDHW?: readonly number[];
  readonly spacingMmDHW?: readonly number[];
  readonly affineRas?: readonly (readonly number[])[];
  readonly toleranceMm?: number;
  readonly hu?: {
    readonly dtype: string;
    readonly sha256: string;
    readonly min: number;
    readonly max: number;
  };
  readonly warnings?: readonly string[];
  readonly codes?: readonly string[];
  readonly message?: Patterns;
  readonly hint?: Patterns;
  readonly listedSeries?: number;
  readonly eachSeriesReads?: { readonly shapeDHW: readonly number[]; readonly sha256: readonly string[] };
}

/** `truth.json` of a case. */
export interface CaseTruth {
  readonly id: string;
  readonly kind: string;
  readonly path?: string;
  readonly fault?: string;
  readonly never?: readonly string[];
  readonly right: readonly RightOutcome[];
}

/** What `inspect` and `preprocess --preset hu` would say. */
interface Outcome {
  readonly exit: number;
  readonly volume?: Volume;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly listed: readonly { readonly series: string }[];
  readonly printed: string;
}

/** Reads a path as `inspect` does; anything but a typed refusal is thrown on. */
async function outcomeOf(path: string, series?: string): Promise<Outcome> {
  const log = new ReadLog();
  try {
    const volume = await readVolumeLogged(path, series === undefined ? {} : { series }, log);
    const printed = JSON.stringify({ ...volume, voxels: [] });
    return { exit: 0, volume, code: "", message: "", hint: "", listed: [], printed };
  } catch (cause) {
    const error = withInspection(cause, log);
    if (!isTomoeError(error)) throw cause;
    return {
      exit: error.exitCode,
      code: error.code,
      message: error.message.replace(`[${error.code}]`, "").replaceAll(path, ""),
      hint: error.hint.replaceAll(path, ""),
      listed: Array.isArray(error.details.series) ? error.details.series : [],
      printed: JSON.stringify(error.toDocument()).replaceAll(path, ""),
    };
  }
}

/**
 * Reads one case and judges it.
 *
 * @param folder - where the case's `truth.json` lies.
 * @param input - where its `input/` lies, laid out where the case has a `layout.json`.
 * @returns what is wrong by each right outcome; empty when one of them holds.
 */
export async function judgeCase(truth: CaseTruth, input: string): Promise<readonly string[]> {
  const path = truth.path === undefined ? input : join(input, truth.path);
  const found = await outcomeOf(path);
  const leaked = (truth.never ?? []).filter((text) => found.printed.includes(text));
  const wrongs = await Promise.all(truth.right.map((right) => wrongBy(right, found, path)));
  if (leaked.length === 0 && wrongs.some((wrong) => wrong.length === 0)) return [];
  const said = found.volume === undefined ? found.printed : `read ${found.volume.hu.verdict}`;
  return [...leaked.map((text) => `prints ${text}`), ...wrongs.map((wrong) => wrong.join("; ")), said];
}

async function wrongBy(right: RightOutcome, found: Outcome, path: string): Promise<readonly string[]> {
  const wrong: string[] = [];
  const hold = (holds: boolean, what: string): void => {
    if (!holds) wrong.push(what);
  };
  hold(right.exit.includes(found.exit), `exit ${found.exit}`);
  hold((right.expect === "refuse") === (found.volume === undefined), `not ${right.expect}`);
  if (wrong.length > 0) return wrong;
  if (found.volume !== undefined) return wrongVolume(right, found.volume);
  hold(
    right.codes === undefined ||
      right.codes.some(
        (code) => found.code === code || (code === "DATA_*" && found.code.startsWith("DATA_")),
      ),
    `code ${found.code}`,
  );
  wrong.push(
    ...wrongText("message", right.message, found.message),
    ...wrongText("hint", right.hint, found.hint),
  );
  if (right.listedSeries !== undefined)
    hold(found.listed.length === right.listedSeries, `${found.listed.length} series listed`);
  if (right.eachSeriesReads !== undefined) {
    const { shapeDHW, sha256 } = right.eachSeriesReads;
    const digests: string[] = [];
    for (const { series } of found.listed) {
      const { volume } = await outcomeOf(path, series);
      hold(String(volume?.shapeDHW) === String(shapeDHW), `series reads as ${volume?.shapeDHW}`);
      digests.push(volume === undefined ? "" : huDigest(volume));
    }
    hold(String(digests.sort()) === String([...sha256].sort()), "other HU of a series");
  }
  return wrong;
}

function wrongText(what: string, patterns: Patterns | undefined, text: string): readonly string[] {
  return [
    ...(patterns?.must ?? []).filter((p) => !new RegExp(p, "i").test(text)).map((p) => `${what} lacks ${p}`),
    ...(patterns?.mustNot ?? []).filter((p) => new RegExp(p, "i").test(text)).map((p) => `${what} has ${p}`),
  ];
}

function wrongVolume(right: RightOutcome, volume: Volume): readonly string[] {
  const wrong: string[] = [];
  const near = (a: readonly number[] | undefined, b: readonly number[]): boolean =>
    a === undefined ||
    a.every((value, at) => Math.abs(value - (b[at] ?? Number.NaN)) <= (right.toleranceMm ?? 0.002));
  if (right.verdict?.includes(volume.hu.verdict) === false) wrong.push(`verdict ${volume.hu.verdict}`);
  if (right.shapeDHW !== undefined && String(right.shapeDHW) !== String(volume.shapeDHW))
    wrong.push(`shape ${volume.shapeDHW}`);
  if (!near(right.spacingMmDHW, volume.spacingMmDHW)) wrong.push(`spacing ${volume.spacingMmDHW}`);
  if (!near(right.affineRas?.flat(), volume.affineRas.flat()))
    wrong.push(`affine ${volume.affineRas.flat()}`);
  if (right.hu !== undefined && right.hu.sha256 !== huDigest(volume)) wrong.push("other HU");
  const told = [
    ...volume.warnings.map(({ code, message }) => `${code} ${message}`),
    ...(volume.hu.verdict === "suspect" ? volume.hu.reasons : []),
  ];
  for (const pattern of right.warnings ?? [])
    if (!told.some((text) => new RegExp(pattern, "i").test(text))) wrong.push(`no warning of ${pattern}`);
  return wrong;
}

/** SHA-256 of the HU in D,H,W order, little-endian, as `preprocess --preset hu` writes them. */
export function huDigest({ voxels }: Volume): string {
  return createHash("sha256")
    .update(Buffer.from(voxels.buffer, voxels.byteOffset, voxels.byteLength))
    .digest("hex");
}

interface Layout {
  readonly rename?: Readonly<Record<string, string>>;
  readonly links?: Readonly<Record<string, string>>;
  readonly folders?: readonly string[];
  readonly bytes?: Readonly<Record<string, string>>;
  readonly repeat?: readonly { readonly name: string; readonly count: number; readonly text: string }[];
}

/** Copies a case below `out` as its `layout.json` says (names are percent-encoded bytes); gives its input folder. */
export function layOut(folder: string, out: string): string {
  const layout: Layout = JSON.parse(readFileSync(join(folder, "layout.json"), "utf8"));
  const place = (name: string): Buffer => {
    const path = Buffer.concat([Buffer.from(`${out}/`), percentBytes(name)]);
    mkdirSync(path.subarray(0, path.lastIndexOf("/")), { recursive: true });
    return path;
  };
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const source = join(entry.parentPath, entry.name);
    const name = source.slice(folder.length + 1);
    if (entry.isFile() && name !== "truth.json" && name !== "layout.json")
      copyFileSync(source, place(layout.rename?.[name] ?? name));
  }
  for (const name of layout.folders ?? []) mkdirSync(place(name), { recursive: true });
  for (const [name, hex] of Object.entries(layout.bytes ?? {}))
    writeFileSync(place(name), Buffer.from(hex, "hex"));
  for (const { name, count, text } of layout.repeat ?? [])
    for (let number = 0; number < count; number++)
      writeFileSync(place(name.replace("{}", String(number).padStart(3, "0"))), text);
  for (const [name, target] of Object.entries(layout.links ?? {}))
    symlinkSync(percentBytes(target), place(name));
  return join(out, "input");
}

function percentBytes(text: string): Buffer {
  return Buffer.concat(
    text
      .split(/(%[0-9A-Fa-f]{2})/)
      .map((part) => (/^%..$/.test(part) ? Buffer.from(part.slice(1), "hex") : Buffer.from(part))),
  );
}
