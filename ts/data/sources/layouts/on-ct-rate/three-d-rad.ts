import { join, relative } from "node:path";
import { filesBelow } from "../../../../files/index.ts";
import { choiceIndex } from "../../../../schema/answers/letters.ts";
import { isMissingOption } from "../../../../schema/answers/options.ts";
import { layoutRow } from "../../../../schema/tables/layouts.ts";
import { Seen } from "../../../dataset/index.ts";
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
  SplitName,
} from "../../source.ts";
import { droppedRow, row, rowsAs, textOf, wrong } from "../walks.ts";
import { type RateScan, rateFolder, rateScan } from "./scans.ts";

const filters = { "closed-vqa": ["same-scan"], "open-vqa": ["same-scan"] } as const;
const schema = { ...layoutRow("3d-rad"), filters, repeatsCases: true } as const;
const letters = ["A", "B", "C", "D"];
const columns = ["VolumeName", "Question", "Answer", "QuestionType"];

/**
 * 3D-RAD: `3DRAD/{train,test}/Task*_<name>/*.csv` on CT-RATE's volumes, whose folder `scans` names. `-` is an option
 * that is not given. One question stands once for each reconstruction of a scan: the first is kept, so that a scan
 * counts once.
 */
export const threeDRadSource: DatasetSource = {
  kind: "3d-rad",
  schema,
  count: async (path, options) => await countRows(await openRad(path, options)),
  open: async (path, options) => await openRad(path, options),
};

async function openRad(path: string, { scans, signal, looks }: OpenOptions = {}): Promise<OpenedSource> {
  const named = await folderOf(path, looks);
  const folder = (await exists(join(named, "3DRAD"), looks)) ? join(named, "3DRAD") : named;
  await needed(folder, "3d-rad", [["train", "test"]], looks);
  const names = (await filesBelow(folder))
    .map((file) => relative(folder, file.path.toString()))
    .filter((name) => /^(?:train|test)\/Task\d+_[^/]+\/[^/]+\.csv$/.test(name));
  looks?.told(join(folder, "tables"), names);
  await needed(
    folder,
    "3d-rad",
    names.length === 0 ? [["train/Task1_Image_Observation", "test/Task1_Image_Observation"]] : [],
  );
  const volumes = await rateFolder(scans ?? named, looks);
  const rows = function* (): Generator<AsyncIterable<FoundRow>> {
    for (const table of names)
      yield separatedRows({ path: join(folder, table), table, signal, looks }, ",", columns);
  };
  return {
    layout: "3d-rad",
    schema,
    folder,
    tables: names,
    cases: () => rowsAs(rows(), (one) => [caseOf(one, volumes)]),
    items: () => {
      const told = new Seen();
      return rowsAs(rows(), (one) => itemsOf(one, volumes, told), false);
    },
  };
}

const splitOf = ({ place }: TableRow): SplitName => (place.table.startsWith("train/") ? "train" : "test");

function caseOf(one: TableRow, folder: string): Found<SourceCase> {
  const name = textOf(one, "VolumeName") ?? "";
  const scan = rateScan(folder, name);
  if (scan === undefined)
    return wrong(
      one.place,
      `"${name}" is no name of CT-RATE`,
      "Names are train_1_a_1.nii.gz and test_1_a_1.nii.gz.",
    );
  const { volume, path } = scan;
  return row({
    id: volume.id,
    patient: volume.patient,
    paths: [path],
    split: splitOf(one),
    place: one.place,
  });
}

function* itemsOf(one: TableRow, folder: string, told: Seen): Generator<Found<SourceItem>> {
  const scan = rateScan(folder, textOf(one, "VolumeName") ?? "");
  if (scan === undefined) return;
  const { place } = one;
  const id = `${place.table.replace(/\.csv$/, "")}:${place.row}`;
  const question = textOf(one, "Question"),
    answer = textOf(one, "Answer");
  if (question === undefined || answer === undefined) {
    const what = question === undefined ? "question" : "answer";
    yield wrong(place, `the row has no ${what}`, "Leave the row out.", { case: scan.volume.id, item: id });
    return;
  }
  const key = `${scan.volume.scan}\0${place.table}\0${question}\0${answer}`;
  const first = told.get(key);
  told.set(key, 1);
  if (first === undefined) yield asked(one, { scan, id, question, answer });
  else
    yield droppedRow({
      what: "item",
      id,
      task: taskOf(one),
      filter: "same-scan",
      split: splitOf(one),
      place,
    });
}

interface Asked {
  readonly scan: RateScan;
  readonly id: string;
  readonly question: string;
  readonly answer: string;
}

const taskOf = (one: TableRow): "closed-vqa" | "open-vqa" =>
  /^close/i.test(textOf(one, "QuestionType") ?? "") ? "closed-vqa" : "open-vqa";

function asked(one: TableRow, { scan, id, question, answer }: Asked): Found<SourceItem> {
  const { place } = one;
  const type = textOf(one, "Subtask") ?? textOf(one, "Task");
  const item = { id, case: scan.volume.id, type, question, split: splitOf(one), place };
  if (taskOf(one) === "open-vqa") return row({ ...item, task: "open-vqa", target: answer });
  const all = letters.map((letter) => String(one.values[`Choice ${letter}`] ?? ""));
  // Letters behind the last option that is given are none.
  const last = all.findLastIndex((option) => !isMissingOption(option));
  const choices = all.slice(0, last + 1);
  const letter = textOf(one, "AnswerChoice");
  const named =
    letter === undefined || isMissingOption(letter) ? answer : choices[choiceIndex(letter.trim())];
  const target = choices.find((option) => option.trim().toLowerCase() === (named ?? "").trim().toLowerCase());
  if (target !== undefined) return row({ ...item, task: "closed-vqa", choices, target });
  return wrong(
    place,
    `the answer "${answer}" is none of ${JSON.stringify(choices)}`,
    "Answer or AnswerChoice names one option.",
    {
      case: item.case,
      item: id,
    },
  );
}
