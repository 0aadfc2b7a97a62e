import { rowBytesAtMost } from "../rows/lines.ts";
import { hiddenProblem } from "../rows/scan.ts";
import type { Fields, Tell } from "./foreign.ts";

/** Columns whose cells hold more than one value, or no text. */
const lists = ["type", "choices", "choiceLogProbs", "choiceTokens"] as const;
const objects = ["labels", "route", "meta"] as const;

/** Columns of which an empty cell is a value: an empty answer, a target that is blank. */
const texts: ReadonlySet<string> = new Set(["prediction", "target"]);

function json(cell: string, column: string, tell: Tell): unknown {
  try {
    const value: unknown = JSON.parse(cell);
    const hidden = hiddenProblem(cell);
    if (hidden !== undefined) tell(`${column}: ${hidden}`);
    return value;
  } catch {
    tell(`${column} is no JSON: ${JSON.stringify(cell.slice(0, 60))}`);
    return undefined;
  }
}

function listOf(column: (typeof lists)[number], cell: string, tell: Tell): unknown {
  if (/^\s*\[/.test(cell)) return json(cell, column, tell);
  if (column === "type") return cell;
  if (column === "choices") return cell.split("|").map((one) => one.trim());
  return json(`[${cell.replaceAll("|", ",")}]`, column, tell);
}

/**
 * The keys of a row from the cells of a table: the columns are named as the keys are. Lists are JSON, or parted by bars
 * (`liver|spleen`); `type` is a text, or a JSON list for several; an empty cell says nothing, but for an empty answer.
 */
export function fieldsOfCells(cells: Readonly<Record<string, string>>, tell: Tell): Fields {
  const found: [string, unknown][] = [];
  const size = Object.values(cells).reduce((sum, cell) => sum + cell.length, 0);
  if (size > rowBytesAtMost)
    tell(`a row of more than ${rowBytesAtMost} characters: cut it, or leave out what is not scored`);
  for (const [column, cell] of Object.entries(cells)) {
    if (cell === "" && !texts.has(column)) continue;
    if (cell.includes("\u0000")) tell(`${column} holds NUL bytes: the file is damaged, or no text`);
    const list = lists.find((one) => one === column),
      object = objects.find((one) => one === column);
    if (list !== undefined) found.push([column, listOf(list, cell, tell)]);
    else if (object !== undefined) found.push([column, json(cell, column, tell)]);
    else if (column === "truncated")
      found.push([column, /^true$/i.test(cell) || (/^false$/i.test(cell) ? false : cell)]);
    else found.push([column, cell]);
  }
  return Object.fromEntries(found);
}
