import { groupsOf, moeSites } from "../../../config/index.ts";
import type { BatchItem } from "../../../schema/batch.ts";
import type { ExperimentConfig, StageConfig } from "../../../schema/experiment.ts";

/** What the gates read of an item beside an image token, by `router.textGuidance`. */
const readBy: Readonly<
  Record<ExperimentConfig["router"]["textGuidance"], (item: Pick<BatchItem, "task" | "prompt">) => string>
> = { off: () => "", task: ({ task }) => task, question: ({ prompt }) => prompt };

/**
 * Which items of a step have the same image tokens, and so may pass behind them once: those of one volume, one group of
 * experts and one text that the gates read; of one volume alone where there are no experts. The worker decides it where it
 * computes (`vision_rows`), by tokens; here it is told before the first step, and tests/contract holds both to be one.
 *
 * @returns a key that two items of a step share just then.
 */
export function imageRows(
  config: ExperimentConfig,
  stage: StageConfig,
): (item: Pick<BatchItem, "volumeIndex" | "task" | "prompt">) => string {
  const hasExperts = stage.data === "volumes" && moeSites(config).length > 0;
  if (!hasExperts) return ({ volumeIndex }) => String(volumeIndex);
  const groups: readonly string[] = groupsOf(config, stage);
  const read = readBy[config.router.textGuidance];
  // The one group of a shared stage is no task's.
  return (item) => JSON.stringify([item.volumeIndex, groups.indexOf(item.task), read(item)]);
}
