import type { SpaceWaiter } from "../../../files/index.ts";
import type { CaseRow, DatasetManifest, ItemRow } from "../../../schema/sample.ts";
import type { TripleDHW } from "../../../schema/volume.ts";
import { niftiBytes } from "../draw/nifti-bytes.ts";
import { scanPhantom } from "../draw/scan.ts";
import { factIndices, factTable, type PhantomTruth, phantomTruth } from "../truth/facts.ts";
import type { SeedStream } from "../truth/seeds.ts";
import { phantomSeed, requireInteger } from "../truth/seeds.ts";
import { requireSize } from "../truth/sizes.ts";
import type { Split } from "../words/questions.ts";
import { phantomItems } from "../words/questions.ts";
import type { DatasetDraft } from "./folder.ts";
import { writeDatasetFolder } from "./folder.ts";

/** Version of the generator; a change of any byte it writes raises it. */
export const phantomVersion = "phantom-ct/1";

/** How far a writer has come. */
export interface PhantomProgress {
  readonly done: number;
  readonly total: number;
}

export interface PhantomDatasetOptions {
  /** Integer in [0, 2^32). */
  readonly seed: number;
  /** Number of volumes of each split; one patient each. */
  readonly volumes: { readonly train: number; readonly validation: number; readonly test: number };
  /** Slices (a multiple of 16), rows and columns (equal, at least 24) of each stack. */
  readonly sizeDHW: TripleDHW;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PhantomProgress) => void;
  /** Waits where the disk is full; a full disk is a failure when absent. */
  readonly space?: SpaceWaiter | undefined;
}

const streamOfSplit: Record<Split, SeedStream> = {
  train: "train",
  validation: "validation",
  test: "heldOut",
};

/**
 * Writes a PhantomCT dataset: NIfTI volumes with questions and reports of exact truth, all or nothing.
 *
 * The same seed, counts and size give the same bytes; splits draw from disjoint seed streams, whose phantom n
 * does not
 * depend on how many are asked for.
 *
 * @param folder target; may exist only as an empty folder
 * @returns the manifest written
 * @throws CONFIG_INVALID, OUTPUT_EXISTS, OUTPUT_CREATE, PERMISSION, DISK_FULL, IO_FAILED, CANCELLED
 */
export async function writePhantomDataset(
  folder: string,
  options: PhantomDatasetOptions,
): Promise<DatasetManifest> {
  const { seed, volumes, sizeDHW, signal, onProgress } = options;
  const splits = ["train", "validation", "test"] as const;
  for (const split of splits) requireInteger(`volumes.${split}`, volumes[split], 0, 1_000_000);
  phantomSeed(seed, "train", 0);
  requireSize(sizeDHW);
  const total = volumes.train + volumes.validation + volumes.test;
  const heading = {
    name: "PhantomCT",
    source: `${phantomVersion} seed=${seed} size=${sizeDHW.join("x")}`,
    facts: factTable(),
    patchClasses: [],
  };
  return await writeDatasetFolder(
    folder,
    heading,
    signal,
    async (draft) => {
      let done = 0;
      for (const split of splits) {
        for (let index = 0; index < volumes[split]; index += 1) {
          await writeVolume(draft, { seed, split, index }, sizeDHW);
          done += 1;
          onProgress?.({ done, total });
        }
      }
    },
    options.space,
  );
}

/** One volume of a split. */
interface Place {
  readonly seed: number;
  readonly split: Split;
  readonly index: number;
}

/** What is known and asked of a phantom, without its voxels. */
export interface PhantomCase {
  readonly row: CaseRow;
  readonly items: readonly ItemRow[];
}

function caseOf(truth: PhantomTruth, { split, index }: Place): PhantomCase {
  const id = `${split}-${String(index).padStart(5, "0")}`;
  const row = { case: id, subject: `phantom-${truth.seed}`, path: `volumes/${id}.nii`, split };
  return { row: { ...row, facts: factIndices(truth) }, items: phantomItems(truth, id, split) };
}

const truthOf = ({ seed, split, index }: Place): PhantomTruth =>
  phantomTruth(phantomSeed(seed, streamOfSplit[split], index));

/**
 * The cases of one split as `writePhantomDataset` writes them, without drawing a voxel.
 *
 * @param count - how many, from the first on.
 */
export function phantomCases(seed: number, split: Split, count: number): readonly PhantomCase[] {
  return Array.from({ length: count }, (_, index) => {
    const place = { seed, split, index };
    return caseOf(truthOf(place), place);
  });
}

async function writeVolume(draft: DatasetDraft, place: Place, sizeDHW: TripleDHW): Promise<void> {
  const truth = truthOf(place);
  const scan = scanPhantom(truth, sizeDHW);
  const { row, items } = caseOf(truth, place);
  await draft.writeFile(row.path, niftiBytes(scan.grid, scan.voxels));
  draft.addCase(row, items);
}
