import { allStages } from "../config/index.ts";
import type { JsonValue } from "../errors.ts";
import { resolveOpened, type ToResolve } from "./base/open.ts";
import { policyFor } from "./choose-policy.ts";
import { contractDigest } from "./prepare/contract.ts";
import { costOf, costText, type DryRunCost } from "./prepare/cost.ts";
import { requireValidation, sourceOf, type VolumeCounts } from "./prepare/sources.ts";
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
  readonly volumes: VolumeCounts;
  readonly cost: DryRunCost;
  readonly config: JsonValue;
  /** Dotted leaf path -> who decided it. */
  readonly origins: Readonly<Record<string, string>>;
}

/**
 * Resolves and checks an experiment without training it: every rule, the router policy, and of a folder of
 * scans its tables and its first scan.
 *
 * @throws TomoeError as `runExperiment` would before its first step.
 */
export async function dryRun(
  options: ToResolve & Pick<NewRunOptions, "device">,
): Promise<{ readonly document: DryRunDocument; readonly text: string }> {
  const resolved = await resolveOpened(options);
  const { config } = resolved;
  const policy = policyFor(resolved, options.experiment.policy);
  const stages = allStages(config).map(({ stage }) => ({
    name: stage.name,
    data: stage.data,
    steps: stage.steps,
    volumesPerStep: stage.volumesPerStep,
    trains: stage.trains,
    routing: stage.routing,
  }));
  const notices = new Set<string>();
  const notice = (line: string): void => {
    notices.add(line);
  };
  await requireValidation(config, { notice });
  const document: DryRunDocument = {
    ok: true,
    dryRun: true,
    name: config.name,
    seed: config.seed,
    configDigest: resolved.digest,
    preprocessDigest: contractDigest(resolved),
    routerPolicy: policy.id,
    stages,
    steps: stages.reduce((sum, stage) => sum + stage.steps, 0),
    volumes: await sourceOf(config.data).count(config, { notice }),
    cost: await costOf({ resolved, policy, device: options.device, signal: options.signal }),
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
      ...notices,
      costText(document.cost),
    ].join("\n"),
  };
}
