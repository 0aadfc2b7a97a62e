import { join, resolve } from "node:path";
import { allStages, resolveExperiment } from "../config/index.ts";
import { casesOf, openDataset, splitBySubject } from "../data/dataset/index.ts";
import { readVolume } from "../data/index.ts";
import type { JsonValue } from "../errors.ts";
import { policyFor } from "./choose-policy.ts";
import { contractDigest } from "./prepare/prepare.ts";
import type { NewRunOptions } from "./run-experiment.ts";

/**
 * The document of `tomoe run RECIPE --dry-run`: what would run, checked as far as it can be without training.
 */
export interface DryRunDocument {
  readonly ok: true;
  readonly dryRun: true;
  readonly name: string;
  readonly seed: number;
  readonly configDigest: string;
  readonly preprocessDigest: string;
  readonly routerPolicy: string;
  readonly stages: readonly {
    readonly name: string;
    readonly data: string;
    readonly steps: number;
    readonly volumesPerStep: number;
    readonly trains: readonly string[];
    readonly routing: string;
  }[];
  readonly steps: number;
  readonly volumes: { readonly train: number; readonly evaluate: number };
  readonly config: JsonValue;
  /** Dotted leaf path -> who decided it. */
  readonly origins: Readonly<Record<string, string>>;
}

async function countVolumes(
  config: ReturnType<typeof resolveExperiment>["config"],
): Promise<DryRunDocument["volumes"]> {
  const { data, evaluation } = config;
  if (data.kind === "phantom") return { train: data.volumes.train, evaluate: data.volumes[evaluation.split] };
  const folder = resolve(data.path);
  const opened = await openDataset(folder);
  const dataset = data.split === undefined ? opened : splitBySubject(opened, data.split, config.seed);
  const train = casesOf(dataset, "train");
  // One scan is really read: an unreadable corpus is found here, not after the queue.
  const [first] = train;
  if (first !== undefined) await readVolume(join(folder, first.row.path), {});
  return { train: train.length, evaluate: casesOf(dataset, evaluation.split).length };
}

/**
 * Resolves and checks an experiment without training it: every rule, the router policy, and of a folder of
 * scans its tables and its first scan.
 *
 * @throws TomoeError as `runExperiment` would before its first step.
 */
export async function dryRun(
  options: Pick<NewRunOptions, "experiment" | "seed" | "set" | "source">,
): Promise<{ readonly document: DryRunDocument; readonly text: string }> {
  const resolved = resolveExperiment(options.experiment.input, {
    set: options.set,
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(options.source === undefined ? {} : { source: options.source }),
  });
  const { config } = resolved;
  const stages = allStages(config).map(({ stage }) => ({
    name: stage.name,
    data: stage.data,
    steps: stage.steps,
    volumesPerStep: stage.volumesPerStep,
    trains: stage.trains,
    routing: stage.routing,
  }));
  const document: DryRunDocument = {
    ok: true,
    dryRun: true,
    name: config.name,
    seed: config.seed,
    configDigest: resolved.digest,
    preprocessDigest: contractDigest(resolved),
    routerPolicy: policyFor(resolved, options.experiment.policy).id,
    stages,
    steps: stages.reduce((sum, stage) => sum + stage.steps, 0),
    volumes: await countVolumes(config),
    config: JSON.parse(JSON.stringify(config)) as JsonValue,
    origins: resolved.origins,
  };
  const lines = stages.map(
    (stage) =>
      `  ${stage.name}: ${stage.steps} steps x ${stage.volumesPerStep} ${stage.data}, trains ${stage.trains.join(", ")} (${stage.routing} experts)`,
  );
  return {
    document,
    text: [
      `${config.name}, seed ${config.seed}: ${document.steps} steps, ${document.volumes.train} volumes to train on, ${document.volumes.evaluate} to evaluate on`,
      ...lines,
    ].join("\n"),
  };
}
