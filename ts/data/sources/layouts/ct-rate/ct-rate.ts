import { join } from "node:path";
import { TomoeError } from "../../../../errors.ts";
import { type LayoutName, layoutRow } from "../../../../schema/tables/layouts.ts";
import { Seen } from "../../../dataset/index.ts";
import { countRows, exists, folderOf } from "../../folder.ts";
import { separatedRows } from "../../rows/csv.ts";
import { textRecords } from "../../rows/records.ts";
import type { FoundRow, TableFile, TableRow } from "../../rows/table-row.ts";
import type {
  DatasetSource,
  Found,
  OpenedSource,
  OpenOptions,
  SourceCase,
  SourceItem,
} from "../../source.ts";
import { droppedRow, row, rowsAs, wrong } from "../walks.ts";
import { calibrationColumns, calibrationOf } from "./calibration.ts";
import { labelItem, reportItem } from "./items.ts";
import { type RateSplit, type RateVolume, rateSplits, rateVolume } from "./names.ts";

/** Filters in their order, each by what it leaves out. */
const filters = {
  cases: ["no-chest"],
  report: ["same-scan", "no-chest", "equal-findings"],
  "open-vqa": ["no-chest"],
} as const;

type RateLayout = Extract<LayoutName, "ct-rate" | "ct-rate-v1">;

/** CT-RATE v2: HU and geometry are in the files of `train_fixed` and `valid_fixed`; the metadata table is not applied. */
export const ctRateSource: DatasetSource = sourceOf("ct-rate", "_fixed");

/** CT-RATE v1: the files of `train` and `valid` hold placeholders; scaling and geometry stand in the metadata table. */
export const ctRateV1Source: DatasetSource = sourceOf("ct-rate-v1", "");

function sourceOf(layout: RateLayout, suffix: string): DatasetSource {
  const open = async (path: string, options: OpenOptions = {}) =>
    await openRate(layout, suffix, path, options);
  return {
    kind: layout,
    schema: schemaOf(layout),
    count: async (path, options) => await countRows(await open(path, options)),
    open,
  };
}

function schemaOf(layout: RateLayout): DatasetSource["schema"] {
  return { ...layoutRow(layout), filters, repeatsCases: false };
}

/** Files of one split, relative to the folder that holds them all. */
function filesOf({ short, long }: RateSplit, suffix: string) {
  return {
    volumes: `dataset/${short}${suffix}`,
    metadata: `dataset/metadata/${long}_metadata.csv`,
    noChest: `dataset/metadata/no_chest_${short}.txt`,
    reports: `dataset/radiology_text_reports/${long}_reports.csv`,
    labels: `dataset/multi_abnormality_labels/${short}_predicted_labels.csv`,
  };
}

type RateFiles = ReturnType<typeof filesOf>;

async function openRate(
  layout: RateLayout,
  suffix: string,
  path: string,
  options: OpenOptions,
): Promise<OpenedSource> {
  const { signal, looks } = options;
  const named = await folderOf(path, looks);
  const folder = (await exists(join(named, "dataset"), looks)) ? named : join(named, "..");
  const splits = await splitsThere(folder, { layout, suffix, looks });
  const table = (name: string, needed: readonly string[]): AsyncIterable<FoundRow> =>
    separatedRows({ path: join(folder, name), table: name, signal, looks }, ",", ["VolumeName", ...needed]);
  const isV1 = layout === "ct-rate-v1";
  return {
    layout,
    schema: schemaOf(layout),
    folder,
    tables: splits.flatMap(({ metadata, noChest, reports, labels }) => [metadata, noChest, reports, labels]),
    cases: async function* () {
      for (const files of splits) {
        const brain = await namesOf({ path: join(folder, files.noChest), signal, looks });
        const volumes = join(options.scans ?? folder, files.volumes);
        const metadata = table(files.metadata, isV1 ? calibrationColumns : []);
        yield* rowsAs([metadata], (one) => [caseOf(one, brain, volumes, isV1)]);
      }
    },
    items: async function* () {
      for (const files of splits) {
        const brain = await namesOf({ path: join(folder, files.noChest), signal, looks });
        const told = { scans: new Seen(), findings: new Seen(), brain };
        const reports = table(files.reports, ["Findings_EN", "Impressions_EN"]);
        yield* rowsAs([reports], (one) => [reportOf(one, told)]);
        yield* rowsAs([table(files.labels, [])], (one) => [labelsOf(one, brain)]);
      }
    },
  };
}

/**
 * The splits of which anything is there: all of each has to be.
 *
 * @throws TomoeError `DATA_MANIFEST` naming what is missing.
 */
async function splitsThere(
  folder: string,
  {
    layout,
    suffix,
    looks,
  }: Pick<OpenOptions, "looks"> & { readonly layout: string; readonly suffix: string },
): Promise<readonly RateFiles[]> {
  const found: RateFiles[] = [],
    missing: string[] = [];
  for (const split of rateSplits) {
    const files = filesOf(split, suffix);
    const names = Object.values(files);
    const there = await Promise.all(names.map(async (name) => await exists(join(folder, name), looks)));
    if (there.includes(true)) found.push(files);
    if (there.includes(true)) missing.push(...names.filter((_, index) => !there[index]));
  }
  if (found.length === 0) missing.push(filesOf({ short: "train", long: "train" }, suffix).volumes);
  if (missing.length === 0) return found;
  throw new TomoeError("DATA_MANIFEST", `${folder} lacks ${missing.join(" and ")} of the layout ${layout}`, {
    hint: "Download them, or remove what is there of that split; v1 lies in train and valid, v2 in train_fixed and valid_fixed.",
    details: { path: folder, layout, missing },
  });
}

/** Base names of a list, one a line, with or without folders and endings. */
async function namesOf(file: Omit<TableFile, "table">): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for await (const record of textRecords(file, null)) {
    const name = "text" in record ? record.text.trim().split("/").at(-1) : undefined;
    const volume = name === undefined ? undefined : rateVolume(name);
    if (volume !== undefined) names.add(volume.id);
  }
  return names;
}

function named(one: TableRow): RateVolume | undefined {
  const name = one.values.VolumeName;
  return typeof name === "string" ? rateVolume(name) : undefined;
}

function notOne({ values, place }: TableRow): Found<never> {
  const hint = "Names are train_1_a_1.nii.gz and valid_1_a_1.nii.gz.";
  return wrong(place, `"${String(values.VolumeName)}" is no name of CT-RATE`, hint);
}

function caseOf(one: TableRow, brain: ReadonlySet<string>, folder: string, isV1: boolean): Found<SourceCase> {
  const volume = named(one);
  if (volume === undefined) return notOne(one);
  const { id, patient, split } = volume;
  const { place } = one;
  if (brain.has(id)) return droppedRow({ what: "case", id, task: null, filter: "no-chest", split, place });
  const calibration = isV1 ? calibrationOf(one) : undefined;
  if (calibration !== undefined && "malformed" in calibration)
    return wrong(
      place,
      `${calibration.malformed.join(", ")} of "${id}" cannot be read`,
      "Take the metadata table of the release.",
      { case: id },
    );
  return row({ id, patient, paths: [join(folder, volume.path)], split, calibration, place });
}

/** What a walk over reports has met. */
interface Told {
  readonly brain: ReadonlySet<string>;
  readonly scans: Seen;
  readonly findings: Seen;
}

function reportOf(one: TableRow, { brain, scans, findings }: Told): Found<SourceItem> {
  const volume = named(one);
  if (volume === undefined) return notOne(one);
  const { place } = one;
  const drop = (filter: (typeof filters)["report"][number]): Found<never> =>
    droppedRow({
      what: "item",
      id: `${volume.id}/report`,
      task: "report",
      filter,
      split: volume.split,
      place,
    });
  // Reconstructions of one scan share one report.
  if (scans.get(volume.scan) !== undefined) return drop("same-scan");
  scans.set(volume.scan, 1);
  if (brain.has(volume.id)) return drop("no-chest");
  const item = reportItem(one, volume);
  const text = String(one.values.Findings_EN ?? "");
  if (text.trim() !== "" && findings.get(text) !== undefined) return drop("equal-findings");
  findings.set(text, 1);
  return row(item);
}

function labelsOf(one: TableRow, brain: ReadonlySet<string>): Found<SourceItem> {
  const volume = named(one);
  if (volume === undefined) return notOne(one);
  const { place } = one;
  if (brain.has(volume.id))
    return droppedRow({
      what: "item",
      id: `${volume.id}/abnormality`,
      task: "open-vqa",
      filter: "no-chest",
      split: volume.split,
      place,
    });
  const item = labelItem(one, volume);
  return "malformed" in item
    ? wrong(
        place,
        `${item.malformed.join(", ")} of "${volume.id}" is neither 0 nor 1`,
        "Labels are 0 or 1.",
        {
          case: volume.id,
          item: `${volume.id}/abnormality`,
        },
      )
    : row(item);
}
