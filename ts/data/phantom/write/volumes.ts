import type { SpaceWaiter } from "../../../files/index.ts";
import type { DatasetManifest } from "../../../schema/sample.ts";
import type { TripleDHW } from "../../../schema/volume.ts";
import { niftiBytes } from "../draw/nifti-bytes.ts";
import { scanPhantom } from "../draw/scan.ts";
import { factIndices, factTable, phantomTruth } from "../truth/facts.ts";
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
          await writeVolume(
            draft,
            phantomSeed(seed, streamOfSplit[split], index),
            `${split}-${String(index).padStart(5, "0")}`,
            split,
            sizeDHW,
          );
          done += 1;
          onProgress?.({ done, total });
        }
      }
    },
    options.space,
  );
}

async function writeVolume(
  draft: DatasetDraft,
  seed: number,
  caseId: string,
  split: Split,
  sizeDHW: TripleDHW,
): Promise<void> {
  const truth = phantomTruth(seed);
  const scan = scanPhantom(truth, sizeDHW);
  const path = `volumes/${caseId}.nii`;
  await draft.writeFile(path, niftiBytes(scan.grid, scan.voxels));
  draft.addCase(
    { case: caseId, subject: `phantom-${seed}`, path, split, facts: factIndices(truth) },
    phantomItems(truth, caseId, split),
  );
}
