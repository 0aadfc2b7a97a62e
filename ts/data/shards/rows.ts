import { createHash } from "node:crypto";
import { defined } from "../../defined.ts";
import { bug, isTomoeError, quoting, TomoeError } from "../../errors.ts";
import { throwIfAborted } from "../../files/index.ts";
import type { Receipt, TripleDHW, Volume, VolumeWarning } from "../../schema/volume.ts";
import { type ModelInput, preprocessSlices, preprocessVolume } from "../prepare/preprocess.ts";
import { turnedShape, turnToModel } from "../prepare/views.ts";
import { type LabelGrid, readLabelGrid } from "../volume/labels.ts";
import { readVolume } from "../volume/read.ts";
import type { ShardCase, ShardRequest } from "./request.ts";

/** The content of a shard, in row order. */
export interface ShardRows {
  readonly voxels: Int16Array;
  readonly patches: { readonly labels: Int16Array; readonly shape: TripleDHW } | undefined;
  readonly volumeIds: readonly string[];
  readonly receipts: readonly Receipt[];
  readonly warnings: readonly (readonly VolumeWarning[])[];
}

/** What a failure calls a case. */
function nameOf(cases: readonly ShardCase[], row: number): string | number {
  return cases[row]?.id ?? row;
}

/** One scan read and preprocessed for all of its rows. */
interface Prepared {
  readonly input: ModelInput;
  readonly stackAxis: 0 | 1 | 2;
  readonly sourceDigest: string;
  readonly warnings: readonly VolumeWarning[];
}

/** Scans in work at once: the decompression of the next overlaps with the transform of this one. */
const readAhead = 2;

/**
 * Reads and preprocesses every case into one array of rows; a scan that several rows share is read once.
 *
 * @throws TomoeError as `readVolume`, with the case's id, else its number, in `details.case`; `DATA_MANIFEST` when a slice
 * or a label grid does not fit.
 */
export async function fillRows(request: ShardRequest): Promise<ShardRows> {
  const { cases, config } = request;
  const rowLength = config.sizeDHW[0] * config.sizeDHW[1] * config.sizeDHW[2];
  const voxels = new Int16Array(cases.length * rowLength);
  const volumeIds = new Array<string>(cases.length);
  const receipts = new Array<Receipt>(cases.length);
  const warnings = new Array<readonly VolumeWarning[]>(cases.length);
  const patches = new PatchRows(cases.length);
  refuseMovedPatches(request);
  const groups = groupByScan(cases);
  let done = 0;
  const pending = new Map<number, Promise<Prepared>>();
  for (let at = 0; at < groups.length; at++) {
    throwIfAborted(request.signal);
    for (let next = at; next < Math.min(groups.length, at + readAhead); next++) {
      const group = groups[next];
      if (group !== undefined && !pending.has(next)) pending.set(next, guarded(prepare(request, group)));
    }
    const prepared = await (pending.get(at) ??
      Promise.reject(bug("no scan was started for a group of rows", { group: at })));
    pending.delete(at);
    for (const row of groups[at]?.rows ?? []) {
      const entry = cases[row];
      if (entry === undefined) continue;
      voxels.set(rowVoxels(prepared, entry, row, rowLength), row * rowLength);
      volumeIds[row] = volumeId(prepared.sourceDigest, request.preprocessDigest, entry);
      receipts[row] =
        entry.slice === undefined
          ? prepared.input.receipt
          : {
              ...prepared.input.receipt,
              steps: [...prepared.input.receipt.steps, { step: "slice", index: entry.slice }],
            };
      warnings[row] = prepared.warnings;
      await patches.add(row, entry, prepared.stackAxis, config.sizeDHW[0]);
      request.onProgress?.(++done, cases.length);
    }
  }
  return { voxels, patches: patches.filled(), volumeIds, receipts, warnings };
}

/** Labels of patches lie on the grid of the whole volume: a graph that takes a part of it would leave them behind. */
function refuseMovedPatches({ cases, config: { spacingMmDHW, crop, fit } }: ShardRequest): void {
  const row = cases.findIndex(({ patchLabelsPath }) => patchLabelsPath !== undefined);
  const asked = defined({ spacingMmDHW, crop, fit: fit === "stretch" ? undefined : fit });
  if (row < 0 || Object.keys(asked).length === 0) return;
  throw new TomoeError(
    "DATA_MANIFEST",
    `case ${nameOf(cases, row)} has labels of patches, which lie on the whole volume: with ${Object.keys(asked).join(", ")} they would not fit`,
    {
      hint: "Leave those options of the data out, or the labels of patches.",
      details: { case: nameOf(cases, row), ...asked },
    },
  );
}

/** Keeps a failure of a read-ahead from being reported as unhandled before its turn comes. */
function guarded<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

interface ScanGroup {
  readonly path: string;
  readonly series: string | undefined;
  readonly policy: ShardCase["policy"];
  readonly calibration: ShardCase["calibration"];
  readonly sliced: boolean;
  readonly rows: number[];
}

function groupByScan(cases: readonly ShardCase[]): readonly ScanGroup[] {
  const groups = new Map<string, ScanGroup>();
  cases.forEach((entry, row) => {
    const sliced = entry.slice !== undefined;
    const key = JSON.stringify([
      entry.path,
      entry.series ?? null,
      policyName(entry),
      calibrationName(entry),
      sliced,
    ]);
    const group = groups.get(key) ?? {
      path: entry.path,
      series: entry.series,
      policy: entry.policy,
      calibration: entry.calibration,
      sliced,
      rows: [],
    };
    group.rows.push(row);
    groups.set(key, group);
  });
  return [...groups.values()];
}

async function prepare(request: ShardRequest, group: ScanGroup): Promise<Prepared> {
  let volume: Volume;
  try {
    volume = await readVolume(group.path, {
      ...defined({
        series: group.series,
        policy: group.policy,
        calibration: group.calibration,
        picture: request.config.intensity === undefined ? undefined : request.config.windowHu,
        huGate: request.huGate,
        signal: request.signal,
      }),
    });
  } catch (error) {
    if (!isTomoeError(error)) throw error;
    const name = nameOf(request.cases, group.rows[0] ?? 0);
    throw quoting(error, `case ${name}: ${error.what}`, { details: { case: name } });
  }
  const input = group.sliced
    ? preprocessSlices(volume, request.config)
    : preprocessVolume(volume, request.config);
  const stackAxis = request.config.stack === "axial" ? 0 : volume.stackAxis;
  return { input, stackAxis, sourceDigest: volume.receipt.sourceDigest, warnings: volume.warnings };
}

function rowVoxels(prepared: Prepared, entry: ShardCase, row: number, rowLength: number): Int16Array {
  const index = entry.slice ?? 0;
  if (index >= prepared.input.rows || index < 0) {
    throw new TomoeError(
      "DATA_MANIFEST",
      `case ${entry.id ?? row} asks for slice ${index} of a stack of ${prepared.input.rows}`,
      {
        hint: "Slices count from 0 along the stack axis.",
        details: { case: entry.id ?? row, slice: index, slices: prepared.input.rows },
      },
    );
  }
  return prepared.input.voxels.subarray(index * rowLength, (index + 1) * rowLength);
}

/** Stable id of a model input: digest of source bytes, preprocess contract, slice and what was resampled. */
function volumeId(sourceDigest: string, preprocessDigest: string, entry: ShardCase): string {
  return createHash("sha256")
    .update(
      `${sourceDigest}/${preprocessDigest}/${entry.slice ?? "volume"}${policyName(entry)}${calibrationName(entry)}`,
    )
    .digest("hex");
}

function policyName({ policy = {} }: ShardCase): string {
  return `${policy.tilt === undefined ? "" : "/tilt"}${policy.spacing === undefined ? "" : "/spacing"}`;
}

function calibrationName({ calibration }: ShardCase): string {
  return calibration === undefined ? "" : `/${JSON.stringify(calibration)}`;
}

/** Collects patch labels; rows without any are -1, which training ignores. */
class PatchRows {
  readonly #rows: number;
  #shape: TripleDHW | undefined;
  #labels: Int16Array | undefined;
  readonly #grids = new Map<string, LabelGrid>();

  constructor(rows: number) {
    this.#rows = rows;
  }

  async add(row: number, entry: ShardCase, stackAxis: 0 | 1 | 2, depth: number): Promise<void> {
    if (entry.patchLabelsPath === undefined) return;
    const grid = this.#grids.get(entry.patchLabelsPath) ?? (await readLabelGrid(entry.patchLabelsPath));
    // One file at a time is enough: rows of one scan come together.
    if (!this.#grids.has(entry.patchLabelsPath)) this.#grids.clear();
    this.#grids.set(entry.patchLabelsPath, grid);
    const [slices, rows, columns] = turnedShape(grid.shapeDHW, stackAxis);
    const turned = turnToModel(grid.labels, grid.shapeDHW, stackAxis);
    const index = entry.slice ?? 0;
    const taken = entry.slice === undefined ? slices : 1;
    if (taken !== depth || index + taken > slices) {
      throw new TomoeError(
        "DATA_MANIFEST",
        `case ${entry.id ?? row}: its patch labels have ${slices} slices where ${entry.slice === undefined ? `${depth} are needed` : `slice ${index} is asked for`}`,
        {
          hint: "Patch labels have as many slices as the model input.",
          details: { case: entry.id ?? row, slices, depth },
        },
      );
    }
    const shape: TripleDHW = [depth, rows, columns];
    this.#shape ??= shape;
    if (!shape.every((size, axis) => size === this.#shape?.[axis])) {
      throw new TomoeError(
        "DATA_MANIFEST",
        `case ${entry.id ?? row}: its patch grid is ${shape.join(" x ")} where others have ${this.#shape.join(" x ")}`,
        { hint: "All label grids of a shard have one shape.", details: { case: entry.id ?? row, shape } },
      );
    }
    const length = depth * rows * columns;
    this.#labels ??= new Int16Array(this.#rows * length).fill(-1);
    const from = index * rows * columns;
    this.#labels.set(turned.subarray(from, from + length), row * length);
  }

  filled(): { readonly labels: Int16Array; readonly shape: TripleDHW } | undefined {
    return this.#labels === undefined || this.#shape === undefined
      ? undefined
      : { labels: this.#labels, shape: this.#shape };
  }
}
