// One finished run of scripted workers and one scan, for the tests of predict.
import { cpSync } from "node:fs";
import { join } from "node:path";
import { openDataset } from "../../../../../ts/data/dataset/index.ts";
import { writePhantomDataset } from "../../../../../ts/data/phantom/index.ts";
import { runExperiment } from "../../../../../ts/run/run-experiment.ts";
import { openRun, type RunFolder } from "../../../../../ts/track/read/index.ts";
import { ScriptedWorkers } from "../../../../support/scripted-pool.ts";
import { experiment, freshFolder, plainPolicy } from "../fixtures.ts";

export interface FinishedRun {
  readonly runsDir: string;
  readonly folder: RunFolder;
  /** A NIfTI file of a body. */
  readonly scan: string;
}

let made: Promise<FinishedRun> | undefined;

/** The small experiment run to its end, once for a test file: to be read. */
export function finishedRun(): Promise<FinishedRun> {
  made ??= make();
  return made;
}

/** A copy of it, to be spoilt. */
export async function spoilableRun(): Promise<FinishedRun> {
  const { runsDir, folder, scan } = await finishedRun();
  const copy = join(freshFolder(), "runs");
  cpSync(runsDir, copy, { recursive: true });
  return { runsDir: copy, folder: await openRun(copy, folder.runId), scan };
}

async function make(): Promise<FinishedRun> {
  const place = freshFolder();
  const runsDir = join(place, "runs");
  const { runId } = await runExperiment({
    experiment: { ...experiment, policy: plainPolicy() },
    set: [],
    runsDir,
    device: "cpu",
    signal: new AbortController().signal,
    onProgress: () => undefined,
    workers: new ScriptedWorkers(),
  });
  const scans = join(place, "scans");
  await writePhantomDataset(scans, {
    seed: 9,
    volumes: { train: 1, validation: 0, test: 1 },
    sizeDHW: [16, 24, 24],
  });
  const [first] = (await openDataset(scans)).cases;
  return { runsDir, folder: await openRun(runsDir, runId), scan: join(scans, first?.row.path ?? "") };
}
