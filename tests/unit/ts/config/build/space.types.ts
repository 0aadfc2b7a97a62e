// Compiled, never run: what the values of a trial are typed as, and which mistakes under @ts-expect-error do not compile.
import {
  type AssignmentOf,
  defineSweep,
  type Experiment,
  type Sweep,
} from "../../../../../ts/config/index.ts";
import { sweep } from "../../../../../ts/run/script/typed-sweep.ts";

declare const experiment: Experiment;

const sizes = defineSweep(experiment, {
  name: "sizes",
  // Of an experiment whose type does not say its tasks, any metric may be named; `sweep` looks it up.
  objective: { metric: "anything/at-all", direction: "min" },
  budget: { hours: 1 },
  space: (s) => ({
    "router.topK": s.int(1, 4),
    "router.balance": s.choice(["bias", "loss"]),
    "router.balanceLossWeight": s.when("router.balance", "loss", s.float(0.01, 0.1)),
    "model.attention3d.upperBlocks": s.int(1, 2),
    "model.base.pretrain.vision-2d.learningRate": s.logFloat(1e-4, 1e-2),
    "evaluation.batching.volumes": s.choice([4, 8]),
  }),
});
type S = typeof sizes extends Sweep<unknown, infer T> ? T : never;
declare const assignment: AssignmentOf<S>;
export const topK: number = assignment["router.topK"];
export const balance: "bias" | "loss" = assignment["router.balance"];
export const weight: number | undefined = assignment["router.balanceLossWeight"];
export const volumes: 4 | 8 = assignment["evaluation.batching.volumes"];
// @ts-expect-error a conditional option may be absent
export const always: number = assignment["router.balanceLossWeight"];
// @ts-expect-error no option of this space
export const other = assignment["router.zLossWeight"];
// @ts-expect-error a choice is one of its values
export const wrong: "none" = assignment["router.balance"];

export async function best(): Promise<number | undefined> {
  const { best: found, trials } = await sweep(sizes, { parallel: 2 });
  const all: readonly ("bias" | "loss")[] = trials.map((trial) => trial.assignment["router.balance"]);
  // @ts-expect-error the settings of a sweep have no seed: its plan has
  await sweep(sizes, { seed: 4 });
  return all.length === 0 ? undefined : found?.assignment["router.topK"];
}

const common = { name: "s", objective: { metric: "m", direction: "max" }, budget: { trials: 1 } } as const;
export const mistakes = [
  // @ts-expect-error a list is no number
  defineSweep(experiment, { ...common, space: (s) => ({ "router.tasks": s.int(1, 2) }) }),
  // @ts-expect-error the constant of a builder
  defineSweep(experiment, { ...common, space: (s) => ({ "router.kind": s.choice(["other"]) }) }),
  // @ts-expect-error a path that goes on behind a number
  defineSweep(experiment, { ...common, space: (s) => ({ "router.topK.more": s.int(1, 2) }) }),
  // @ts-expect-error an empty path
  defineSweep(experiment, { ...common, space: (s) => ({ "": s.int(1, 2) }) }),
  // @ts-expect-error a part that no option has
  defineSweep(experiment, { ...common, space: (s) => ({ "model.base.vision.colour": s.int(1, 2) }) }),
  // @ts-expect-error a share that ends above what it may be
  defineSweep(experiment, { ...common, space: (s) => ({ "stages.0.warmupFraction": s.float(0.1, 1.5) }) }),
  // @ts-expect-error words for a flag
  defineSweep(experiment, { ...common, space: (s) => ({ "model.separators": s.choice(["yes", "no"]) }) }),
  // @ts-expect-error another sampler than there is
  defineSweep(experiment, { ...common, sampler: "luck", space: (s) => ({ "router.topK": s.int(1, 2) }) }),
];
