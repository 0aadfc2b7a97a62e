// Stages of the small experiment as trials take them, with so many steps that 5 % of them are some.
import { allStages, buildStageSpec, type ResolvedExperiment } from "../../../../../ts/config/index.ts";
import { type Option, optionsOf } from "../../../../../ts/run/knobs/options.ts";
import type { StageAt } from "../../../../../ts/run/knobs/variation.ts";
import { firstPlan } from "../../../../../ts/run/train/first-plan.ts";
import type { RouterPolicy } from "../../../../../ts/schema/router.ts";
import { plainPolicy, resolvedWith } from "../fixtures.ts";

/** The small experiment, long enough that every option can be tried. */
export const longSet: readonly string[] = [
  "model.base.pretrain.flat.steps=2000",
  "stages.shared.steps=2000",
  "stages.specific.steps=2000",
];

export const long = resolvedWith(...longSet);

/** Its stages, each cut to two volumes. */
export function stagesAt(
  resolved: ResolvedExperiment = long,
  policy: RouterPolicy = plainPolicy(),
): readonly StageAt[] {
  return allStages(resolved.config).map(({ stage, index }) => {
    const lifted = stage.data === "volumes";
    const planOf = (of: RouterPolicy) => firstPlan({ resolved, policy: of, stage, lifted, previous: null });
    return {
      stage,
      index,
      spec: buildStageSpec(resolved.config, stage, index),
      plan: planOf(policy),
      planOf,
      policy,
      path: index === 0 ? "model.base.pretrain.0" : `stages.${index - 1}`,
      cutVolumes: 2,
    };
  });
}

export function optionAt(path: string, resolved: ResolvedExperiment = long): Option {
  const found = optionsOf(resolved.config).find((one) => one.path === path);
  if (found === undefined) throw new RangeError(`no option ${path}`);
  return found;
}
