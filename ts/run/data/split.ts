import {
  collectRows,
  type DrawnCase,
  drawSplit,
  type Leak,
  LeakScan,
  type OpenOptions,
  plainReport,
  type RowsOfCase,
  readSkips,
  type Shares,
  type SplitName,
  splitDigest,
} from "../../data/sources/index.ts";
import { StreamedFile } from "../../files/index.ts";
import type { LayoutName } from "../../schema/tables/layouts.ts";
import { predicts } from "../../schema/task.ts";
import { openNamed } from "./opened.ts";

/** What a split is drawn of, and where to. */
export interface SplitOptions {
  readonly path: string;
  readonly layout?: LayoutName | undefined;
  readonly open: OpenOptions;
  readonly shares: Shares;
  readonly by: "patient" | "report";
  readonly seed: number;
  /** Problems of a verification: what they leave out has no split. */
  readonly problems?: string | undefined;
  /** The table that is written; none where absent. */
  readonly out?: string | undefined;
  readonly signal: AbortSignal;
}

/** What one split holds. */
interface SplitPart {
  readonly patients: number;
  readonly cases: number;
  readonly items: number;
}

/** What `tomoe data split --json` prints. */
export interface SplitDocument {
  readonly ok: true;
  readonly layout: LayoutName;
  readonly table: string | null;
  readonly by: "patient" | "report";
  readonly seed: number;
  readonly shares: Shares;
  readonly splits: { readonly train: SplitPart; readonly validation: SplitPart; readonly test: SplitPart };
  /** Items of each task and type in each split. */
  readonly strata: readonly {
    readonly task: string;
    readonly type: string | null;
    readonly train: number;
    readonly validation: number;
    readonly test: number;
  }[];
  readonly groups: { readonly count: number; readonly largestCases: number };
  /** What the drawn splits share: reports, where patients alone are kept together. */
  readonly leaks: readonly Leak[];
  readonly skipped: number;
  readonly digest: string;
}

/**
 * Draws a split of a data set by patient, or by patient and report, with the items of each task and type in their
 * shares, and writes it as a table of cases.
 *
 * @throws TomoeError of the layout; `DATA_MANIFEST` with all that is wrong with rows and is not among the problems
 * given; `DATA_EMPTY` where there are fewer groups than splits; `OUTPUT_EXISTS` and those of the disk.
 */
export async function splitData(options: SplitOptions): Promise<SplitDocument> {
  const { path, layout, by, seed, shares, signal, out } = options;
  const source = await openNamed(path, layout, { ...options.open, signal });
  const skips = options.problems === undefined ? undefined : await readSkips(options.problems);
  const { cases, skipped } = await collectRows(source, { ignoresSplits: true, skips });
  const { splitOf, groups } = drawSplit(cases.map(drawnCase), { shares, by, seed });
  if (out !== undefined)
    await writeTable(
      out,
      cases.map(({ row }) => [row.id, splitOf.get(row.id) ?? "train"]),
    );
  return {
    ok: true,
    layout: source.layout,
    table: out ?? null,
    by,
    seed,
    shares,
    splits: {
      train: partOf(cases, splitOf, "train"),
      validation: partOf(cases, splitOf, "validation"),
      test: partOf(cases, splitOf, "test"),
    },
    strata: strataOf(cases, splitOf),
    groups,
    leaks: leaksOf(cases, splitOf),
    skipped: skipped.length,
    digest: splitDigest(splitOf),
  };
}

/** A case as the draw sees it. */
export function drawnCase({ row, items }: RowsOfCase): DrawnCase {
  return {
    id: row.id,
    patient: row.patient,
    reports: items.flatMap(({ task, type, target }) =>
      predicts(task, "report") ? [`${type ?? ""}\0${plainReport(target)}`] : [],
    ),
    strata: items.map(({ task, type }) => JSON.stringify([task, type ?? null])),
  };
}

function partOf(
  cases: readonly RowsOfCase[],
  splitOf: ReadonlyMap<string, SplitName>,
  split: SplitName,
): SplitPart {
  const mine = cases.filter(({ row }) => splitOf.get(row.id) === split);
  return {
    patients: new Set(mine.map(({ row }) => row.patient)).size,
    cases: mine.length,
    items: mine.reduce((sum, { items }) => sum + items.length, 0),
  };
}

function strataOf(
  cases: readonly RowsOfCase[],
  splitOf: ReadonlyMap<string, SplitName>,
): SplitDocument["strata"] {
  const strata = new Map<string, { train: number; validation: number; test: number }>();
  for (const one of cases) {
    const split = splitOf.get(one.row.id) ?? "train";
    for (const key of drawnCase(one).strata) {
      const counts = strata.get(key) ?? { train: 0, validation: 0, test: 0 };
      counts[split]++;
      strata.set(key, counts);
    }
  }
  return [...strata]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, counts]) => {
      const [task, type] = JSON.parse(key) as [string, string | null];
      return { task, type, ...counts };
    });
}

function leaksOf(cases: readonly RowsOfCase[], splitOf: ReadonlyMap<string, SplitName>): readonly Leak[] {
  const scan = new LeakScan();
  for (const { row } of cases) scan.case({ ...row, split: splitOf.get(row.id) ?? null });
  for (const { row, items } of cases)
    for (const item of items) scan.item({ ...item, split: undefined }, splitOf.get(row.id) ?? null);
  return scan.leaks();
}

/** Cases in the order of the data set, for a recipe's `splits`. */
async function writeTable(path: string, rows: readonly (readonly [string, SplitName])[]): Promise<void> {
  const file = await StreamedFile.begin(path);
  try {
    await file.write("case,split\r\n");
    for (const [id, split] of rows) await file.write(`${quoted(id)},${split}\r\n`);
    await file.commit();
  } finally {
    await file.abandon();
  }
}

/** An id as RFC 4180 writes it, letter by letter: it has to be read back. */
const quoted = (id: string): string => (/[",\r\n]/.test(id) ? `"${id.replaceAll('"', '""')}"` : id);
