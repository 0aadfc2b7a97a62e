// Compiled, never run: which pruners a sweep may have, and which mistakes under @ts-expect-error do not compile.
import { defineSweep, type Experiment, type SweepOptions } from "../../../../../ts/config/index.ts";

declare const experiment: Experiment;
const common = { name: "s", objective: { metric: "m", direction: "max" }, budget: { trials: 1 } } as const;

const withPruner = (pruner: SweepOptions<unknown>["pruner"]) =>
  defineSweep(experiment, {
    ...common,
    ...(pruner === undefined ? {} : { pruner }),
    space: (s) => ({ "router.topK": s.int(1, 4) }),
  });

export const right = [
  withPruner({ kind: "asha", minSteps: 10 }),
  withPruner({ kind: "asha", minSteps: 10, reduction: 2 }),
  withPruner({ kind: "median", every: 10 }),
  withPruner({ kind: "median", every: 10, minSteps: 20, trials: 5 }),
];
export const wrong = [
  // @ts-expect-error ASHA needs its first rung
  withPruner({ kind: "asha" }),
  // @ts-expect-error the median rule has no rungs
  withPruner({ kind: "median", every: 10, reduction: 3 }),
  // @ts-expect-error how often it looks
  withPruner({ kind: "median", minSteps: 20 }),
  // @ts-expect-error another rule than there is
  withPruner({ kind: "hyperband", minSteps: 20 }),
];
