import { randomInt } from "node:crypto";
import { join, sep } from "node:path";
import type { Beside } from "../../schema/answers/control.ts";

/** Where everything of a run lies, below its folder. */
export interface RunPaths {
  readonly resolved: string;
  readonly model: string;
  readonly state: string;
  readonly environment: string;
  readonly metrics: string;
  readonly events: string;
  readonly predictions: string;
  readonly scorecard: string;
  readonly scorecardMarkdown: string;
  readonly plots: string;
  readonly receipts: string;
  readonly checkpoints: string;
  readonly logs: string;
}

/** As `runPaths(dir).state`; a list of thousands of runs asks for this one alone. */
export const statePath = (dir: string): string => `${dir}${sep}state.json`;

/** As `runPaths(dir).checkpoints`. */
export const checkpointsPath = (dir: string): string => `${dir}${sep}checkpoints`;

/** The paths of the run folder `dir`; nothing is looked at or made. */
export function runPaths(dir: string): RunPaths {
  return {
    resolved: join(dir, "resolved.json"),
    model: join(dir, "model.json"),
    state: statePath(dir),
    environment: join(dir, "environment.json"),
    metrics: join(dir, "metrics"),
    events: join(dir, "events"),
    predictions: join(dir, "predictions.jsonl"),
    scorecard: join(dir, "scorecard.json"),
    scorecardMarkdown: join(dir, "scorecard.md"),
    plots: join(dir, "plots"),
    receipts: join(dir, "receipts"),
    checkpoints: checkpointsPath(dir),
    logs: join(dir, "logs"),
  };
}

/** Where the answers to what is asked beside the held-out volumes lie: `predictions.blank.jsonl`. */
export function predictionsBeside({ predictions }: Pick<RunPaths, "predictions">, beside: Beside): string {
  return predictions.replace(/\.jsonl$/, `.${beside}.jsonl`);
}

/** Folders that exist in every run from its first moment. */
export const runSubfolders = ["metrics", "events", "plots", "receipts", "checkpoints", "logs"] as const;

const suffixLetters = "23456789abcdefghjkmnpqrstuvwxyz";

/**
 * A run id that sorts by its time: `20261124-153012-phantom-tiny-k3f9` (UTC, experiment name, four letters to
 * tell twins apart).
 *
 * @param experimentName - everything but a-z, 0-9 becomes "-"; at most 40 characters of it are used.
 */
export function newRunId(experimentName: string, now: Date): string {
  const stamp = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
  const slug = experimentName
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 40)
    .replace(/-+$/, "");
  const suffix = Array.from({ length: 4 }, () => suffixLetters.charAt(randomInt(suffixLetters.length))).join(
    "",
  );
  return [stamp, slug, suffix].filter((part) => part !== "").join("-");
}

/** True for a name that `newRunId` could have given. */
export function isRunId(name: string): boolean {
  return /^\d{8}-\d{6}-[a-z0-9-]+$/.test(name);
}

/** Folder of a run that is being made; it has its final name only when it is whole. */
export const creatingPrefix = ".creating-";

/** Folder of the runs that were removed, inside the folder of runs; no name of a run begins with a dot. */
export const trashName = ".trash";
