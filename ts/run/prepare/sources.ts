import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { patchPixels, validatedTasks } from "../../config/index.ts";
import {
  casesOf,
  type Dataset,
  type DatasetCase,
  openDataset,
  splitBySubject,
} from "../../data/dataset/index.ts";
import { type Graph, type PreprocessConfig, type ReadOptions, readVolume } from "../../data/index.ts";
import { phantomCases, writePhantomDataset, writeSliceDataset } from "../../data/phantom/index.ts";
import { defined } from "../../defined.ts";
import { TomoeError } from "../../errors.ts";
import type { SpaceWaiter } from "../../files/index.ts";
import type { ExperimentConfig } from "../../schema/experiment.ts";
import type { OnProgress } from "../progress.ts";
import type { CertifiedRows } from "./certified.ts";
import { checkSplit } from "./leak.ts";
import { indexPlace, openLayout, type RowsUse, type SkippedRows } from "./rows/layout.ts";
import { requireScored } from "./rows/scorable.ts";

type DataConfig = ExperimentConfig["data"];
type Kind = DataConfig["kind"];
type DataOf<K extends Kind> = Extract<DataConfig, { readonly kind: K }>;

/** The data sets of a run, opened and checked. */
export interface OpenedData {
  readonly volumes: Dataset;
  /** The 2D pre-training set; null where the source has none. */
  readonly slices: Dataset | null;
  /** What a file of problems leaves out of it. */
  readonly skipped?: SkippedRows | null;
  /** The certificate that its rows were held against; null where none is asked for. */
  readonly certified?: CertifiedRows | null;
}

/** What a source is opened with. */
export interface OpenJob<D extends DataConfig = DataConfig> {
  readonly config: ExperimentConfig & { readonly data: D };
  /** Folder for what is made only for this run; what is there already is not made again. */
  readonly workDir: string;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
  /** Waits where the disk is full. */
  readonly space: SpaceWaiter;
  /** As of `RowsUse`. */
  readonly index?: string | null;
}

/** Volumes to train on and to evaluate on. */
export interface VolumeCounts {
  readonly train: number;
  readonly evaluate: number;
}

/** A kind of data an experiment may name: one row of the table, and all that a run has to know of it. */
export interface DataSource<D extends DataConfig> {
  /** How its slices are stacked for the model. */
  stack(data: D): PreprocessConfig["stack"];
  /** What its voxels are, where they are no HU. */
  intensity(data: D): PreprocessConfig["intensity"];
  /** What lies between its HU and the model's grid, beside window and size. */
  graph(data: D): Omit<Graph, "sizeDHW">;
  /** Counts its volumes without making anything, and reads what can be read before a run begins. */
  count(config: ExperimentConfig & { readonly data: D }, use?: RowsUse): Promise<VolumeCounts>;
  /** As little data as has every kind of case. */
  smallest(data: D): D;
  /** As little of it as has every case that is held out. */
  heldOut(data: D): D;
  /** Why a split that leaks is allowed, null where nobody says; undefined where splits are ours and were checked. */
  leakReason(data: D): string | null | undefined;
  /** Its reports are put together from facts by templates: two patients may well have the same text. */
  readonly hasTemplates: boolean;
  /** Its scans are there before and after a run: what is made of them is kept in the cache of the project. */
  readonly keepsRows: boolean;
  /** Its training cases, without their voxels; null where they are not there any more. */
  training(config: ExperimentConfig & { readonly data: D }): Promise<readonly DatasetCase[] | null>;
  /** Opens its data sets; what is generated is made once. */
  open(job: OpenJob<D>): Promise<OpenedData>;
}

async function openFolder(
  { data, seed }: OpenJob<DataOf<"folder">>["config"],
  use: RowsUse,
): Promise<Dataset> {
  const keepsLeaks = data.allowLeak !== undefined || data.split !== undefined;
  const dataset = await openDataset(resolve(data.path), {
    keepsLeaks,
    index: indexPlace(use),
    signal: use.signal,
  });
  return data.split === undefined ? dataset : splitBySubject(dataset, data.split, seed);
}

function rowsUse({ signal, index, onProgress }: OpenJob): RowsUse {
  const notice = (text: string): void => onProgress({ kind: "notice", text });
  return { signal, notice, ...defined({ index }) };
}

/** What rows show of splits, and of what is to be scored, before a scan is read. */
function checkRows(
  volumes: Dataset,
  config: ExperimentConfig & { readonly data: DataOf<"folder" | "layout"> },
): void {
  const { data, evaluation } = config;
  checkSplit({
    train: casesOf(volumes, "train"),
    heldOut: casesOf(volumes, evaluation.split),
    scans: null,
    hasTemplates: isTemplated(data, volumes),
    salt: volumes.fingerprint,
    reason: data.allowLeak ?? null,
  });
  requireScored({ name: volumes.manifest.name, cases: volumes.cases }, config);
}

/** Whether reports are put together from facts: then two patients may well have the same text. */
export function isTemplated(data: DataConfig, { manifest }: Pick<Dataset, "manifest">): boolean {
  return sourceOf(data).hasTemplates || manifest.source.startsWith("phantom-ct/");
}

/** Counts the cases of a run; one scan is really read: an unreadable corpus is found here, not after the queue. */
async function countScans(
  dataset: Dataset,
  { evaluation }: ExperimentConfig,
  options: ReadOptions,
): Promise<VolumeCounts> {
  const train = casesOf(dataset, "train");
  const [first] = train;
  if (first !== undefined) {
    const { calibration, row } = first;
    const { series } = row;
    await readVolume(resolve(dataset.folder, row.path), { ...options, ...defined({ calibration, series }) });
  }
  return { train: train.length, evaluate: casesOf(dataset, evaluation.split).length };
}

/** Generates what is missing; a folder that is there is whole, since it is written all or nothing. */
async function openPhantom(job: OpenJob<DataOf<"phantom">>): Promise<OpenedData> {
  const { data } = job.config;
  const { seed, sizeDHW } = data;
  const { signal, space, onProgress } = job;
  const volumesDir = join(job.workDir, "phantom-ct"),
    slicesDir = join(job.workDir, "phantom-slices");
  const making = (phase: string) => ({
    seed,
    signal,
    space,
    onProgress: (made: { readonly done: number; readonly total: number }) => {
      onProgress({ kind: "phase", phase, ...made });
    },
  });
  if (!existsSync(volumesDir))
    await writePhantomDataset(volumesDir, { volumes: data.volumes, sizeDHW, ...making("generate volumes") });
  if (data.slices > 0 && !existsSync(slicesDir))
    await writeSliceDataset(slicesDir, {
      slices: { train: data.slices, validation: data.heldOutSlices },
      sizeHW: [sizeDHW[1], sizeDHW[2]],
      patchSize: patchPixels(job.config),
      ...making("generate slices"),
    });
  return {
    volumes: await openDataset(volumesDir),
    slices: data.slices > 0 ? await openDataset(slicesDir) : null,
  };
}

function graphOf({ spacingMmDHW, crop, fit, sampling }: DataOf<"folder" | "layout">): Omit<Graph, "sizeDHW"> {
  return { spacingMmDHW, crop, fit, sampling };
}

/** The one place that knows kinds of data: another one is another row. */
const sources: { readonly [K in Kind]: DataSource<DataOf<K>> } = {
  phantom: {
    stack: () => "acquired",
    intensity: () => undefined,
    graph: () => ({}),
    count: async (config) => {
      const { seed, volumes } = config.data;
      const drawn = (["validation", "test"] as const).flatMap((split) =>
        phantomCases(seed, split, volumes[split]),
      );
      requireScored({ name: "phantom-ct", cases: drawn }, config);
      return await Promise.resolve({ train: volumes.train, evaluate: volumes[config.evaluation.split] });
    },
    smallest: (data) => ({
      ...data,
      volumes: { train: 1, validation: 0, test: 0 },
      slices: Math.min(data.slices, 1),
      heldOutSlices: 0,
    }),
    heldOut: (data) => ({ ...data, volumes: { ...data.volumes, train: 0 }, slices: 0, heldOutSlices: 0 }),
    leakReason: () => undefined,
    hasTemplates: true,
    keepsRows: false,
    training: async ({ data }) => await Promise.resolve(phantomCases(data.seed, "train", data.volumes.train)),
    open: openPhantom,
  },
  folder: {
    stack: (data) => data.stack,
    intensity: () => undefined,
    graph: graphOf,
    count: async (config, use = {}) => {
      const volumes = await openFolder(config, use);
      checkRows(volumes, config);
      return await countScans(volumes, config, {});
    },
    smallest: (data) => data,
    heldOut: (data) => data,
    leakReason: ({ allowLeak }) => allowLeak ?? null,
    hasTemplates: false,
    keepsRows: true,
    training: async (config) =>
      existsSync(resolve(config.data.path)) ? casesOf(await openFolder(config, {}), "train") : null,
    open: async (job) => ({ volumes: await openFolder(job.config, rowsUse(job)), slices: null }),
  },
  layout: {
    stack: (data) => data.stack,
    intensity: ({ intensity }) => (intensity === "picture" ? intensity : undefined),
    graph: graphOf,
    count: async (config, use = {}) => {
      const { intensity, windowHu } = config.data;
      const options = intensity === "picture" ? { picture: windowHu } : {};
      const { volumes } = await openLayout(config, use);
      checkRows(volumes, config);
      return await countScans(volumes, config, options);
    },
    smallest: (data) => data,
    heldOut: (data) => data,
    leakReason: ({ allowLeak }) => allowLeak ?? null,
    hasTemplates: false,
    keepsRows: true,
    training: async (config) => casesOf((await openLayout(config, {})).volumes, "train"),
    open: async (job) => ({ ...(await openLayout(job.config, rowsUse(job))), slices: null }),
  },
};

/** The row of a data configuration. */
export function sourceOf(data: DataConfig): DataSource<DataConfig> {
  // Each row takes the configuration of its own kind, which is what it is looked up by.
  return sources[data.kind] as DataSource<DataConfig>;
}

/** The error of data without a case that could be looked at while it trains. */
export function noValidation(): TomoeError {
  return new TomoeError("DATA_EMPTY", 'the data have no case in the split "validation"', {
    hint: "Give the split cases, or leave validation out of the recipe: nothing else is measured while it trains.",
    details: { split: "validation" },
  });
}

/**
 * Looks whether what a recipe wants to measure while it trains is there, without making anything.
 *
 * @throws TomoeError `DATA_EMPTY` when it is not; as `count` of a source.
 */
export async function requireValidation(config: ExperimentConfig, use: RowsUse = {}): Promise<void> {
  if (config.validation === undefined) return;
  const ofSplit = {
    ...config,
    evaluation: { ...config.evaluation, split: "validation" as const },
    tasks: validatedTasks(config),
  };
  if ((await sourceOf(config.data).count(ofSplit, use)).evaluate === 0) throw noValidation();
}
