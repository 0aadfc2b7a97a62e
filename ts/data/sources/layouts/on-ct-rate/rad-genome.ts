import { join } from "node:path";
import { layoutRow } from "../../../../schema/tables/layouts.ts";
import { countRows, exists, folderOf, needed } from "../../folder.ts";
import { separatedRows } from "../../rows/csv.ts";
import type { FoundRow, TableRow } from "../../rows/table-row.ts";
import type {
  DatasetSource,
  Found,
  OpenedSource,
  OpenOptions,
  SourceCase,
  SourceItem,
} from "../../source.ts";
import { rateVolume } from "../ct-rate/names.ts";
import { row, rowsAs, textOf, wrong } from "../walks.ts";

const schema = { ...layoutRow("radgenome-chestct"), filters: {}, repeatsCases: true } as const;

const tablesFolder = "dataset/radgenome_files";
const kinds = ["region_report", "vqa_abnormality", "vqa_location", "vqa_presence", "vqa_size"] as const;

/** Tables that are asked, by their names; `case_disorders` lists what questions were made of. */
const tables = ["train", "validation"].flatMap((split) =>
  kinds.map((kind) => `${tablesFolder}/${split}_${kind}.csv`),
);

/**
 * RadGenome-ChestCT: reports by region and questions on the first reconstructions of CT-RATE, in
 * `dataset/{train,valid}_preprocessed/train_1/train_1a/train_1_a_1.nii.gz`. The key column is `Volumename`; the region
 * of a report is a path `a/b/c`, empty for the whole scan.
 */
export const radGenomeSource: DatasetSource = {
  kind: "radgenome-chestct",
  schema,
  count: async (path, options) => await countRows(await openGenome(path, options)),
  open: async (path, options) => await openGenome(path, options),
};

async function openGenome(path: string, { scans, signal, looks }: OpenOptions = {}): Promise<OpenedSource> {
  const named = await folderOf(path, looks);
  const folder = (await exists(join(named, "dataset"), looks)) ? named : join(named, "..");
  const ofScans = scans === undefined ? [["dataset/train_preprocessed", "dataset/valid_preprocessed"]] : [];
  const there = await needed(folder, "radgenome-chestct", [tables, ...ofScans], looks);
  const names = tables.filter((name) => there.includes(name));
  const rows = function* (): Generator<AsyncIterable<FoundRow>> {
    for (const table of names)
      yield separatedRows({ path: join(folder, table), table, signal, looks }, ",", [
        "Volumename",
        ...columnsOf(table),
      ]);
  };
  const volumes = scans ?? join(folder, "dataset");
  return {
    layout: "radgenome-chestct",
    schema,
    folder,
    tables: names,
    cases: () => rowsAs(rows(), (one) => [caseOf(one, volumes)]),
    items: () => rowsAs(rows(), itemsOf, false),
  };
}

function columnsOf(table: string): readonly string[] {
  return table.includes("region_report") ? ["Anatomy", "Sentence"] : ["Question", "Answer"];
}

const volumeOf = (one: TableRow) => rateVolume(textOf(one, "Volumename") ?? "");

function caseOf(one: TableRow, folder: string): Found<SourceCase> {
  const volume = volumeOf(one);
  if (volume === undefined)
    return wrong(
      one.place,
      `"${String(one.values.Volumename)}" is no name of CT-RATE`,
      "Names are train_1_a_1.nii.gz.",
    );
  const { id, patient, scan, split } = volume;
  // The scan's folder has no second underscore: train_1a.
  const inside = join(
    `${split === "train" ? "train" : "valid"}_preprocessed`,
    patient,
    `${patient}${scan.slice(patient.length + 1)}`,
  );
  return row({ id, patient, paths: [join(folder, inside, `${id}.nii.gz`)], split, place: one.place });
}

function* itemsOf(one: TableRow): Generator<Found<SourceItem>> {
  const volume = volumeOf(one);
  if (volume === undefined) return;
  const { place } = one;
  const table = place.table.slice(tablesFolder.length + 1).replace(/\.csv$/, "");
  const item = { id: `${table}:${place.row}`, case: volume.id, split: volume.split, place };
  if (table.endsWith("region_report")) {
    const region = textOf(one, "Anatomy")?.trim();
    const question =
      region === undefined ? null : `Describe the findings of: ${region.split("/").join(", ")}.`;
    yield row({
      ...item,
      task: "report",
      type: region ?? "whole scan",
      question,
      target: textOf(one, "Sentence") ?? "",
    });
    return;
  }
  const question = textOf(one, "Question");
  const answer = textOf(one, "Answer");
  if (question === undefined || answer === undefined)
    yield wrong(
      place,
      `the row has no ${question === undefined ? "question" : "answer"}`,
      "Leave the row out.",
      { case: volume.id, item: item.id },
    );
  else
    yield row({
      ...item,
      task: "open-vqa",
      type: table.replace(/^.*vqa_/, ""),
      question,
      target: answer,
      ...labelsOf(one),
    });
}

/** Findings and abnormalities that a row is about; an empty one says that there are none. */
function labelsOf(one: TableRow): Partial<Pick<SourceItem, "labels">> {
  const column = ["Finding", "Abnormality"].find((name) => name in one.values);
  if (column === undefined) return {};
  return { labels: (textOf(one, column) ?? "").split(",").flatMap((label) => label.trim() || []) };
}
