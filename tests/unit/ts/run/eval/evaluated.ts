// One finished run of scripted workers, evaluated; and ways to evaluate it again.
import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { judgeGates } from "../../../../../ts/cli/gates.ts";
import { atOnce } from "../../../../../ts/eval/index.ts";
import { evaluate } from "../../../../../ts/run/eval/evaluation.ts";
import type { EvalOptions } from "../../../../../ts/run/eval/job.ts";
import type { EvalDocument } from "../../../../../ts/run/eval/record/document.ts";
import type { Script } from "../../../../support/scripted-model.ts";
import { fractionOf } from "../../../../support/scripted-model.ts";
import { ScriptedWorkers } from "../../../../support/scripted-pool.ts";
import { freshFolder, plainPolicy } from "../fixtures.ts";
import { type FinishedRun, finishedRun } from "../predict/finished-run.ts";

/** A model that looks: what it says depends on the volume that it is shown. */
export const looking: Script = {
  says: ({ prompt }, weights, shown) => `words ${fractionOf(weights, prompt, shown).toFixed(3)}`,
  logProbs: ({ choices, prompt }, weights, shown) =>
    choices.map((choice) => -10 * fractionOf(weights, prompt, choice, shown)),
};

export interface Evaluated {
  readonly document: EvalDocument;
  readonly workers: ScriptedWorkers;
  readonly evalsDir: string;
  /** What was told on the way. */
  readonly notices: readonly string[];
}

export interface Wish {
  readonly options?: Partial<EvalOptions> | undefined;
  readonly script?: Script;
  readonly evalsDir?: string;
  readonly run?: FinishedRun;
}

let made: Promise<Evaluated> | undefined;

/** The small run evaluated whole, once for a test file: to be read. */
export function wholeEvaluation(): Promise<Evaluated> {
  made ??= evaluated({ evalsDir: join(freshFolder(), "evals") });
  return made;
}

/** A folder of evaluations in which the volumes lie already, so that they are drawn once for a test file. */
async function withVolumes(): Promise<string> {
  const evalsDir = join(freshFolder(), "evals");
  const { evalsDir: from } = await wholeEvaluation();
  for (const name of readdirSync(join(from, "stages")).filter((one) => one.startsWith("volumes-")))
    cpSync(join(from, "stages", name), join(evalsDir, "stages", name), { recursive: true });
  return evalsDir;
}

/** Options of an evaluation of the small run, whose policy is its own. */
export async function optionsFor({ options = {}, script = looking, evalsDir, run }: Wish) {
  const { runsDir } = run ?? (await finishedRun());
  const workers = new ScriptedWorkers(script),
    notices: string[] = [];
  const whole: EvalOptions = {
    source: { run: "latest" },
    runsDir,
    evalsDir: evalsDir ?? (await withVolumes()),
    tasks: [],
    gates: [],
    judge: (gates, numbers) => judgeGates(gates, numbers, "value"),
    device: "cpu",
    policy: plainPolicy(),
    take: async (steps) => await Promise.resolve(atOnce(steps)),
    workers,
    signal: new AbortController().signal,
    onProgress: (progress) => {
      if (progress.kind === "notice") notices.push(progress.text);
    },
    ...options,
  };
  return { whole, workers, notices };
}

/** Evaluates the small run. */
export async function evaluated(wish: Wish = {}): Promise<Evaluated> {
  const { whole, workers, notices } = await optionsFor(wish);
  return { document: await evaluate(whole), workers, evalsDir: whole.evalsDir, notices };
}

/** Calls in which the workers were asked for answers. */
export const asked = ({ calls }: ScriptedWorkers): readonly string[] =>
  calls.filter((call) => /score|generate/.test(call));
