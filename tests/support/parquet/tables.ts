import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parquetRows } from "../../../ts/data/sources/rows/parquet/rows.ts";
import type { SourceProblem } from "../../../ts/data/sources/source.ts";
import { python } from "../tensor-verdicts.ts";

type Values = Readonly<Record<string, unknown>>;

/** Tables that pyarrow wrote into a folder, and what each has to be read as. */
export function tablesByPyarrow(
  folder: string,
  rows: number,
): { readonly names: readonly string[]; readonly expected: readonly Values[] } {
  const script = fileURLToPath(new URL("write_tables.py", import.meta.url));
  const { status, stderr } = spawnSync(python, [script, folder, String(rows)], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  const expected = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8")) as readonly Values[];
  return { names: readdirSync(folder).filter((name) => name.endsWith(".parquet")), expected };
}

/** All that a table gives: its rows by number, and what is wrong with it. */
export async function readTable(
  path: string,
  table = "t.parquet",
): Promise<{ readonly rows: ReadonlyMap<number, Values>; readonly problems: readonly SourceProblem[] }> {
  const rows = new Map<number, Values>();
  const problems: SourceProblem[] = [];
  for await (const found of parquetRows({ path, table }))
    if (found.kind === "row") rows.set(found.row.place.row, found.row.values);
    else problems.push(found.problem);
  return { rows, problems };
}

/** Writes rows as pyarrow does of a list of them, in groups of two: path to rows. */
export function writeByPyarrow(tables: Readonly<Record<string, readonly object[]>>): void {
  const script = fileURLToPath(new URL("rows_to_parquet.py", import.meta.url));
  const { status, stderr } = spawnSync(python, [script], { input: JSON.stringify(tables), encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}
