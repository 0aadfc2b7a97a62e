import { join } from "node:path";
import { choiceIndex } from "../../../schema/answers/letters.ts";
import { layoutRow } from "../../../schema/tables/layouts.ts";
import { countRows, exists, folderOf, needed } from "../folder.ts";
import { separatedRows } from "../rows/csv.ts";
import { jsonLineRows } from "../rows/json-lines.ts";
import { jsonListRows } from "../rows/json-lists.ts";
import type { FoundRow, TableRow } from "../rows/table-row.ts";
import type {
  DatasetSource,
  Found,
  OpenedSource,
  OpenOptions,
  SourceCase,
  SourceItem,
  SplitName,
} from "../source.ts";
import { optionsInText } from "./amos-mm.ts";
import { row, rowsAs, textOf, wrong } from "./walks.ts";

const schema = { ...layoutRow("deeptumorvqa"), filters: {}, repeatsCases: true } as const;

const tables = ["benchmark/test_qa.json", "benchmark/test_qa.jsonl", "train/train_qa.csv"] as const;
const needs = [["benchmark/test_qa.json", "benchmark/test_qa.jsonl", "train/train_qa.csv"]];
const columns = ["image_id", "question", "answer", "question_type", "question_subtype"];

/**
 * DeepTumorVQA v2: questions of the benchmark beside its volumes, and of training on AbdomenAtlas3.0Mini, whose folder
 * `scans` names. Options stand inside `mc_question`; its rows are asked with them and without.
 */
export const deepTumorVqaSource: DatasetSource = {
  kind: "deeptumorvqa",
  schema,
  count: async (path, options) => await countRows(await openTumor(path, options)),
  open: async (path, options) => await openTumor(path, options),
};

async function openTumor(path: string, { scans, signal, looks }: OpenOptions = {}): Promise<OpenedSource> {
  const folder = await folderOf(path, looks);
  const there = await needed(folder, "deeptumorvqa", needs, looks);
  // The .jsonl is the .json made flat.
  const names = tables.filter(
    (name) => there.includes(name) && !(name.endsWith(".jsonl") && there.includes(tables[0])),
  );
  const rows = function* (): Generator<AsyncIterable<FoundRow>> {
    for (const table of names) {
      const file = { path: join(folder, table), table, signal, looks };
      if (table.endsWith(".csv")) yield separatedRows(file, ",", columns);
      else yield table.endsWith(".jsonl") ? jsonLineRows(file) : jsonListRows(file, ["questions"]);
    }
  };
  return {
    layout: "deeptumorvqa",
    schema,
    folder,
    tables: names,
    cases: () =>
      rowsAs(rows(), async function* (one) {
        yield await caseOf(one, { folder, scans, looks });
      }),
    items: () => rowsAs(rows(), itemsOf, false),
  };
}

const splitOf = ({ place }: TableRow): SplitName => (place.table.startsWith("train/") ? "train" : "test");

async function caseOf(
  one: TableRow,
  { folder, scans, looks }: OpenOptions & { readonly folder: string },
): Promise<Found<SourceCase>> {
  const id = textOf(one, "image_id");
  if (id === undefined || !/^[\w.-]+$/.test(id))
    return wrong(
      one.place,
      `"image_id" is ${JSON.stringify(one.values.image_id ?? null)}, no name of a scan`,
      "Take the tables of the release.",
    );
  const split = splitOf(one);
  const own = join(folder, "benchmark", "ct", id, "ct.nii.gz");
  const elsewhere = scans === undefined ? undefined : join(scans, id, "ct.nii.gz");
  const path =
    elsewhere !== undefined && (split === "train" || !(await exists(own, looks))) ? elsewhere : own;
  return row({ id, patient: id, paths: [path], split, place: one.place });
}

function* itemsOf(one: TableRow): Generator<Found<SourceItem>> {
  const of = textOf(one, "image_id");
  if (of === undefined) return;
  const { place, values } = one;
  const id = String(values.qid ?? `${place.table.split("#")[0] ?? ""}:${place.row}`);
  const question = textOf(one, "question");
  const answer = typeof values.answer === "number" ? String(values.answer) : textOf(one, "answer");
  if (question === undefined || answer === undefined) {
    yield wrong(
      place,
      `question "${id}" has no ${question === undefined ? "text" : "answer"}`,
      "Leave the row out.",
      { case: of, item: id },
    );
    return;
  }
  const extra = Object.fromEntries(
    ["question_type", "organ", "lesion", "requires_tools", "spacing", "shape"].flatMap((key) => {
      const value = values[key];
      return value === undefined || value === null
        ? []
        : [[key, typeof value === "string" ? value : JSON.stringify(value)]];
    }),
  );
  const asked = {
    case: of,
    type: textOf(one, "question_subtype") ?? textOf(one, "question_type"),
    extra,
    place,
  };
  yield row({ ...asked, id: `${id}/open`, task: "open-vqa", question, target: answer });
  const listed = textOf(one, "mc_question"),
    letter = textOf(one, "correct_option");
  if (listed === undefined || letter === undefined) return;
  const found = optionsInText(listed);
  const target = found?.options[choiceIndex(letter.trim().charAt(0))];
  if (found === undefined || target === undefined)
    yield wrong(
      place,
      `"mc_question" of "${id}" lists no option ${letter}`,
      "Options stand as A: ... B: ...",
      { case: of, item: `${id}/closed` },
    );
  else
    yield row({
      ...asked,
      id: `${id}/closed`,
      task: "closed-vqa",
      question: found.question || question,
      choices: found.options,
      target,
    });
}
