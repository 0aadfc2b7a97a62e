import { join } from "node:path";
import { TomoeError } from "../../../../errors.ts";
import { choiceIndex } from "../../../../schema/answers/letters.ts";
import { layoutRow } from "../../../../schema/tables/layouts.ts";
import { questionTypes } from "../../../../schema/task.ts";
import { countRows, exists, folderOf, splitNamed } from "../../folder.ts";
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
import { row, rowsAs, textOf, wrong } from "../walks.ts";
import { m3dRoot, m3dVolume } from "./folder.ts";

const schema = { ...layoutRow("m3d-vqa"), filters: {}, repeatsCases: true } as const;

/** Tables with the split of each; `test5k` is a part of `test`. */
const tables: Readonly<Record<string, string>> = {
  "M3D_VQA_train.csv": "train",
  "M3D_VQA_yn_train.csv": "train",
  "M3D_VQA_val.csv": "val",
  "M3D_VQA_test.csv": "test",
};

const letters = ["A", "B", "C", "D"];
const needed = ["Image Path", "Question", "Answer"];

/**
 * M3D-VQA: `M3D-VQA/M3D_VQA_{train,val,test}.csv` beside `M3D_Cap_npy`. Each row is asked twice, with its options and
 * without, as M3D trains and scores it; a missing option is the text `NA`. A row of yes and no alone is asked with both
 * as options.
 */
export const m3dVqaSource: DatasetSource = {
  kind: "m3d-vqa",
  schema,
  count: async (path, options) => await countRows(await openVqa(path, options)),
  open: async (path, options) => await openVqa(path, options),
};

async function openVqa(path: string, options: OpenOptions = {}): Promise<OpenedSource> {
  const { signal, looks } = options;
  const root = await m3dRoot(path, "m3d-vqa", options);
  const folder = await questionsFolder(path, root, looks);
  const names: string[] = [];
  for (const name of Object.keys(tables)) if (await exists(join(folder, name), looks)) names.push(name);
  if (names.length === 0)
    throw new TomoeError(
      "DATA_MANIFEST",
      `${path} lacks M3D-VQA/M3D_VQA_train.csv of the layout m3d-vqa, and the tables of other splits`,
      {
        hint: "Name the folder that holds M3D-VQA and M3D_Cap_npy.",
        details: { path, layout: "m3d-vqa", missing: Object.keys(tables) },
      },
    );
  const rows = function* (): Generator<AsyncIterable<FoundRow>> {
    for (const table of names)
      yield separatedRows({ path: join(folder, table), table, signal, looks }, ",", needed);
  };
  return {
    layout: "m3d-vqa",
    schema,
    folder,
    tables: names,
    cases: () => rowsAs(rows(), (one) => [caseOf(one, root)]),
    items: () => rowsAs(rows(), (one) => itemsOf(one, root), false),
  };
}

async function questionsFolder(path: string, root: string, looks: OpenOptions["looks"]): Promise<string> {
  const named = await folderOf(path, looks);
  const isOne = Object.keys(tables).map(async (name) => await exists(join(named, name), looks));
  if ((await Promise.all(isOne)).includes(true)) return named;
  const below = join(named, "M3D-VQA");
  return (await exists(below, looks)) ? below : join(root, "M3D-VQA");
}

function caseOf(entry: TableRow, root: string): Found<SourceCase> {
  const image = textOf(entry, "Image Path");
  const volume = image === undefined ? undefined : m3dVolume(root, image);
  if (volume === undefined) {
    const what =
      image === undefined ? 'the row has no "Image Path"' : `"${image}" leaves the folder of volumes`;
    return wrong(entry.place, what, "Write paths inside M3D_Cap_npy.", { case: image });
  }
  const { id, patient, path } = volume;
  const split = splitNamed(tables[entry.place.table] ?? "") ?? null;
  return row({ id, patient, paths: [path], split, place: entry.place });
}

function* itemsOf(entry: TableRow, root: string): Generator<Found<SourceItem>> {
  const { place } = entry;
  const volume = m3dVolume(root, textOf(entry, "Image Path") ?? "..");
  if (volume === undefined) return;
  const id = `${place.table.replace(/\.csv$/, "")}:${place.row}`;
  const question = textOf(entry, "Question"),
    answer = textOf(entry, "Answer");
  if (question === undefined || answer === undefined) {
    const what = question === undefined ? "question" : "answer";
    yield wrong(place, `the row has no ${what}`, "Fill it in, or leave the row out.", {
      case: volume.id,
      item: id,
    });
    return;
  }
  const split = splitNamed(tables[place.table] ?? "");
  const asked = { case: volume.id, type: typeOf(textOf(entry, "Question Type")), question, split, place };
  const options = optionsOf(entry, answer);
  const target = options === undefined ? answer : targetOf(entry, options, answer);
  if (target === undefined)
    yield wrong(
      place,
      `the answer "${answer}" is not option ${textOf(entry, "Answer Choice") ?? ""} of ${JSON.stringify(options)}`,
      "Answer and Answer Choice have to name one option.",
      { case: volume.id, item: `${id}/closed` },
    );
  else if (options !== undefined)
    yield row({ ...asked, id: `${id}/closed`, task: "closed-vqa", choices: options, target });
  yield row({ ...asked, id: `${id}/open`, task: "open-vqa", target: answer });
}

/** Types stand as numbers from 1. */
function typeOf(type: string | undefined): string | undefined {
  return questionTypes[Number(type) - 1] ?? type;
}

function optionsOf(entry: TableRow, answer: string): readonly string[] | undefined {
  const options = letters.flatMap((letter) => {
    const value = entry.values[`Choice ${letter}`];
    return typeof value === "string" ? [value] : [];
  });
  if (options.length > 0) return options;
  return /^(?:yes|no)$/i.test(answer.trim()) ? ["Yes", "No"] : undefined;
}

/** The text of the right option; undefined where letter and text name two. */
function targetOf(entry: TableRow, options: readonly string[], answer: string): string | undefined {
  const same = (option: string): boolean => option.trim().toLowerCase() === answer.trim().toLowerCase();
  const letter = textOf(entry, "Answer Choice")?.trim();
  const named = letter === undefined ? options.find(same) : options[choiceIndex(letter)];
  return named !== undefined && same(named) ? named : undefined;
}
