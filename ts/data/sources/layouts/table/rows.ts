import { choiceIndex } from "../../../../schema/answers/letters.ts";
import { didYouMean } from "../../../../schema/nearest.ts";
import { knownSplits, placed, splitNamed } from "../../folder.ts";
import { rowProblem } from "../../rows/records.ts";
import type { TableRow } from "../../rows/table-row.ts";
import type { Found, SourceCase, SourceItem, SourceProblem } from "../../source.ts";
import { type ColumnNames, extraColumns, type OwnColumn } from "./columns.ts";

/** A row of one's own table, read by our names. */
export interface OwnRow {
  readonly row: TableRow;
  readonly columns: ColumnNames;
  /** Folder that its paths start at. */
  readonly folder: string;
}

/** Text of a column; undefined where it is absent, empty or null. */
function text({ row, columns }: OwnRow, name: OwnColumn): string | undefined {
  const value = row.values[columns[name]];
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

/** Columns that hold something else than text. */
function shapeProblems({ row, columns }: OwnRow): readonly SourceProblem[] {
  return (Object.keys(columns) as readonly OwnColumn[]).flatMap((name) => {
    const value = row.values[columns[name]];
    const isList = Array.isArray(value) && value.every((one) => typeof one === "string");
    if (typeof value !== "object" || value === null || (name === "choices" && isList)) return [];
    const what = name === "choices" ? "a list of texts" : "text";
    return [rowProblem(row.place, `"${columns[name]}" is not ${what}`, `Write ${what}.`)];
  });
}

const nameOf = (own: OwnRow): string | undefined => text(own, "case") ?? text(own, "image");

/** The case that a row brings; nothing where it names no scan. */
export function* casesOfRow(own: OwnRow): Generator<Found<SourceCase>> {
  const shapes = shapeProblems(own);
  const { place } = own.row;
  const id = nameOf(own),
    image = text(own, "image");
  for (const problem of shapes) yield { kind: "problem", problem: { ...problem, case: id } };
  if (shapes.length > 0) return;
  if (id === undefined) {
    const { columns } = own;
    const message = `the row has neither "${columns.case}" nor "${columns.image}"`;
    yield { kind: "problem", problem: rowProblem(place, message, "Say which scan the row is about.") };
    return;
  }
  if (image === undefined) return;
  const path = placed(own.folder, image);
  if (path === undefined) {
    const hint = "Write paths relative to the table, inside its folder, or absolute ones.";
    yield {
      kind: "problem",
      problem: { ...rowProblem(place, `"${image}" leaves the folder of its table`, hint), case: id },
    };
    return;
  }
  const word = text(own, "split");
  const split = word === undefined ? null : splitNamed(word);
  if (split === undefined) {
    const message = `the split is "${word ?? ""}"${didYouMean(word ?? "", knownSplits)}`;
    yield {
      kind: "problem",
      problem: { ...rowProblem(place, message, "Write train, validation or test."), case: id },
    };
    return;
  }
  const patient = text(own, "patient") ?? id;
  yield { kind: "row", row: { id, patient, paths: [path], series: text(own, "series"), split, place } };
}

/** What a row asks: its report, its question, both or nothing. */
export function* itemsOfRow(own: OwnRow): Generator<Found<SourceItem>> {
  const name = nameOf(own);
  if (name === undefined || shapeProblems(own).length > 0) return;
  const { place } = own.row;
  const id = text(own, "id") ?? `${place.table}:${place.row}`;
  const report = text(own, "report"),
    question = text(own, "question"),
    answer = text(own, "answer");
  const common = { case: name, type: text(own, "type"), extra: extraOf(own), place };
  if (report !== undefined)
    yield {
      kind: "row",
      row: {
        ...common,
        id: question === undefined ? id : `${id}/report`,
        task: "report",
        question: null,
        target: report,
      },
    };
  if (question === undefined) {
    if (answer !== undefined || choicesOf(own) !== undefined) yield halfItem(own, id, "no question");
  } else if (answer === undefined) yield halfItem(own, id, "a question without an answer");
  else {
    const choices = choicesOf(own);
    const asked = { ...common, id, question };
    yield choices === undefined
      ? { kind: "row", row: { ...asked, task: "open-vqa", target: answer } }
      : { kind: "row", row: { ...asked, task: "closed-vqa", choices, target: chosen(choices, answer) } };
  }
}

function halfItem(own: OwnRow, item: string, what: string): Found<SourceItem> {
  const hint = "Fill question and answer, or leave both empty.";
  return {
    kind: "problem",
    problem: { ...rowProblem(own.row.place, `the row has ${what}`, hint), case: nameOf(own), item },
  };
}

/** Options as a list: one of JSON, or text between bars. */
function choicesOf({ row, columns }: OwnRow): readonly string[] | undefined {
  const value = row.values[columns.choices];
  if (Array.isArray(value)) return value.map(String);
  if (typeof value !== "string" || value.trim() === "") return undefined;
  try {
    const list: unknown = value.trimStart().startsWith("[") ? JSON.parse(value) : undefined;
    if (Array.isArray(list)) return list.map(String);
  } catch {
    // Text that begins with a bracket.
  }
  return value.split("|").map((choice) => choice.trim());
}

/** The text of the choice that an answer names by itself or by its letter; the answer where it names none. */
export function chosen(choices: readonly string[], answer: string): string {
  const trimmed = answer.trim();
  if (choices.includes(trimmed)) return trimmed;
  const [, letter] = /^\(?([A-Za-z])[.):]?$/.exec(trimmed) ?? [];
  return (letter === undefined ? undefined : choices[choiceIndex(letter)]) ?? answer;
}

function extraOf({ row, columns }: OwnRow): Readonly<Record<string, string>> | undefined {
  const names = extraColumns(columns, Object.keys(row.values)).filter((name) => name !== "");
  if (names.length === 0) return undefined;
  return Object.fromEntries(
    names.map((name) => {
      const value = row.values[name];
      return [name, typeof value === "string" ? value : (JSON.stringify(value) ?? "")];
    }),
  );
}
