import { join } from "node:path";
import type { z } from "zod";
import { TomoeError } from "../../../errors.ts";
import { readJson } from "../../../files/index.ts";
import { caseRowSchema, datasetManifestSchema, itemRowSchema } from "../../../schema/sample.ts";
import { layoutRow } from "../../../schema/tables/layouts.ts";
import { countRows, folderOf, needed, placed } from "../folder.ts";
import { jsonLineRows } from "../rows/json-lines.ts";
import { rowProblem } from "../rows/records.ts";
import type { TableRow } from "../rows/table-row.ts";
import type { DatasetSource, Found, OpenedSource, OpenOptions, SourceCase, SourceItem } from "../source.ts";

const schema = { ...layoutRow("phantom"), filters: {}, repeatsCases: false } as const;

/** A folder as PhantomCT is written, and as `ctFolder` reads it: manifest.json, cases.jsonl, items.jsonl. */
export const phantomSource: DatasetSource = {
  kind: "phantom",
  schema,
  count: async (path, options) => await countRows(await openPhantom(path, options)),
  open: async (path, options) => await openPhantom(path, options),
};

async function openPhantom(path: string, { scans, signal, looks }: OpenOptions = {}): Promise<OpenedSource> {
  const folder = await folderOf(path, looks);
  await needed(folder, "phantom", [["manifest.json"], ["cases.jsonl"], ["items.jsonl"]], looks);
  looks?.content(join(folder, "manifest.json"));
  const { facts } = await readJson(join(folder, "manifest.json"), datasetManifestSchema, notAManifest);
  const file = (table: string) => ({ path: join(folder, table), table, signal, looks });
  return {
    layout: "phantom",
    schema,
    folder,
    facts,
    tables: ["cases.jsonl", "items.jsonl"],
    cases: () => rows(jsonLineRows(file("cases.jsonl")), (row) => caseOf(row, scans ?? folder)),
    items: () => rows(jsonLineRows(file("items.jsonl")), itemOf),
  };
}

function notAManifest(where: string, what: string): TomoeError {
  return new TomoeError("DATA_MANIFEST", `${where}: ${what}`, { hint: "Copy the data set again." });
}

async function* rows<T>(
  found: ReturnType<typeof jsonLineRows>,
  use: (row: TableRow) => Found<T>,
): AsyncGenerator<Found<T>, void, undefined> {
  for await (const one of found) yield one.kind === "row" ? use(one.row) : one;
}

function caseOf({ values, place }: TableRow, folder: string): Found<SourceCase> {
  const parsed = caseRowSchema.safeParse(values);
  if (!parsed.success) return misshapen(parsed.error, { values, place });
  const { case: id, subject, path, split, slice, facts, patchLabels } = parsed.data;
  const scan = placed(folder, path),
    labels = patchLabels === undefined ? undefined : placed(folder, patchLabels);
  if (scan === undefined || (patchLabels !== undefined && labels === undefined)) {
    const problem = rowProblem(
      place,
      `"${scan === undefined ? path : (patchLabels ?? "")}" leaves the folder`,
      "Write paths inside the folder.",
    );
    return { kind: "problem", problem: { ...problem, case: id } };
  }
  return {
    kind: "row",
    row: { id, patient: subject, paths: [scan], split, slice, facts, patchLabels: labels, place },
  };
}

function itemOf({ values, place }: TableRow): Found<SourceItem> {
  const parsed = itemRowSchema.safeParse(values);
  return parsed.success
    ? { kind: "row", row: { ...parsed.data, place } }
    : misshapen(parsed.error, { values, place });
}

function misshapen(
  { issues }: z.ZodError,
  { values, place }: TableRow,
): { readonly kind: "problem"; readonly problem: ReturnType<typeof rowProblem> } {
  const told = issues.map(({ path, message }) => `${path.join(".") || "row"}: ${message}`);
  const problem = rowProblem(place, told.join("; "), "Write the keys of a dataset folder's rows.");
  const id = (key: string): string | undefined => (typeof values[key] === "string" ? values[key] : undefined);
  return { kind: "problem", problem: { ...problem, case: id("case"), item: id("id") } };
}
