import {
  drawSplit,
  type Joined,
  joinTables,
  type SplitName,
  scanFinder,
  splitNamed,
} from "../../../data/sources/index.ts";
import { isTomoeError, TomoeError } from "../../../errors.ts";
import { type TaskId, taskIds, taskThat } from "../../../schema/task.ts";
import { type FolderContent, lookThroughFolder } from "./scans.ts";

/** A scan with what is known of it, as the recipe's table has it. */
export interface SurveyedCase {
  readonly case: string;
  readonly patient: string;
  /** Relative to the folder that was looked at. */
  readonly image: string;
  readonly series: string;
  readonly split: SplitName;
}

/** What lies in a folder of one's own, and what is taken for what. */
export interface Survey {
  /** Absolute. */
  readonly folder: string;
  readonly content: FolderContent;
  readonly tables: Joined["tables"];
  /** Rows that are not used. */
  readonly told: Joined["told"];
  readonly cases: readonly SurveyedCase[];
  /** In the columns of one's own tables. */
  readonly items: readonly Readonly<Record<string, unknown>>[];
  /** Scans that no row of a table names. */
  readonly unnamed: readonly string[];
  /** In sentences: where patients and splits come from. */
  readonly notes: readonly string[];
  readonly tasks: readonly TaskId[];
}

/** Shares of a split that nobody gave: nothing to choose by, since a first recipe chooses nothing. */
const shares = { train: 0.7, validation: 0, test: 0.3 } as const;

/**
 * Looks at a folder of scans and tables, and joins them.
 *
 * @throws TomoeError `PATH_NOT_FOUND`, `PERMISSION`, `IO_FAILED`; `DATA_EMPTY` where there is nothing to train on, with
 * all that was not read in `details`.
 */
export async function surveyFolder(
  folder: string,
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void,
): Promise<Survey> {
  const content = await lookThroughFolder(folder, signal, onProgress);
  const idOf = (path: string): string => path.replace(/\.(?:nii\.gz|nii|mha|mhd|nrrd|nhdr)$/i, "");
  const paths = content.scans.map(({ path }) => path);
  const joined = await joinTables(folder, content.tables, scanFinder(content.scans), idOf, signal);
  const asked = new Set(joined.items.map((item) => item.case));
  const named = paths.filter((path) => asked.has(idOf(path)));
  const survey = { folder, content, tables: joined.tables, told: joined.told };
  if (named.length < 2) throw nothing(survey, named.length);
  const { cases, notes } = casesOf(named, joined, idOf);
  const { items, notes: ofTypes } = evenTypes(
    joined.items.map((item) => ({ case: item.case, ...item.values })),
    cases,
  );
  const scored = tasksOf(items, cases);
  if (scored.tasks.length === 0) throw nothing(survey, named.length);
  return {
    ...survey,
    cases,
    items,
    unnamed: paths.filter((path) => !asked.has(idOf(path))),
    notes: [...notes, ...scored.notes, ...ofTypes],
    tasks: scored.tasks,
  };
}

/** What an item of one's own asks. */
function taskOf(item: Survey["items"][number]): TaskId {
  if (item.report !== undefined) return taskThat("report");
  return taskThat(item.choices === undefined ? "answer" : "choice");
}

/** Items without the types of a task that some of the test alone have: their answers could not be scored together. */
function evenTypes(items: Survey["items"], cases: readonly SurveyedCase[]): Pick<Survey, "items" | "notes"> {
  const tested = new Set(cases.filter(({ split }) => split === "test").map((one) => one.case));
  const uneven = taskIds.flatMap((task) => {
    const own = items.filter((item) => taskOf(item) === task && tested.has(String(item.case)));
    const without = own.filter(({ type }) => type === undefined).length;
    return without === 0 || without === own.length ? [] : [{ task, without, count: own.length }];
  });
  const bare = new Set(uneven.map(({ task }) => task));
  return {
    items: items.map((item) => {
      const { type, ...others } = item;
      return bare.has(taskOf(item)) ? others : item;
    }),
    notes: uneven.map(
      ({ task, without, count }) =>
        `The types of ${task} are left out: ${without} of its ${count} items in the test have none. For numbers by type fill the column, and begin again.`,
    ),
  };
}

/** Tasks with items on both sides: what is trained and cannot be scored ends a run with nothing. */
function tasksOf(
  items: Survey["items"],
  cases: readonly SurveyedCase[],
): { readonly tasks: readonly TaskId[]; readonly notes: readonly string[] } {
  const splitOf = new Map(cases.map((one) => [one.case, one.split]));
  const inSplit = (task: TaskId, split: SplitName): boolean =>
    items.some((item) => taskOf(item) === task && splitOf.get(String(item.case)) === split);
  const there = taskIds.filter((task) => items.some((item) => taskOf(item) === task));
  const tasks = there.filter((task) => inSplit(task, "train") && inSplit(task, "test"));
  const left = there.filter((task) => !tasks.includes(task));
  return {
    tasks,
    notes: left.map(
      (task) =>
        `The recipe leaves ${task} out: of its items none are in ${inSplit(task, "test") ? "training" : "the test"}.`,
    ),
  };
}

function casesOf(
  paths: readonly string[],
  { facts, items }: Joined,
  idOf: (path: string) => string,
): { readonly cases: readonly SurveyedCase[]; readonly notes: readonly string[] } {
  const hasPatients = paths.some((path) => facts.get(path)?.patient !== undefined);
  const given = paths.map((path) => splitNamed(facts.get(path)?.split ?? ""));
  const hasSplits =
    given.every((split) => split !== undefined) && given.includes("train") && given.includes("test");
  const plain = paths.map((path) => {
    const { patient, series } = facts.get(path) ?? {};
    return { case: idOf(path), patient: patient ?? idOf(path), image: path, series: series ?? "" };
  });
  const drawn = hasSplits ? undefined : splitsOf(plain, items);
  const cases = plain.map((one, at) => ({ ...one, split: drawn?.get(one.case) ?? given[at] ?? "train" }));
  return {
    cases,
    notes: [
      hasPatients
        ? "Patients are those of the tables."
        : 'No column names patients: every scan counts as a patient of its own. Where some have several scans, add a column "patient" and begin again: else the same person may be trained and tested on.',
      hasSplits
        ? "Splits are those of the tables."
        : "Splits are drawn: 7 of 10 patients to train on, 3 to test on; patients with the same report stay together.",
    ],
  };
}

function splitsOf(
  cases: readonly Omit<SurveyedCase, "split">[],
  items: Joined["items"],
): ReadonlyMap<string, SplitName> {
  const of = new Map<string, { reports: string[]; strata: string[] }>(
    cases.map((one) => [one.case, { reports: [], strata: [] }]),
  );
  for (const { case: id, values } of items) {
    const { report, question, type, choices } = values;
    if (typeof report === "string")
      of.get(id)?.reports.push(report.trim().toLowerCase().split(/\s+/u).join(" "));
    if (question !== undefined)
      of.get(id)?.strata.push(`${choices === undefined ? "open" : "closed"}/${String(type ?? "")}`);
  }
  const drawing = cases.map(({ case: id, patient }) => ({
    id,
    patient,
    reports: [],
    strata: [],
    ...of.get(id),
  }));
  try {
    return drawSplit(drawing, { shares, by: "report", seed: 0 }).splitOf;
  } catch (error) {
    if (!isTomoeError(error) || error.code !== "DATA_EMPTY") throw error;
    throw new TomoeError(
      "DATA_EMPTY",
      "all patients share a report, or are one: nothing is left to test on",
      {
        hint: 'Give the tables a column "split" with train and test, or reports of more patients.',
        details: { cases: cases.length },
      },
    );
  }
}

/** What is missing to train on, with what was not read. */
function nothing(
  { folder, content, tables, told }: Pick<Survey, "folder" | "content" | "tables" | "told">,
  named: number,
): TomoeError {
  const [unread] = content.unread;
  const why =
    content.scans.length === 0
      ? `no scan is read${unread === undefined ? "" : `: ${unread.path}: ${unread.why}`}`
      : tables.length === 0
        ? "there is no table of reports or questions (.csv, .tsv, .jsonl, .parquet)"
        : `its tables ask about ${named} of its ${content.scans.length} scans, and two are needed: ${tables
            .flatMap(({ table, notes }) => notes.map((note) => `${table}: ${note}`))
            .slice(0, 2)
            .join(" ")}`;
  return new TomoeError("DATA_EMPTY", `nothing can be trained on in ${folder}: ${why}`, {
    hint: 'A table needs a column "image" with the path or name of each scan, and "report", or "question" and "answer".',
    details: {
      path: folder,
      scans: content.scans.length,
      unread: content.unread.slice(0, 50).map(({ path, why: reason }) => ({ path, why: reason })),
      tables: tables.map(({ table, rows, used, notes }) => ({ table, rows, used, notes: [...notes] })),
      rows: told
        .slice(0, 50)
        .map(({ place, why: reason }) => ({ table: place.table, row: place.row, why: reason })),
    },
  });
}
