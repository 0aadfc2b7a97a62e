/** A sweep of the toy recipe at its smallest, by real workers, and what becomes of it when its processes are killed. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CliOptions, type CliResult, startTomoe, tomoe } from "./cli.ts";
import { workerPids } from "./run-numbers.ts";
import { toyRecipe } from "./toy-run.ts";
import { until } from "./until.ts";

/** As little training as says something: two phantoms, no 2D phase, closed questions alone. */
const smallest = [
  'data.volumes={"train":4,"validation":2,"test":1}',
  "data.slices=8",
  "model.base.pretrain=[]",
  "stages.shared.steps=6",
  "stages.shared.checkpointEvery=2",
  "stages.specific.steps=2",
  'tasks={"closed-vqa":{"metrics":["accuracy"]}}',
];

export interface ToySweep {
  /** The words of `tomoe sweep run`. */
  readonly words: readonly string[];
  readonly options: CliOptions;
  readonly folder: string;
}

/** Writes the sweep into a folder of its own below `parent`; extra options go behind those of the plan. */
export function toySweep(parent: string, name: string, trials: number, more = ""): ToySweep {
  const folder = join(parent, name);
  mkdirSync(folder);
  const path = join(folder, "rates.ts");
  writeFileSync(
    path,
    `import { defineSweep } from "tomoe";
import { experiment } from ${JSON.stringify(toyRecipe)};
export default defineSweep(experiment, {
  name: "rates",
  seed: 11,
  space: (s) => ({ "stages.shared.learningRate": s.logFloat(1e-3, 1e-1), "router.balance": s.choice(["bias", "none"]) }),
  objective: { metric: "closed-vqa/accuracy.micro", direction: "max" },
  budget: { trials: ${trials} },
  ${more}
});
`,
  );
  const set = smallest.flatMap((assignment) => ["--set", assignment]);
  return {
    words: ["sweep", "run", path, ...set, "--device", "cpu", "--json"],
    options: { cwd: folder, env: { TOMOE_E2E: folder } },
    folder,
  };
}

/** The one sweep folder of a toy sweep; undefined before there is one. */
export function sweepDir({ folder }: Pick<ToySweep, "folder">): string | undefined {
  const sweeps = join(folder, "sweeps");
  const [only] = existsSync(sweeps) ? readdirSync(sweeps).filter((entry) => !entry.startsWith(".")) : [];
  return only === undefined ? undefined : join(sweeps, only);
}

export function trialsFile(sweep: Pick<ToySweep, "folder">): string {
  return readFileSync(join(sweepDir(sweep) ?? "", "trials.jsonl"), "utf8");
}

/** What goes on with the sweep, or begins it where a kill came before its folder had a name. */
export function nextWords(sweep: ToySweep): readonly string[] {
  return sweepDir(sweep) === undefined ? sweep.words : ["sweep", "resume", "latest", "--json"];
}

/** Ends one process of a sweep with a signal once a line of its stderr matches; its workers are waited for. */
export async function endedAt(
  sweep: ToySweep,
  pattern: RegExp,
  signal: "SIGKILL" | "SIGTERM" | "SIGINT",
): Promise<CliResult> {
  const call = startTomoe(nextWords(sweep), sweep.options);
  await call.line(pattern);
  call.child.kill(signal);
  const result = await call.done;
  await until(() => workerPids(sweep.folder).length === 0);
  return result;
}

/** Works on a sweep until its budget is spent. */
export async function toTheEnd(sweep: ToySweep): Promise<CliResult> {
  const result = await tomoe(nextWords(sweep), sweep.options);
  if (result.code !== 0) throw new Error(`the sweep ended with ${result.code}:\n${result.stderr}`);
  return result;
}
