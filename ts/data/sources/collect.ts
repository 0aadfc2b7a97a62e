import { createHash } from "node:crypto";
import { TomoeError } from "../../errors.ts";
import type { CaseRow, ItemRow } from "../../schema/sample.ts";
import type { Dataset, DatasetCase } from "../dataset/index.ts";
import { checkedRows } from "./check.ts";
import { exists } from "./folder.ts";
import { rowProblem } from "./rows/records.ts";
import type { SkipList, Skipped } from "./skips.ts";
import type { OpenedSource, SourceCase, SourceItem, SourceProblem } from "./source.ts";
import type { SplitTable } from "./split-table.ts";

/** Problems that an error carries whole; a message shows fewer. */
const problemsTold = 200,
  problemsShown = 5;
/** Scans that are looked for at once. */
const looksAtOnce = 64;

/** What rows are collected for. */
export interface RowsOptions {
  /** True where the splits are drawn anew: then those of the data set are not asked. */
  readonly ignoresSplits: boolean;
  /** True where rows that leak are kept: somebody said why. */
  readonly keepsLeaks?: boolean | undefined;
  /** What is left out, with the reasons. */
  readonly skips?: SkipList | undefined;
}

/** What a data set is collected for. */
export interface CollectOptions extends RowsOptions {
  /** The words that ask for a report where the data set has none. */
  readonly reportRequest: string;
  /** Where each case is put, in place of the data set's own splits. */
  readonly splits?: SplitTable | undefined;
}

/** A case with all that is asked about it. */
export interface RowsOfCase {
  readonly row: SourceCase;
  readonly items: SourceItem[];
}

/**
 * Walks a data set and keeps all of its rows, once nothing is wrong with any.
 *
 * A case that stands in two splits, where leaks are kept, is two cases: each has the items of its split.
 *
 * @param check - what else may be wrong with the cases.
 * @throws TomoeError `DATA_MANIFEST` with all problems of all rows that are not among those left out, `DATA_LEAK` where
 * splits alone are wrong, and those of the disk.
 */
export async function collectRows(
  source: OpenedSource,
  { ignoresSplits, keepsLeaks = false, skips }: RowsOptions,
  check: (cases: readonly SourceCase[]) => Promise<readonly SourceProblem[]> = async () => [],
): Promise<{ readonly cases: readonly RowsOfCase[]; readonly skipped: readonly Skipped[] }> {
  const cases = new Map<string, RowsOfCase>();
  const problems: SourceProblem[] = [],
    skipped: Skipped[] = [];
  const refuse = (problem: SourceProblem): void => {
    const skip = skips?.ofProblem(problem);
    if (skip !== undefined) skipped.push(skip);
    else if (!(keepsLeaks && problem.code === "DATA_LEAK")) problems.push(problem);
  };
  for await (const found of checkedRows(source, { ignoresSplits, keepsLeaks })) {
    if (found.kind === "case") {
      const skip = skips?.ofCase(found.row.id);
      if (skip === undefined) cases.set(found.row.id, { row: found.row, items: [] });
      else skipped.push(skip);
    } else if (found.kind === "item") ofSplit(cases, found.row, ignoresSplits)?.items.push(found.row);
    else if (found.kind === "problem") refuse(found.problem);
  }
  for (const problem of await check([...cases.values()].map(({ row }) => row))) refuse(problem);
  if (problems.length > 0) throw allProblems(source, problems);
  return { cases: [...cases.values()], skipped };
}

/** The case that an item belongs to, or that case in the item's own split. */
function ofSplit(
  cases: Map<string, RowsOfCase>,
  { case: id, split }: SourceItem,
  ignoresSplits: boolean,
): RowsOfCase | undefined {
  const own = cases.get(id);
  if (own === undefined || ignoresSplits || split === undefined || own.row.split === split) return own;
  const moved = `${id} (${split})`;
  const known = cases.get(moved) ?? { row: { ...own.row, id: moved, split }, items: [] };
  cases.set(moved, known);
  return known;
}

/**
 * A data set as training and evaluation read it, once nothing is wrong with any row and every scan is there.
 *
 * @throws TomoeError as `collectRows`; `DATA_EMPTY`.
 */
export async function datasetOf(
  source: OpenedSource,
  options: CollectOptions,
): Promise<Dataset & { readonly skipped: readonly Skipped[] }> {
  const { reportRequest, splits } = options;
  const rows = { ...options, ignoresSplits: options.ignoresSplits || splits !== undefined };
  const { cases, skipped } = await collectRows(source, rows, async (found) => [
    ...(rows.ignoresSplits ? [] : found.flatMap(unsplit)),
    ...(splits === undefined ? [] : found.flatMap((row) => unlisted(row, splits))),
    ...(await missingScans(found)),
  ]);
  if (cases.length === 0)
    throw new TomoeError("DATA_EMPTY", `${source.folder} holds no cases of the layout ${source.layout}`, {
      hint: "See which rows its filters leave.",
      details: { path: source.folder },
    });
  const collected = cases.map(({ row, items }) => {
    const split = splits?.splitOf.get(row.id) ?? row.split;
    return datasetCase(
      { ...row, split },
      items.map((item) => itemRow({ ...item, case: row.id }, reportRequest)),
    );
  });
  const items = collected.reduce((sum, entry) => sum + entry.items.length, 0);
  return {
    folder: source.folder,
    manifest: {
      format: "tomoe.dataset/1",
      name: source.layout,
      source: `layout ${source.layout}`,
      cases: collected.length,
      items,
      facts: source.facts ?? {},
      patchClasses: [],
    },
    fingerprint: fingerprintOf(source, collected),
    cases: collected,
    skipped,
  };
}

function datasetCase(row: SourceCase, items: readonly ItemRow[]): DatasetCase {
  const { id, patient, paths, split, series, facts, patchLabels, slice, calibration } = row;
  const plain: CaseRow = {
    case: id,
    subject: patient,
    path: paths[0],
    split: split ?? "train",
    ...(series === undefined ? {} : { series }),
    ...(facts === undefined ? {} : { facts: { ...facts } }),
    ...(patchLabels === undefined ? {} : { patchLabels }),
    ...(slice === undefined ? {} : { slice }),
  };
  return { row: plain, items, ...(calibration === undefined ? {} : { calibration }) };
}

function itemRow(
  { id, case: of, task, type, question, choices, target }: SourceItem,
  request: string,
): ItemRow {
  return {
    id,
    case: of,
    task,
    ...(type === undefined ? {} : { type }),
    question: question ?? request,
    ...(choices === undefined ? {} : { choices: [...choices] }),
    target,
  };
}

function unsplit({ id, split, place }: SourceCase): readonly SourceProblem[] {
  if (split !== null) return [];
  const hint = "Fill the split in, or draw splits by patient: .split({...}).";
  return [{ ...rowProblem(place, `case "${id}" is in no split`, hint), case: id }];
}

function unlisted({ id, place }: SourceCase, { splitOf }: SplitTable): readonly SourceProblem[] {
  if (splitOf.has(id)) return [];
  const hint = "Draw the split again: tomoe data split.";
  return [{ ...rowProblem(place, `case "${id}" has no row in the table of splits`, hint), case: id }];
}

async function missingScans(rows: readonly SourceCase[]): Promise<readonly SourceProblem[]> {
  const problems: SourceProblem[] = [];
  for (let at = 0; at < rows.length; at += looksAtOnce) {
    const part = rows.slice(at, at + looksAtOnce);
    const there = await Promise.all(part.map(async ({ paths }) => await exists(paths[0])));
    part.forEach(({ id, place }, index) => {
      if (there[index] === true) return;
      const hint = "Download it, or leave its rows out.";
      problems.push({
        ...rowProblem(place, `the scan of case "${id}" is not there`, hint),
        code: "PATH_NOT_FOUND",
        case: id,
      });
    });
  }
  return problems;
}

/** SHA-256 over what is read of the rows; not over where the data set lies. */
function fingerprintOf({ layout }: OpenedSource, cases: readonly DatasetCase[]): string {
  const hash = createHash("sha256").update(`tomoe.layout/1/${layout}`);
  for (const { row, items, calibration } of cases)
    hash.update(
      `\n${JSON.stringify([{ ...row, path: undefined, patchLabels: undefined }, calibration ?? null, items])}`,
    );
  return hash.digest("hex");
}

/** All that is wrong with a data set, as one error: the first few in words, up to 200 in its details. */
function allProblems({ folder, layout }: OpenedSource, problems: readonly SourceProblem[]): TomoeError {
  const shown = problems.slice(0, problemsShown).map(({ place, message }) => {
    return `${place === null ? "" : `${place.table}:${place.row}: `}${message}`;
  });
  const more = problems.length - shown.length;
  const onlyLeaks = problems.every(({ code }) => code === "DATA_LEAK");
  return new TomoeError(
    onlyLeaks ? "DATA_LEAK" : "DATA_MANIFEST",
    `${problems.length} ${problems.length === 1 ? "problem" : "problems"} in ${folder}: ${shown.join("; ")}${more > 0 ? `; and ${more} more` : ""}`,
    {
      hint: `${problems[0]?.hint ?? "Mend the rows."} What tomoe data verify tells may be left out: problems: "problems.jsonl".`,
      details: {
        path: folder,
        layout,
        count: problems.length,
        problems: problems.slice(0, problemsTold).map(({ code, message, place, case: of, item }) => ({
          code,
          message,
          case: of ?? null,
          item: item ?? null,
          table: place?.table ?? null,
          row: place?.row ?? null,
        })),
      },
    },
  );
}
