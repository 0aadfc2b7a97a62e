import { createHash } from "node:crypto";
import { TomoeError } from "../../errors.ts";
import type { CaseRow, ItemRow } from "../../schema/sample.ts";
import { type BeginSink, type Dataset, type DatasetCase, GroupedRows, NamedRows } from "../dataset/index.ts";
import { caseInSplit } from "./certified/content.ts";
import { missingScans } from "./indexed/missing.ts";
import { RowKeeper, type RowsOptions, splitProblems } from "./keep.ts";
import type { Skipped } from "./skips.ts";
import type { OpenedSource, SourceCase, SourceItem, SourceProblem, SplitName } from "./source.ts";
import type { SplitTable } from "./split-table.ts";

/** What a data set is collected for. */
export interface CollectOptions extends RowsOptions {
  /** The words that ask for a report where the data set has none. */
  readonly reportRequest: string;
  /** Where each case is put, in place of the data set's own splits. */
  readonly splits?: SplitTable | undefined;
  /** Takes the cases as they are digested, where nothing is wrong with any. */
  readonly begin?: BeginSink | undefined;
}

/** A case with all that is asked about it. */
export interface RowsOfCase {
  readonly row: SourceCase;
  /** Read anew from where they are kept each time they are asked for. */
  readonly items: readonly SourceItem[];
}

/**
 * Walks a data set and keeps all of its rows, once nothing is wrong with any, in spools: what it holds is some hundred bytes a
 * case and a dozen an item.
 *
 * A case that stands in two splits, where leaks are kept, is two cases: each has the items of its split.
 *
 * @param check - what else may be wrong with the cases.
 * @throws TomoeError `DATA_MANIFEST` with all problems of all rows that are not among those left out, `DATA_LEAK` where
 * splits alone are wrong, and those of the disk.
 */
export async function collectRows(
  source: OpenedSource,
  options: RowsOptions,
  check: (cases: Iterable<SourceCase>) => Promise<readonly SourceProblem[]> = async () => [],
): Promise<{
  readonly cases: readonly RowsOfCase[];
  readonly itemCount: number;
  readonly skipped: readonly Skipped[];
}> {
  const cases = new NamedRows<SourceCase>();
  const items = new GroupedRows<SourceItem>();
  const keeper = new RowKeeper(source, options);
  for await (const kept of keeper.rows())
    if (kept.kind === "case") cases.set(kept.row);
    else {
      const of = numberOf(cases, kept.row, options.ignoresSplits);
      if (of !== undefined) items.add(of, kept.row);
    }
  for (const problem of await check(cases)) keeper.refuse(problem);
  keeper.finish();
  const read = Array.from({ length: cases.count }, (_, at) => new SpooledCase({ cases, items }, at));
  return { cases: read, itemCount: items.count, skipped: keeper.skipped };
}

interface Spools {
  readonly cases: NamedRows<SourceCase>;
  readonly items: GroupedRows<SourceItem>;
}

/** A case by its number. */
class SpooledCase {
  readonly #of: Spools;
  readonly #at: number;

  constructor(of: Spools, at: number) {
    this.#of = of;
    this.#at = at;
  }

  get row(): SourceCase {
    return this.#of.cases.at(this.#at);
  }

  get items(): readonly SourceItem[] {
    return this.#of.items.of(this.#at);
  }
}

/** The number of the case that an item belongs to, or of that case in the item's own split. */
function numberOf(
  cases: NamedRows<SourceCase>,
  { case: id, split }: SourceItem,
  ignoresSplits: boolean,
): number | undefined {
  const own = cases.numberOf(id);
  if (own === undefined || ignoresSplits || split === undefined) return own;
  const row = cases.at(own);
  if (row.split === split) return own;
  const moved = caseInSplit(id, split);
  return cases.numberOf(moved) ?? cases.set({ ...row, id: moved, split });
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
  const { reportRequest, splits, begin } = options;
  let isClean = true;
  const rows = { ...options, ignoresSplits: options.ignoresSplits || splits !== undefined };
  const { cases, itemCount, skipped } = await collectRows(source, rows, async (found) => {
    const wrong: SourceProblem[] = [];
    if (!options.ignoresSplits) for (const row of found) wrong.push(...splitProblems(row, splits));
    wrong.push(...(await missingScans(found)));
    isClean = wrong.length === 0;
    return wrong;
  });
  if (cases.length === 0)
    throw new TomoeError("DATA_EMPTY", `${source.folder} holds no cases of the layout ${source.layout}`, {
      hint: "See which rows its filters leave.",
      details: { path: source.folder },
    });
  const collected = cases.map((of) => {
    const { id, split } = of.row;
    return new WalkedCase(of, splits?.splitOf.get(id) ?? split ?? "train", reportRequest);
  });
  // What a list of problems lets pass of scans is looked at anew each time.
  const fingerprint = await fingerprintOf(source, collected, isClean ? begin : undefined);
  return {
    folder: source.folder,
    manifest: {
      format: "tomoe.dataset/1",
      name: source.layout,
      source: `layout ${source.layout}`,
      cases: collected.length,
      items: itemCount,
      facts: source.facts ?? {},
      patchClasses: [],
    },
    fingerprint,
    cases: collected,
    skipped,
  };
}

/** A case as training and evaluation read it: everything but its split lies in a spool. */
class WalkedCase {
  readonly split: SplitName;
  readonly #of: RowsOfCase;
  readonly #request: string;

  constructor(of: RowsOfCase, split: SplitName, request: string) {
    this.split = split;
    this.#of = of;
    this.#request = request;
  }

  get row(): CaseRow {
    const { id, patient, paths, series, facts, patchLabels, slice } = this.#of.row;
    return {
      case: id,
      subject: patient,
      path: paths[0],
      split: this.split,
      ...(series === undefined ? {} : { series }),
      ...(facts === undefined ? {} : { facts: { ...facts } }),
      ...(patchLabels === undefined ? {} : { patchLabels }),
      ...(slice === undefined ? {} : { slice }),
    };
  }

  get items(): readonly ItemRow[] {
    const { row, items } = this.#of;
    return items.map((item) => itemRow({ ...item, case: row.id }, this.#request));
  }

  get calibration(): SourceCase["calibration"] {
    return this.#of.row.calibration;
  }
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

/** SHA-256 over what is read of the rows; not over where the data set lies. */
async function fingerprintOf(
  { layout }: OpenedSource,
  cases: readonly DatasetCase[],
  begin: BeginSink = () => null,
): Promise<string> {
  const hash = createHash("sha256").update(`tomoe.layout/1/${layout}`);
  const keep = begin(cases.length);
  for (const one of cases) {
    const { row, items, calibration = null } = one;
    const stated = JSON.stringify({ ...row, path: undefined, patchLabels: undefined });
    const itemsJson = JSON.stringify(items);
    hash.update(`\n[${stated},${JSON.stringify(calibration)},${itemsJson}]`);
    await keep?.({ row, calibration: one.calibration, items, itemsJson });
  }
  return hash.digest("hex");
}
