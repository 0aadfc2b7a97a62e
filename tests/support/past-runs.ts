// Runs that are over: a folder each, made by the real writers, with what a comparison reads.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { scorePredictions } from "../../ts/eval/index.ts";
import { createRun } from "../../ts/track/index.ts";

export interface PastRun {
  readonly name?: string;
  readonly seed?: number;
  readonly learningRate?: number;
  readonly tags?: Readonly<Record<string, string>>;
  /** Questions of which this many are answered rightly, two a patient; no scorecard when absent. */
  readonly right?: { readonly of: number; readonly from?: string; readonly count: number };
  /** Keys of the worker's environment in place of the usual ones. */
  readonly environment?: Readonly<Record<string, unknown>>;
  /** A run that its weights come from. */
  readonly startsFrom?: string;
  readonly loss?: number;
}

const quiet = { notice: (): void => undefined };
const options = ["axial", "sagittal"];

function rowsOf({ of, from = "case", count }: NonNullable<PastRun["right"]>) {
  return Array.from({ length: of }, (_, at) => ({
    id: `${from}-${at}`,
    case: `${from}-${Math.floor(at / 2)}`,
    subject: `${from}-${Math.floor(at / 2)}`,
    task: "closed-vqa" as const,
    choices: options,
    target: "axial",
    prediction: at < count ? "axial" : "sagittal",
  }));
}

/** Makes a finished run in `runsDir`; returns its id. */
export async function pastRun(runsDir: string, past: PastRun = {}): Promise<string> {
  const { name = "past", seed = 1, learningRate = 0.01, tags, right, environment, startsFrom, loss } = past;
  const config = {
    name,
    seed,
    data: { kind: "phantom", seed: 3 },
    model: { base: startsFrom === undefined ? { kind: "tiny-phi3v" } : { start: { runId: startsFrom } } },
    stages: [{ name: "shared", learningRate, steps: 4 }],
  };
  const resolved = { config, digest: "d".repeat(64), origins: {} };
  const run = await createRun(
    runsDir,
    { experimentName: name, resolved, seed, ...(tags === undefined ? {} : { tags }) },
    quiet,
  );
  await run.beginAttempt();
  const ranks = [
    {
      rank: 0,
      device: "cpu",
      address: `unix:/somewhere/${seed}`,
      environment: { torch: "2.13.0", ...environment },
    },
  ];
  await run.write("environment.json", JSON.stringify(ranks));
  const salt = "s".repeat(16);
  const format = "tomoe.trained-on/1";
  await run.write(
    "trained-on.json",
    JSON.stringify({ format, salt, patients: ["p"], scans: null, reports: null }),
  );
  if (loss !== undefined)
    await (await run.metrics()).append([
      { stage: "shared", step: 3, name: "loss", value: loss, wallSeconds: 1 },
    ]);
  if (right !== undefined) {
    const rows = rowsOf(right);
    await (await run.predictions()).append(rows);
    const scorecard = scorePredictions(rows, { profile: "strict" });
    const { runId, dir } = run;
    await run.write("scorecard.json", JSON.stringify({ ok: true, runId, dir, scorecard }));
  }
  await run.mark("finished");
  await run.close();
  return run.runId;
}

/** Notes in the folder of evaluations that one was made of a run. */
export function pastEval(evalDir: string, runId: string): void {
  writeFileSync(join(evalDir, "eval.json"), JSON.stringify({ request: { run: runId } }));
}
