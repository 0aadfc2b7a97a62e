import type { SpaceWaiter } from "../../../files/index.ts";
import type { DatasetManifest } from "../../../schema/sample.ts";
import { niftiBytes } from "../draw/nifti-bytes.ts";
import { patchGrid, patchLabels } from "../draw/patches.ts";
import type { SliceImage } from "../draw/shapes.ts";
import { sliceSample } from "../draw/slices.ts";
import type { Plane } from "../truth/facts.ts";
import { phantomSeed, requireInteger } from "../truth/seeds.ts";
import { requireSlice } from "../truth/sizes.ts";
import type { Grid, PointMm } from "../truth/solids.ts";
import { patchClasses } from "../truth/structures.ts";
import { sliceFacts, sliceFactTable, sliceItems } from "../words/slice-items.ts";
import type { DatasetDraft } from "./folder.ts";
import { writeDatasetFolder } from "./folder.ts";
import type { PhantomProgress } from "./volumes.ts";
import { phantomVersion } from "./volumes.ts";

export interface SliceDatasetOptions {
  /** Integer in [0, 2^32). */
  readonly seed: number;
  /** Number of slices of each split, each of a phantom (or shape) of its own. */
  readonly slices: { readonly train: number; readonly validation: number };
  /** Rows and columns, equal. */
  readonly sizeHW: readonly [number, number];
  /** Side of a patch in pixels; divides the size. */
  readonly patchSize: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PhantomProgress) => void;
  /** Waits where the disk is full; a full disk is a failure when absent. */
  readonly space?: SpaceWaiter | undefined;
}

const slicesPerStack = 64;
/** Spacing written for a stack of slices that come from different phantoms, mm. */
const nominalSpacingMm = 5;

type SliceSplit = "train" | "validation";

/** Slices of one plane on their way into one file. */
interface OpenStack {
  readonly path: string;
  readonly labelsPath: string;
  readonly images: SliceImage[];
}

/**
 * Writes the 2D pre-training set: slices of phantoms and simple shapes with captions, questions, facts and
 * patch labels.
 *
 * Slices of one plane share a NIfTI stack of up to 64; the stack axis only counts them. Its seeds belong to a
 * stream of their
 * own, so no phantom of the volumes is among them.
 *
 * @param folder target; may exist only as an empty folder
 * @returns the manifest written
 * @throws CONFIG_INVALID, OUTPUT_EXISTS, OUTPUT_CREATE, PERMISSION, DISK_FULL, IO_FAILED, CANCELLED
 */
export async function writeSliceDataset(
  folder: string,
  options: SliceDatasetOptions,
): Promise<DatasetManifest> {
  const { seed, slices, sizeHW, patchSize, signal, onProgress } = options;
  const splits = ["train", "validation"] as const;
  for (const split of splits) requireInteger(`slices.${split}`, slices[split], 0, 10_000_000);
  phantomSeed(seed, "slices", 0);
  requireSlice(sizeHW, patchSize);
  const total = slices.train + slices.validation;
  const heading = {
    name: "PhantomCT slices",
    source: `${phantomVersion} slices seed=${seed} size=${sizeHW.join("x")} patch=${patchSize}`,
    facts: sliceFactTable(),
    patchClasses: [...patchClasses],
  };
  return await writeDatasetFolder(
    folder,
    heading,
    signal,
    async (draft) => {
      let done = 0;
      for (const split of splits) {
        const stacks = new StackWriter(draft, split, patchSize);
        for (let index = 0; index < slices[split]; index += 1) {
          // One stream feeds both splits: validation goes on where training could never reach.
          const sample = sliceSample(
            phantomSeed(seed, "slices", split === "train" ? index : 1_000_000_000 + index),
            sizeHW,
          );
          const caseId = `slice-${split}-${String(index).padStart(6, "0")}`;
          const where = await stacks.add(sample.plane, sample.image);
          draft.addCase(
            { case: caseId, subject: `phantom-${sample.seed}`, ...where, split, facts: sliceFacts(sample) },
            sliceItems(sample, caseId, split),
          );
          done += 1;
          onProgress?.({ done, total });
        }
        await stacks.finish();
      }
    },
    options.space,
  );
}

class StackWriter {
  readonly #draft: DatasetDraft;
  readonly #split: SliceSplit;
  readonly #patchSize: number;
  readonly #open = new Map<Plane, OpenStack>();
  readonly #count = new Map<Plane, number>();

  constructor(draft: DatasetDraft, split: SliceSplit, patchSize: number) {
    this.#draft = draft;
    this.#split = split;
    this.#patchSize = patchSize;
  }

  /** Puts a slice into the open stack of its plane and says where it lies. */
  async add(
    plane: Plane,
    image: SliceImage,
  ): Promise<{ readonly path: string; readonly slice: number; readonly patchLabels: string }> {
    const stack = this.#open.get(plane) ?? this.#begin(plane);
    stack.images.push(image);
    const where = { path: stack.path, slice: stack.images.length - 1, patchLabels: stack.labelsPath };
    if (stack.images.length === slicesPerStack) await this.#write(plane, stack);
    return where;
  }

  async finish(): Promise<void> {
    for (const [plane, stack] of [...this.#open]) await this.#write(plane, stack);
  }

  #begin(plane: Plane): OpenStack {
    const number = this.#count.get(plane) ?? 0;
    this.#count.set(plane, number + 1);
    const name = `${this.#split}-${plane}-${String(number).padStart(4, "0")}.nii`;
    const stack = { path: `slices/${name}`, labelsPath: `labels/${name}`, images: [] };
    this.#open.set(plane, stack);
    return stack;
  }

  async #write(plane: Plane, stack: OpenStack): Promise<void> {
    this.#open.delete(plane);
    const [first] = stack.images;
    if (first === undefined) return;
    const grid = countedGrid(first.grid, stack.images.length);
    const voxels = joined(stack.images, (image) => image.voxels);
    const labels = joined(stack.images, (image) =>
      patchLabels(image.structureIds, image.grid.shapeDHW, this.#patchSize),
    );
    await this.#draft.writeFile(stack.path, niftiBytes(grid, voxels));
    await this.#draft.writeFile(stack.labelsPath, niftiBytes(patchGrid(grid, this.#patchSize), labels));
  }
}

/** The grid of one slice, counted on along its normal. */
function countedGrid(grid: Grid, slices: number): Grid {
  const step = grid.stepsMm[2].map((value) => value * nominalSpacingMm) as unknown as PointMm;
  return {
    shapeDHW: [slices, grid.shapeDHW[1], grid.shapeDHW[2]],
    originMm: grid.originMm,
    stepsMm: [grid.stepsMm[0], grid.stepsMm[1], step],
  };
}

function joined(images: readonly SliceImage[], part: (image: SliceImage) => Int16Array): Int16Array {
  const parts = images.map(part);
  const all = new Int16Array(parts.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of parts) {
    all.set(one, at);
    at += one.length;
  }
  return all;
}
