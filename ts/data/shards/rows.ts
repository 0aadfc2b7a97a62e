import { TomoeError } from "../../errors.ts";
import type { Receipt, TripleDHW, VolumeWarning } from "../../schema/volume.ts";
import { madeRows, type RowPatches, volumeId } from "./made-rows.ts";
import type { ShardCase, ShardRequest } from "./request.ts";

/** The content of a shard, in row order. */
export interface ShardRows {
  readonly voxels: Int16Array;
  readonly patches: RowPatches | undefined;
  readonly volumeIds: readonly string[];
  readonly receipts: readonly Receipt[];
  readonly warnings: readonly (readonly VolumeWarning[])[];
}

/**
 * Reads and preprocesses every case into one array of rows; a scan that several rows share is read once.
 *
 * @throws TomoeError as `madeRows`; `DATA_MANIFEST` where label grids have several shapes.
 */
export async function fillRows(request: ShardRequest): Promise<ShardRows> {
  const { cases, config } = request;
  const rowLength = config.sizeDHW[0] * config.sizeDHW[1] * config.sizeDHW[2];
  const voxels = new Int16Array(cases.length * rowLength);
  const volumeIds = new Array<string>(cases.length);
  const receipts = new Array<Receipt>(cases.length);
  const warnings = new Array<readonly VolumeWarning[]>(cases.length);
  const patches = new PatchRows(cases.length);
  let done = 0;
  for await (const made of madeRows(request)) {
    const { row } = made;
    const entry = cases[row] ?? { path: "" };
    voxels.set(made.voxels, row * rowLength);
    volumeIds[row] = volumeId(made.sourceDigest, request.preprocessDigest, entry);
    receipts[row] = made.receipt;
    warnings[row] = made.warnings;
    patches.add(row, entry, made.patches);
    request.onProgress?.(++done, cases.length);
  }
  return { voxels, patches: patches.filled(), volumeIds, receipts, warnings };
}

/** Collects patch labels; rows without any are -1, which training ignores. */
class PatchRows {
  readonly #rows: number;
  #shape: TripleDHW | undefined;
  #labels: Int16Array | undefined;

  constructor(rows: number) {
    this.#rows = rows;
  }

  add(row: number, entry: ShardCase, patches: RowPatches | undefined): void {
    if (patches === undefined) return;
    const { shape, labels } = patches;
    this.#shape ??= shape;
    if (!shape.every((size, axis) => size === this.#shape?.[axis])) {
      throw new TomoeError(
        "DATA_MANIFEST",
        `case ${entry.id ?? row}: its patch grid is ${shape.join(" x ")} where others have ${this.#shape.join(" x ")}`,
        { hint: "All label grids of a shard have one shape.", details: { case: entry.id ?? row, shape } },
      );
    }
    this.#labels ??= new Int16Array(this.#rows * labels.length).fill(-1);
    this.#labels.set(labels, row * labels.length);
  }

  filled(): RowPatches | undefined {
    return this.#labels === undefined || this.#shape === undefined
      ? undefined
      : { labels: this.#labels, shape: this.#shape };
  }
}
