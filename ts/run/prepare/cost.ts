import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  allStages,
  baseFiles,
  buildModelSpec,
  buildStageSpec,
  fittedVocab,
  type ResolvedExperiment,
} from "../../config/index.ts";
import { casesOf, chooseItems, type Dataset } from "../../data/dataset/index.ts";
import { isTomoeError } from "../../errors.ts";
import { defaultSpaceWait, packageRoot, SpaceWaiter } from "../../files/index.ts";
import type { RouterPolicy } from "../../schema/router.ts";
import { type CostedStage, countCost, type ExperimentCost } from "../../worker/index.ts";
import { filesFolder } from "../base/files.ts";
import { promptOf } from "../routes.ts";
import { firstPlan } from "../train/first-plan.ts";
import type { DeviceChoice } from "../workers.ts";
import { mergeFacts, wordsRead } from "./facts.ts";
import { type OpenedData, sourceOf } from "./sources.ts";

/** What a run costs; every part null, and why, where no Python could count it. */
export type DryRunCost =
  | ExperimentCost
  | ({ readonly [K in Exclude<keyof ExperimentCost, "stages">]: null } & { readonly notChecked: string });

/** What a cost is counted of. */
export interface CostJob {
  readonly resolved: ResolvedExperiment;
  readonly policy: RouterPolicy;
  readonly device: DeviceChoice;
  readonly signal: AbortSignal;
}

/**
 * Counts what a run costs by a step of each stage over the first training case of the recipe's own data; what is
 * generated is made once, one volume and one slice of it, in a temporary folder.
 *
 * @throws TomoeError of the data, as a run would; `CANCELLED`.
 */
export async function costOf({ resolved, policy, device, signal }: CostJob): Promise<DryRunCost> {
  const { config } = resolved;
  const place = baseFiles(config);
  const workDir = await mkdtemp(join(tmpdir(), "tomoe-cost-"));
  try {
    const small = { ...config, data: sourceOf(config.data).smallest(config.data) };
    const opened = await sourceOf(small.data).open({
      config: small,
      workDir,
      signal,
      onProgress: () => undefined,
      space: new SpaceWaiter({ ...defaultSpaceWait, signal }, () => undefined),
    });
    const datasets = [opened.volumes, ...(opened.slices === null ? [] : [opened.slices])];
    const model = buildModelSpec(config, {
      facts: mergeFacts(datasets),
      patchClasses: opened.slices?.manifest.patchClasses.length ?? 0,
      words: wordsRead(config, datasets),
      vocab: fittedVocab(config) ?? 0,
      preprocessDigest: "",
    });
    const stages = stagesOf(resolved, opened, policy);
    const baseFolder = place === undefined ? null : filesFolder(place);
    return await countCost({ packageRoot: packageRoot(), model, baseFolder, stages, device });
  } catch (error) {
    if (isTomoeError(error) && error.code === "ENVIRONMENT") return notChecked(error.message);
    throw error;
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

/** The cost in one line for people. */
export function costText(cost: DryRunCost): string {
  if (cost.parameters === null) return `  cost not checked: ${cost.notChecked}`;
  const sum = Object.values(cost.parameters).reduce((total, size) => total + size, 0);
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
  return [
    `  cost: ${(sum / 1e6).toFixed(1)} M parameters, ${(cost.trainable / 1e6).toFixed(1)} M trained`,
    `${megabytes(cost.activationBytes)} of activations`,
    `${megabytes(cost.checkpointBytes)} a checkpoint`,
    `${(cost.stepFlops / 1e9).toFixed(1)} GFLOP a step`,
    `${cost.sharing.toFixed(2)} items a vision pass`,
    ...gainText(cost.guidanceGain),
    cost.fits ? "fits the device" : "does not fit the device",
  ].join(", ");
}

function gainText(gain: Readonly<Record<string, number>> | null): readonly string[] {
  if (gain === null) return [];
  const modes = Object.entries(gain).map(([mode, value]) => `${mode} ${value.toFixed(2)}`);
  return [`shared vision work by text guidance: ${modes.join(", ")} times`];
}

function notChecked(why: string): DryRunCost {
  const none = { parameters: null, trainable: null, activationBytes: null, checkpointBytes: null } as const;
  return { ...none, stepFlops: null, sharing: null, guidanceGain: null, fits: null, notChecked: why };
}

function stagesOf(resolved: ResolvedExperiment, opened: OpenedData, policy: RouterPolicy): CostedStage[] {
  const { config } = resolved;
  return allStages(config).map(({ stage, index }) => {
    const lifted = stage.data === "volumes";
    return {
      spec: buildStageSpec(config, stage, index),
      plan: firstPlan({ resolved, policy, stage, lifted, previous: null }),
      lifted,
      volumes: stage.volumesPerStep / config.execution.ranks,
      tasks: tasksOf(lifted ? opened.volumes : opened.slices, stage.itemsPerVolume, policy),
      side: config.data.sizeDHW[1],
    };
  });
}

/** Where the policy sends what is asked about the first training case, in the order of a batch. */
function tasksOf(dataset: Dataset | null, most: number | undefined, policy: RouterPolicy): readonly string[] {
  const [first] = dataset === null ? [] : casesOf(dataset, "train");
  const asked = first?.items ?? [];
  const items = most === undefined ? asked : chooseItems(asked, most, "cost");
  return items.map((item) => policy.route(promptOf(item, "train")).task).sort();
}
