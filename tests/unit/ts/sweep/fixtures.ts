// A plan that a test changes in what it is about.
import type { SweepPlan } from "../../../../ts/schema/sweep/plan.ts";

export const rates = { kind: "float", low: 1e-4, high: 1e-2, log: true } as const;
export const balance = { kind: "choice", of: ["bias", "loss", "none"] } as const;

export function planOf(change: Partial<SweepPlan> = {}): SweepPlan {
  return {
    name: "rates",
    seed: 7,
    space: { "stages.shared.learningRate": rates },
    objective: { metric: "closed-vqa/accuracy.micro", direction: "max" },
    sampler: "random",
    seeds: 1,
    retries: 1,
    budget: { trials: 5 },
    ...change,
  };
}
