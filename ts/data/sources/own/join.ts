import type { OwnColumn } from "../layouts/table/columns.ts";
import { chosen } from "../layouts/table/rows.ts";
import type { Place } from "../source.ts";
import type { TakenColumns } from "./columns.ts";
import { takeColumns } from "./columns.ts";
import { type OwnTable, openTable, tableRows } from "./read-table.ts";

/** How a table is taken. */
export interface TableTaken {
  readonly table: string;
  readonly rows: number;
  /** Rows that are used; the others are told. */
  readonly used: number;
  /** Our column -> the table's; the table's are counted where it has no header. */
  readonly columns: Readonly<Record<string, string>>;
  /** In sentences: what else was found out, and what is not read. */
  readonly notes: readonly string[];
}

/** A row that is not used. */
export interface RowTold {
  readonly place: Place;
  readonly why: string;
}

/** A row as the recipe's tables have it. */
export interface OwnItem {
  readonly case: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** What tables say of scans. */
export interface Joined {
  readonly tables: readonly TableTaken[];
  readonly told: readonly RowTold[];
  readonly items: readonly OwnItem[];
  /** By the scan's path: what its rows say of it beside items. */
  readonly facts: ReadonlyMap<
    string,
    { readonly patient?: string; readonly split?: string; readonly series?: string }
  >;
}

/** Finds the scan that a text names; several where it is not clear. */
export type FindScan = (text: string) => readonly string[];

/** Rows in which a column is looked for that names scans. */
const rowsLookedAt = 50;
/** Share of those that have to name one. */
const most = 0.8;

/**
 * Names under which a scan may stand in a table: its path, the name of its file or folder, each with and without what
 * ends it.
 */
export function scanFinder(
  scans: readonly { readonly path: string; readonly alias: string | null }[],
): FindScan {
  const byName = new Map<string, Set<string>>();
  const bare = (name: string): string => name.replace(/\.(?:nii\.gz|nii|mha|mhd|nrrd|nhdr|dcm)$/i, "");
  const last = (name: string): string => name.split("/").at(-1) ?? name;
  for (const { path, alias } of scans)
    for (const name of alias === null ? [path] : [path, alias])
      for (const one of [name, bare(name), last(name), bare(last(name))])
        byName.set(one, (byName.get(one) ?? new Set()).add(path));
  return (text) => {
    const name = text.trim().replaceAll("\\", "/").replace(/^\.\//, "").replace(/\/+$/, "");
    return [...(byName.get(name) ?? [])];
  };
}

/**
 * Reads tables of one's own and joins their rows with scans.
 *
 * @param folder - absolute; tables and absolute paths in them lie below it.
 * @param caseOf - the id of a scan.
 * @throws TomoeError `PERMISSION`, `IO_FAILED`, `CANCELLED`.
 */
export async function joinTables(
  folder: string,
  names: readonly string[],
  find: FindScan,
  caseOf: (path: string) => string,
  signal?: AbortSignal,
): Promise<Joined> {
  const told: RowTold[] = [],
    items: OwnItem[] = [],
    tables: TableTaken[] = [];
  const facts = new Map<string, { patient?: string; split?: string; series?: string }>();
  const inside = (text: string): readonly string[] =>
    find(text.startsWith(`${folder}/`) ? text.slice(folder.length + 1) : text);
  for (const table of names) {
    const opened = await openTable({ path: `${folder}/${table}`, table, signal });
    if ("why" in opened) {
      tables.push({ table, rows: 0, used: 0, columns: {}, notes: [`Not read: ${opened.why}.`] });
      continue;
    }
    const plan = await planOf(opened, inside);
    if ("why" in plan) {
      tables.push({ table, rows: 0, used: 0, columns: {}, notes: [`Not read: ${plan.why}`] });
      continue;
    }
    let [rows, used] = [0, 0];
    for await (const found of tableRows(opened, plan.header)) {
      rows++;
      const read =
        found.kind === "row" ? rowOf(found.row.values, plan, inside) : { why: found.problem.message };
      const place = found.kind === "row" ? found.row.place : (found.problem.place ?? { table, row: 0 });
      if ("why" in read) told.push({ place, why: read.why });
      else {
        used++;
        const known = facts.get(read.path) ?? {};
        facts.set(read.path, { ...known, ...read.facts });
        for (const values of read.items) items.push({ case: caseOf(read.path), values });
      }
    }
    tables.push({ table, rows, used, columns: Object.fromEntries(plan.taken.taken), notes: plan.notes });
  }
  return { tables, told, items, facts };
}

interface Plan {
  /** Names in place of a header that is not there. */
  readonly header?: readonly string[];
  readonly taken: TakenColumns;
  /** The column that names scans. */
  readonly scan: string;
  readonly notes: readonly string[];
}

/** What the columns of a table are, or why that is not clear. */
async function planOf(opened: OwnTable, find: FindScan): Promise<Plan | { readonly why: string }> {
  const { first, delimiter } = opened;
  const names = delimiter === null ? first : first.filter((name) => find(name).length > 0);
  // A header names no scan.
  if (delimiter !== null && names.length > 0) return headless(opened, find);
  const taken = takeColumns(first);
  const notes = notesOf(taken, delimiter);
  const counts = await namesScans(opened, first, find);
  const share = (name: string): number => counts.get(name) ?? 0;
  // A column of that name is taken at its word once one of its values names a scan: rows that do not are told.
  const [column] = [taken.taken.get("image") ?? "", taken.taken.get("case") ?? ""].toSorted(
    (a, b) => share(b) - share(a),
  );
  if (column !== undefined && share(column) > 0) return { taken, scan: column, notes };
  const best = [...counts].toSorted(([, a], [, b]) => b - a)[0];
  if (best === undefined || best[1] < most) {
    const near = taken.kept
      .filter(({ meant }) => meant !== null)
      .map(({ name, meant }) => `"${name}" (did you mean "${meant}"?)`);
    const columns = first.map((name) => `"${name}"`).join(", ");
    return {
      why: `no column names scans; it has ${columns}${near.length === 0 ? "" : `: ${near.join(", ")}`}. Give it a column "image" with the path or name of each scan.`,
    };
  }
  const all = new Map(taken.taken);
  for (const [ours, name] of all) if (name === best[0]) all.delete(ours);
  all.set("image", best[0]);
  return {
    taken: { ...taken, taken: all, kept: taken.kept.filter(({ name }) => name !== best[0]) },
    scan: best[0],
    notes: [
      `Column "${best[0]}" is taken for "image": ${Math.round(100 * best[1])} % of its first values name a scan.`,
      ...notes,
    ],
  };
}

/** A table without a header: two columns are a scan and its report; more are not clear. */
function headless({ first }: OwnTable, find: FindScan): Plan | { readonly why: string } {
  const at = first.findIndex((name) => find(name).length > 0);
  if (first.length !== 2)
    return {
      why: `it has no header, and what its ${first.length} columns are cannot be known from their content. Write one line above them, e.g. image,question,choices,answer.`,
    };
  const header = at === 0 ? ["image", "report"] : ["report", "image"];
  return {
    header,
    taken: takeColumns(header),
    scan: "image",
    notes: [`It has no header: column ${at + 1} names scans, the other one is taken for reports.`],
  };
}

function notesOf({ kept, unclear, options }: TakenColumns, delimiter: string | null): readonly string[] {
  return [
    ...(delimiter === ";" ? ["Its fields are separated by semicolons."] : []),
    ...(options.length === 0
      ? []
      : [`The options of a question are taken from ${options.map((name) => `"${name}"`).join(", ")}.`]),
    ...unclear.map(
      ({ column, names }) =>
        `None is taken for "${column}": ${names.map((name) => `"${name}"`).join(" and ")} both may be it. Rename the right one to ${column}.`,
    ),
    ...kept.flatMap(({ name, meant }) =>
      meant === null ? [] : [`Column "${name}" is not read: did you mean "${meant}"? Rename it then.`],
    ),
  ];
}

/** How many of the first values of each column name a scan. */
async function namesScans(
  opened: OwnTable,
  columns: readonly string[],
  find: FindScan,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map(columns.map((name) => [name, 0]));
  let rows = 0;
  for await (const found of tableRows(opened)) {
    if (found.kind !== "row") continue;
    rows++;
    for (const name of columns)
      if (find(String(found.row.values[name] ?? "")).length > 0)
        counts.set(name, (counts.get(name) ?? 0) + 1);
    if (rows >= rowsLookedAt) break;
  }
  return new Map([...counts].map(([name, count]) => [name, rows === 0 ? 0 : count / rows]));
}

type ReadRow =
  | { readonly why: string }
  | {
      readonly path: string;
      readonly facts: { readonly patient?: string; readonly split?: string; readonly series?: string };
      readonly items: readonly Readonly<Record<string, unknown>>[];
    };

function rowOf(values: Readonly<Record<string, unknown>>, plan: Plan, find: FindScan): ReadRow {
  const text = (column: OwnColumn): string | undefined => {
    const name = plan.taken.taken.get(column);
    const value = name === undefined ? undefined : values[name];
    const written = typeof value === "number" || typeof value === "boolean" ? String(value) : value;
    return typeof written === "string" && written.trim() !== "" ? written : undefined;
  };
  const named = String(values[plan.scan] ?? "");
  const [path, ...others] = find(named);
  if (path === undefined)
    return { why: named.trim() === "" ? "it names no scan" : `"${named}" is no scan that is read` };
  if (others.length > 0)
    return { why: `"${named}" may be ${[path, ...others].slice(0, 3).join(" or ")}: write its path` };
  const facts = Object.fromEntries(
    (["patient", "split", "series"] as const).flatMap((column) => {
      const value = text(column);
      return value === undefined ? [] : [[column, value]];
    }),
  );
  const [report, question, answer] = [text("report"), text("question"), text("answer")];
  if (question !== undefined && answer === undefined) return { why: "it has a question without an answer" };
  const choices = choicesOf(values, plan.taken);
  const type = text("type");
  const items = [
    ...(report === undefined ? [] : [{ report }]),
    ...(question === undefined || answer === undefined
      ? []
      : [
          {
            question,
            ...(choices === undefined ? {} : { choices }),
            answer: choices === undefined ? answer : chosen(choices, answer),
            ...(type === undefined ? {} : { type }),
          },
        ]),
  ];
  return { path, facts, items };
}

function choicesOf(
  values: Readonly<Record<string, unknown>>,
  { taken, options }: TakenColumns,
): readonly string[] | undefined {
  if (options.length > 0) {
    const all = options.map((name) => String(values[name] ?? "").trim());
    const last = all.findLastIndex((choice) => choice !== "");
    // A gap keeps its letter.
    return last < 1 ? undefined : all.slice(0, last + 1).map((choice) => (choice === "" ? "NA" : choice));
  }
  const value = values[taken.get("choices") ?? ""];
  if (Array.isArray(value)) return value.map(String);
  if (typeof value !== "string" || value.trim() === "") return undefined;
  try {
    const list: unknown = value.trimStart().startsWith("[") ? JSON.parse(value) : undefined;
    if (Array.isArray(list)) return list.map(String);
  } catch {
    // Text that begins with a bracket.
  }
  const separator = value.includes("|") ? "|" : ";";
  return value.split(separator).map((choice) => choice.trim());
}
