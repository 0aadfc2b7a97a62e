import { createHash } from "node:crypto";
import { TomoeError } from "../../errors.ts";
import type { CaseRow, ItemRow } from "../../schema/sample.ts";
import type { Dataset, DatasetCase } from "../dataset/index.ts";
import { checkedRows } from "./check.ts";
import { exists } from "./folder.ts";
import { rowProblem } from "./rows/records.ts";
import type { OpenedSource, SourceCase, SourceItem, SourceProblem } from "./source.ts";

/** Problems that an error carries whole; a message shows fewer. */
const problemsTold = 200,
  problemsShown = 5;
/** Scans that are looked for at once. */
const looksAtOnce = 64;

/** What a data set is collected for. */
export interface CollectOptions {
  /** The words that ask for a report where the data set has none. */
  readonly reportRequest: string;
  /** True where the splits are drawn anew: then those of the data set are not asked. */
  readonly ignoresSplits: boolean;
}

/**
 * Walks a data set and keeps what training and evaluation read of it, once nothing is wrong with any row and every scan
 * is there.
 *
 * @throws TomoeError `DATA_MANIFEST` with all problems of all rows at once, `DATA_LEAK` where splits alone are wrong,
 * `DATA_EMPTY`, and those of the disk.
 */
export async function datasetOf(
  source: OpenedSource,
  { reportRequest, ignoresSplits }: CollectOptions,
): Promise<Dataset> {
  const cases = new Map<string, { readonly row: SourceCase; readonly items: ItemRow[] }>();
  const problems: SourceProblem[] = [];
  for await (const found of checkedRows(source, { ignoresSplits })) {
    if (found.kind === "case") {
      cases.set(found.row.id, { row: found.row, items: [] });
      problems.push(...(ignoresSplits ? [] : unsplit(found.row)));
    } else if (found.kind === "item")
      cases.get(found.row.case)?.items.push(itemRow(found.row, reportRequest));
    else if (found.kind === "problem") problems.push(found.problem);
  }
  problems.push(...(await missingScans([...cases.values()].map(({ row }) => row))));
  if (problems.length > 0) throw allProblems(source, problems);
  if (cases.size === 0)
    throw new TomoeError("DATA_EMPTY", `${source.folder} holds no cases of the layout ${source.layout}`, {
      hint: "See which rows its filters leave.",
      details: { path: source.folder },
    });
  const collected = [...cases.values()].map(({ row, items }) => datasetCase(row, items));
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
      hint: problems[0]?.hint ?? "Mend the rows.",
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
