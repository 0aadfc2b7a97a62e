import { join } from "node:path";
import { choiceIndex, choiceLetter } from "../../../schema/answers/letters.ts";
import { layoutRow } from "../../../schema/tables/layouts.ts";
import { countRows, folderOf, needed, placed, splitNamed } from "../folder.ts";
import { jsonListRows } from "../rows/json-lists.ts";
import type { FoundRow, TableRow } from "../rows/table-row.ts";
import type {
  DatasetSource,
  Found,
  OpenedSource,
  OpenOptions,
  Place,
  SourceCase,
  SourceItem,
} from "../source.ts";
import { droppedRow, row, rowsAs, textOf, wrong } from "./walks.ts";

const filters = { report: ["not-reported"] } as const;
const schema = { ...layoutRow("amos-mm"), filters, repeatsCases: false } as const;
const regions = ["chest", "abdomen", "pelvis"] as const;

/**
 * AMOS-MM: `dataset.json` lists scans of training and validation with the findings of three regions, each a report of
 * its own, and questions with options. An empty region was not reported.
 */
export const amosMmSource: DatasetSource = {
  kind: "amos-mm",
  schema,
  count: async (path, options) => await countRows(await openAmos(path, options)),
  open: async (path, options) => await openAmos(path, options),
};

async function openAmos(path: string, { scans, signal, looks }: OpenOptions = {}): Promise<OpenedSource> {
  const folder = await folderOf(path, looks);
  await needed(folder, "amos-mm", [["dataset.json"], ["imagesTr", "imagesVa"]], looks);
  const file = { path: join(folder, "dataset.json"), table: "dataset.json", signal, looks };
  const rows = (): readonly AsyncIterable<FoundRow>[] => [jsonListRows(file, ["training", "validation"])];
  return {
    layout: "amos-mm",
    schema,
    folder,
    tables: ["dataset.json"],
    cases: () => rowsAs(rows(), (one) => [caseOf(one, scans ?? folder)]),
    items: () => rowsAs(rows(), itemsOf, false),
  };
}

/** `amos_0001`: one scan a patient. */
function nameOf(one: TableRow): string | undefined {
  return textOf(one, "image")
    ?.split("/")
    .at(-1)
    ?.replace(/\.nii(?:\.gz)?$/, "");
}

function caseOf(one: TableRow, folder: string): Found<SourceCase> {
  const image = textOf(one, "image"),
    id = nameOf(one);
  const path = image === undefined ? undefined : placed(folder, image);
  if (id === undefined || path === undefined)
    return wrong(
      one.place,
      `"image" is ${JSON.stringify(one.values.image ?? null)}, no path in the folder`,
      "Write ./imagesTr/amos_0001.nii.gz.",
      {
        case: id,
      },
    );
  const split = splitNamed(one.place.table.split("#")[1] ?? "") ?? null;
  return row({ id, patient: id, paths: [path], split, place: one.place });
}

interface Labels {
  readonly report?: { readonly findings?: Readonly<Record<string, unknown>> };
  readonly qa?: readonly { readonly [key: string]: unknown }[];
}

function* itemsOf(one: TableRow): Generator<Found<SourceItem>> {
  const id = nameOf(one);
  if (id === undefined) return;
  const { place } = one;
  const labels = (one.values.labels ?? {}) as Labels;
  const split = splitNamed(place.table.split("#")[1] ?? "") ?? null;
  for (const region of regions) {
    const text = labels.report?.findings?.[region];
    const item = `${id}/${region}`;
    if (typeof text !== "string" || text.trim() === "")
      yield droppedRow({ what: "item", id: item, task: "report", filter: "not-reported", split, place });
    else {
      const question = `Describe the findings of the ${region}.`;
      yield row({ id: item, case: id, task: "report", type: region, question, target: text.trim(), place });
    }
  }
  const questions = Array.isArray(labels.qa) ? labels.qa : [];
  for (const [index, asked] of questions.entries())
    yield questionOf(asked, { id, item: `${id}/q${index + 1}`, place });
}

function questionOf(
  { question, options, answer }: { readonly [key: string]: unknown },
  { id, item, place }: { readonly id: string; readonly item: string; readonly place: Place },
): Found<SourceItem> {
  const choices = lettered(options);
  const target = typeof answer === "string" ? choices?.[choiceIndex(answer.trim())] : undefined;
  if (typeof question !== "string" || choices === undefined || target === undefined)
    return wrong(
      place,
      `question ${item} has no question, no options by letter, or no answer among them`,
      "Answers are letters of options.",
      {
        case: id,
        item,
      },
    );
  return row({ id: item, case: id, task: "closed-vqa", question, choices, target, place });
}

/** Options by letter, as a list in which each keeps its place; undefined for what is none. */
export function lettered(options: unknown): readonly string[] | undefined {
  if (Array.isArray(options)) return options.map(String);
  if (typeof options !== "object" || options === null) return undefined;
  const entries = Object.entries(options).map(
    ([letter, text]) => [choiceIndex(letter.trim()), text] as const,
  );
  if (entries.length === 0 || entries.some(([index]) => index < 0)) return undefined;
  const length = Math.max(...entries.map(([index]) => index)) + 1;
  const byIndex = new Map(entries);
  return Array.from({ length }, (_, index) => String(byIndex.get(index) ?? ""));
}

/** Options that a text lists behind letters: `A: x B: y`. */
export function optionsInText(
  text: string,
): { readonly question: string; readonly options: readonly string[] } | undefined {
  const marks = [...text.matchAll(/(?:^|\s)\(?([A-Z])[:.)]\s/g)];
  const options: string[] = [];
  // Letters in order from A: another capital before a colon is text.
  const inOrder = marks.filter(([, letter]) => {
    const isNext = letter === choiceLetter(options.length);
    if (isNext) options.push("");
    return isNext;
  });
  const [first] = inOrder;
  if (first === undefined || inOrder.length < 2) return undefined;
  return {
    question: text.slice(0, first.index).trim(),
    options: inOrder.map((mark, at) =>
      text.slice(mark.index + mark[0].length, inOrder[at + 1]?.index).trim(),
    ),
  };
}
