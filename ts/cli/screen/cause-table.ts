import type { Cause } from "../../run/history/index.ts";
import { plainText } from "../terminal.ts";
import { textTable } from "../text-table.ts";

/** Characters of a value that a line shows; `--json` has it whole. */
const shown = 48;

function valueText(value: unknown): string {
  const text = plainText(typeof value === "string" ? value : JSON.stringify(value)).replaceAll("\n", " ");
  return text.length <= shown ? text : `${text.slice(0, shown - 3)}...`;
}

/** What differs between two runs, as a table for people. */
export function causeTable(causes: readonly Cause[]): string {
  return textTable(
    [{ title: "KIND" }, { title: "PATH" }, { title: "A" }, { title: "B" }],
    causes.map(({ kind, path, a, b }) => [kind, plainText(path), valueText(a), valueText(b)]),
  );
}
