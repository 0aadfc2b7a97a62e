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

/** What is made of a case, without a place to put it. */
export type RowsRequest = Omit<ShardRequest, "folder">;

/** Labels of the patches of one row. */
export interface RowPatches {
  readonly labels: Int16Array;
  readonly shape: TripleDHW;
}

/** A case as the model takes it. */
export interface MadeRow {
  /** Its place among the cases. */
  readonly row: number;
  /** A view, D x H x W. */
  readonly voxels: Int16Array;
  readonly patches: RowPatches | undefined;
  /** SHA-256 over the bytes of its scan, as the receipt has it. */
  readonly sourceDigest: string;
  readonly receipt: Receipt;
  readonly warnings: readonly VolumeWarning[];
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
 * Reads and preprocesses every case, scan by scan in the order of their first rows; a scan that several rows share is
 * read once.
 *
 * @param onFailure - hears of a scan that is refused, with the rows that are lost with it, and the others are made all
 * the same; without it the first refusal ends everything.
 * @throws TomoeError as `readVolume`, with the case's id, else its number, in `details.case`; `DATA_MANIFEST` when a slice
 * or a label grid does not fit.
 */
export async function* madeRows(
  request: RowsRequest,
  onFailure?: (error: TomoeError, rows: readonly number[]) => void,
): AsyncGenerator<MadeRow, void, undefined> {
  const { cases } = request;
  refuseMovedPatches(request);
  const labels = new PatchLabels();
  const groups = groupByScan(cases);
  const pending = new Map<number, Promise<Prepared>>();
  for (let at = 0; at < groups.length; at++) {
    throwIfAborted(request.signal);
    for (let next = at; next < Math.min(groups.length, at + readAhead); next++) {
      const group = groups[next];
      if (group !== undefined && !pending.has(next)) pending.set(next, guarded(prepare(request, group)));
    }
    const { rows = [] } = groups[at] ?? {};
    let told = 0;
    try {
      const prepared = await (pending.get(at) ??
        Promise.reject(bug("no scan was started for a group of rows", { group: at })));
      for (const row of rows) {
        const made = await rowOf(request, { prepared, row, labels });
        told++;
        yield made;
      }
    } catch (error) {
      if (onFailure === undefined || !isRefusal(error)) throw error;
      onFailure(error, rows.slice(told));
    } finally {
      pending.delete(at);
    }
  }
}

/** True for what is wrong with one scan; a stop, a full disk and our own bugs end everything. */
function isRefusal(error: unknown): error is TomoeError {
  return isTomoeError(error) && error.details.case !== undefined;
}

async function rowOf(
  { cases, config }: RowsRequest,
  {
    prepared,
    row,
    labels,
  }: { readonly prepared: Prepared; readonly row: number; readonly labels: PatchLabels },
): Promise<MadeRow> {
  const entry = cases[row];
  if (entry === undefined) throw bug("a group has a row that nobody asked for", { row });
  const rowLength = config.sizeDHW[0] * config.sizeDHW[1] * config.sizeDHW[2];
  const { receipt } = prepared.input;
  return {
    row,
    voxels: rowVoxels(prepared, entry, row, rowLength),
    patches: await labels.of(entry, { row, stackAxis: prepared.stackAxis, depth: config.sizeDHW[0] }),
    sourceDigest: prepared.sourceDigest,
    receipt:
      entry.slice === undefined
        ? receipt
        : { ...receipt, steps: [...receipt.steps, { step: "slice", index: entry.slice }] },
    warnings: prepared.warnings,
  };
}

/** Labels of patches lie on the grid of the whole volume: a graph that takes a part of it would leave them behind. */
function refuseMovedPatches({ cases, config: { spacingMmDHW, crop, fit } }: RowsRequest): void {
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

async function prepare(request: RowsRequest, group: ScanGroup): Promise<Prepared> {
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
export function volumeId(sourceDigest: string, preprocessDigest: string, entry: ShardCase): string {
  return createHash("sha256")
    .update(
      `${sourceDigest}/${preprocessDigest}/${entry.slice ?? "volume"}${policyName(entry)}${calibrationName(entry)}`,
    )
    .digest("hex");
}

/** What is resampled of a case, as ids and keys have it. */
export function policyName({ policy = {} }: ShardCase): string {
  return `${policy.tilt === undefined ? "" : "/tilt"}${policy.spacing === undefined ? "" : "/spacing"}`;
}

/** What a table states of a case, as ids and keys have it. */
export function calibrationName({ calibration }: ShardCase): string {
  return calibration === undefined ? "" : `/${JSON.stringify(calibration)}`;
}

/** Reads the labels of patches; the grid that was read last is kept: rows of one scan come together. */
class PatchLabels {
  readonly #grids = new Map<string, LabelGrid>();

  async of(
    entry: ShardCase,
    {
      row,
      stackAxis,
      depth,
    }: { readonly row: number; readonly stackAxis: 0 | 1 | 2; readonly depth: number },
  ): Promise<RowPatches | undefined> {
    if (entry.patchLabelsPath === undefined) return undefined;
    const grid = this.#grids.get(entry.patchLabelsPath) ?? (await readLabelGrid(entry.patchLabelsPath));
    if (!this.#grids.has(entry.patchLabelsPath)) this.#grids.clear();
    this.#grids.set(entry.patchLabelsPath, grid);
    const [slices, rows, columns] = turnedShape(grid.shapeDHW, stackAxis);
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
    const turned = turnToModel(grid.labels, grid.shapeDHW, stackAxis);
    const from = index * rows * columns;
    return {
      shape: [depth, rows, columns],
      labels: turned.subarray(from, from + depth * rows * columns),
    };
  }
}
