// A sweep over the small experiment, carried out by workers that compute nothing on run folders that are real.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Experiment, Sweep } from "../../../../../ts/config/index.ts";
import type { RunProgress } from "../../../../../ts/run/progress.ts";
import type { NewSweepOptions } from "../../../../../ts/run/sweep/sweep.ts";
import type { SweepPlan } from "../../../../../ts/schema/sweep/plan.ts";
import type { Script } from "../../../../support/scripted-model.ts";
import { ScriptedWorkers } from "../../../../support/scripted-pool.ts";
import { planOf } from "../../sweep/fixtures.ts";
import { experiment, plainPolicy } from "../fixtures.ts";

const scratch = mkdtempSync(join(tmpdir(), "tomoe-sweep-"));
let made = 0;

export function removeScratch(): void {
  rmSync(scratch, { recursive: true, force: true });
}

/** As little as a trial can be: three steps in all on two phantoms. */
export const tiny = [
  'data.volumes={"train":2,"validation":1,"test":1}',
  "data.slices=4",
  "model.base.pretrain=[]",
  "stages.shared.steps=2",
  "stages.specific.steps=1",
  'tasks={"closed-vqa":{"metrics":["accuracy"]}}',
];

/** Without the trained classifier, which takes a moment to make; a sweep with it can be gone on with in its script alone. */
export const own: Experiment = { ...experiment, policy: plainPolicy() };

export function sweepOf(change: Partial<SweepPlan> = {}, of: Experiment = own): Sweep {
  return { kind: "sweep", experiment: of, plan: planOf({ budget: { trials: 3 }, ...change }) };
}

export interface Start extends Partial<NewSweepOptions> {
  readonly plan?: Partial<SweepPlan>;
  readonly script?: Script;
}

/** Options of a sweep in a folder of its own, and what is told of it. */
export function started({ plan = {}, script = {}, ...change }: Start = {}) {
  made += 1;
  const folder = join(scratch, String(made));
  const progress: RunProgress[] = [];
  const controller = new AbortController();
  const workers = new ScriptedWorkers(script);
  const options: NewSweepOptions = {
    sweep: sweepOf(plan),
    set: tiny,
    sweepsDir: join(folder, "sweeps"),
    runsDir: join(folder, "runs"),
    device: "cpu",
    parallel: 1,
    signal: controller.signal,
    onProgress: (event) => {
      progress.push(event);
    },
    workers,
    ...change,
  };
  const notices = (): readonly string[] =>
    progress.flatMap((event) => (event.kind === "notice" ? [event.text] : []));
  return { options, folder, workers, controller, notices };
}

/** The lines of a sweep's `trials.jsonl`. */
export const trialsOf = (dir: string): string => readFileSync(join(dir, "trials.jsonl"), "utf8");
