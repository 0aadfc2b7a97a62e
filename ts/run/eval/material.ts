import { join, resolve } from "node:path";
import type { ResolvedExperiment } from "../../config/index.ts";
import { casesOf, type DatasetCase, openDataset } from "../../data/dataset/index.ts";
import { TomoeError } from "../../errors.ts";
import { makeFolders, type SpaceWaiter } from "../../files/index.ts";
import { digestJson } from "../../schema/digest.ts";
import type { TaskId } from "../../schema/task.ts";
import type { Receipt } from "../../schema/volume.ts";
import { type EvaluatedCase, evaluatedCases } from "../evaluate/cases.ts";
import type { CachePlaces } from "../prepare/cache-places.ts";
import type { CacheUse } from "../prepare/cache-use.ts";
import { certifiedScans } from "../prepare/certified.ts";
import { contractDigest, preprocessConfig } from "../prepare/contract.ts";
import { requireScorable } from "../prepare/rows/scorable.ts";
import { cacheCases, receiptsOf } from "../prepare/shards.ts";
import { type OpenedData, sourceOf } from "../prepare/sources.ts";
import type { OnProgress } from "../progress.ts";

/** What an evaluation asks about, read and cached. */
export interface EvalMaterial extends CachePlaces {
  /** Held-out cases with their questions of the tasks that are evaluated. */
  readonly cases: readonly EvaluatedCase[];
  /** The same as the data set has them, with facts. */
  readonly heldOut: readonly DatasetCase[];
  /** Training cases of the run, without voxels; null where its data cannot be opened any more. */
  readonly training: readonly DatasetCase[] | null;
  /** How each volume came to be, by case. */
  readonly receipts: ReadonlyMap<string, Receipt>;
  /** What every number says of the certificate that the run's own data were held against; null without one. */
  readonly certificate: string | null;
  /** Digest over cases, questions and targets. */
  readonly digest: string;
}

/** Where the material comes from. */
export interface MaterialWish {
  readonly resolved: ResolvedExperiment;
  /** A data set's folder in place of the run's own data. */
  readonly data: string | null;
  readonly tasks: readonly TaskId[];
  /** Folder that evaluations share. */
  readonly root: string;
  /** The cache of the project; nothing is kept in it when null or absent. */
  readonly use?: CacheUse | null;
  /** Every byte of every cached row is compared again. */
  readonly isDoubted?: boolean;
  readonly space: SpaceWaiter;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

async function heldOutOf(
  { resolved, data, space, signal, onProgress }: MaterialWish,
  workDir: string,
): Promise<Pick<OpenedData, "volumes" | "certified">> {
  if (data !== null) return { volumes: await openDataset(resolve(data)) };
  const source = sourceOf(resolved.config.data);
  const config = { ...resolved.config, data: source.heldOut(resolved.config.data) };
  return await source.open({ config, workDir, signal, onProgress, space });
}

/** The run's training cases; null where its folder is gone, which is told. */
async function trainingOf({ resolved, onProgress }: MaterialWish): Promise<readonly DatasetCase[] | null> {
  const { config } = resolved;
  const training = await sourceOf(config.data).training(config);
  if (training === null)
    onProgress({ kind: "notice", text: "the data that the run was trained on is not there any more" });
  return training;
}

function withTasks(cases: readonly EvaluatedCase[], tasks: readonly TaskId[]): readonly EvaluatedCase[] {
  return cases
    .map((entry) => ({ ...entry, items: entry.items.filter(({ task }) => tasks.includes(task)) }))
    .filter(({ items }) => items.length > 0);
}

/**
 * Opens the held-out data, of the run or another data set, and caches its volumes as the run prepares its own.
 *
 * @throws TomoeError of the data: `DATA_*`, `PATH_NOT_FOUND`; `DATA_EMPTY` for a split without cases or questions.
 */
export async function openMaterial(wish: MaterialWish): Promise<EvalMaterial> {
  const { resolved, data, tasks, root, space, signal, onProgress, use = null, isDoubted = false } = wish;
  const { split } = resolved.config.evaluation;
  const preprocessDigest = contractDigest(resolved);
  const about = { data: data === null ? resolved.config.data : resolve(data), split, preprocessDigest };
  const workDir = join(root, `volumes-${digestJson(about, "the data").slice(0, 16)}`);
  await makeFolders(workDir, { space });
  const { volumes: dataset, certified } = await heldOutOf(wish, workDir);
  const heldOut = casesOf(dataset, split);
  if (heldOut.length === 0)
    throw new TomoeError("DATA_EMPTY", `${dataset.manifest.name} has no case in the split "${split}"`, {
      hint: `Give cases the split "${split}", or evaluate another one (evaluation.split).`,
      details: { split, cases: dataset.cases.length },
    });
  requireScorable({ name: dataset.manifest.name, split, cases: heldOut, tasks });
  const cacheDir = join(workDir, "cache");
  await makeFolders(cacheDir, { space });
  const config = preprocessConfig(resolved);
  const cached = await cacheCases({
    dataset,
    cases: heldOut,
    config,
    preprocessDigest,
    cacheDir,
    use,
    isDoubted,
    huGate: "refuse",
    phase: "read held-out volumes",
    signal,
    onProgress,
    space,
  });
  const cases = withTasks(
    evaluatedCases({ resolved, corpus: { volumes: dataset, slices: null, cached } }),
    tasks,
  );
  const receipts = await receiptsOf(cached);
  return {
    cases,
    heldOut,
    training: await trainingOf(wish),
    receipts,
    certificate: certifiedScans(certified, [split], receipts),
    cacheDir,
    ...(use === null ? {} : { rowsDir: use.rowsDir }),
    digest: digestJson(
      cases.map(({ id, subject, items, volume }) => [id, subject, volume.volumeId, items]),
      "the items",
    ),
  };
}
