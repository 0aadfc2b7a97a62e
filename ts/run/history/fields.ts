import { readFileSync } from "node:fs";
import { join } from "node:path";
import { leavesOf } from "../../config/index.ts";
import { bug, TomoeError } from "../../errors.ts";
import { didYouMean } from "../../schema/nearest.ts";
import type { RunSummary } from "../../track/read/index.ts";
import { type Expression, fieldsIn, filterInvalid, type Literal, type Operator } from "./expression.ts";
import { namedLeaves } from "./leaves.ts";

/** A value of a field; what a run does not have is null. */
export type FieldValue = string | number | boolean | null;

/** What a list of runs can be asked for of the summary alone. */
const ownFields: Readonly<Record<string, (run: RunSummary) => FieldValue>> = {
  id: ({ runId }) => runId,
  state: ({ status }) => status,
  status: ({ status }) => status,
  reason: ({ reason }) => reason,
  name: ({ experimentName }) => experimentName,
  seed: ({ seed }) => seed,
  created: ({ createdAt }) => createdAt,
  ended: ({ endedAt }) => endedAt,
  starts: ({ attempt }) => attempt,
  checkpoints: ({ checkpoints }) => checkpoints,
  bytes: ({ bytes }) => bytes,
  owner: ({ owner }) => owner,
};
/** Written so that their order is that of their text. */
const times = new Set(["created", "ended"]);

/** A run with its fields: those of the summary at once, those of its files when one is asked for. */
export interface Fielded {
  readonly run: RunSummary;
  readonly fields: ReadonlyMap<string, FieldValue>;
}

function parsed(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    // Not there yet, or damaged: "tomoe runs show" says so; the run has no such field.
    return undefined;
  }
}

const scalar = (value: unknown): FieldValue =>
  value === null || ["string", "number", "boolean"].includes(typeof value)
    ? (value as FieldValue)
    : JSON.stringify(value);

const numbers = ["value", "ciLow", "ciHigh", "n", "clusters"] as const;

/** Fields of the scorecard: "closed-vqa/accuracy.micro", and ".ciLow", ".ciHigh", ".n", ".clusters" of it. */
function metricFields(dir: string): readonly (readonly [string, FieldValue])[] {
  const card = parsed(join(dir, "scorecard.json")) as { readonly scorecard?: unknown } | undefined;
  const entries = Array.isArray(card?.scorecard) ? (card.scorecard as Record<string, unknown>[]) : [];
  return entries.flatMap((entry) =>
    numbers.map((number) => {
      const name = `${entry.task}/${entry.metric}`;
      return [number === "value" ? name : `${name}.${number}`, scalar(entry[number])] as const;
    }),
  );
}

/** Leaves of the configuration by the path of `--set`, entries of a list by their name and by their place. */
function configFields(dir: string): readonly (readonly [string, FieldValue])[] {
  const config = (parsed(join(dir, "resolved.json")) as { readonly config?: unknown } | undefined)?.config;
  if (config === undefined) return [];
  const leaves = [...leavesOf(config), ...namedLeaves(config)];
  return leaves.map(([path, value]) => [path, scalar(value)] as const);
}

function fieldsOf(run: RunSummary, fromFiles: boolean): ReadonlyMap<string, FieldValue> {
  return new Map([
    ...(fromFiles ? [...configFields(run.dir), ...metricFields(run.dir)] : []),
    ...Object.entries(run.tags).map(([name, value]) => [`tag.${name}`, value] as const),
    ...Object.entries(ownFields).map(([name, of]) => [name, of(run)] as const),
  ]);
}

/** True for a field that stands in the summary of every run, or in none but as a tag. */
const isOfSummary = (field: string): boolean => Object.hasOwn(ownFields, field) || field.startsWith("tag.");

/**
 * Gives each run the fields that a filter and columns ask for; files of runs are read only where one of them does.
 *
 * @throws TomoeError `USAGE_INVALID` for a field that no run has, with "did you mean".
 */
export function withFields(
  runs: readonly RunSummary[],
  {
    filter,
    columns,
  }: {
    readonly filter?: { readonly text: string; readonly expression: Expression } | undefined;
    readonly columns: readonly string[];
  },
): readonly Fielded[] {
  const inFilter = filter === undefined ? [] : fieldsIn(filter.expression);
  const fromFiles = [...inFilter, ...columns].some((field) => !isOfSummary(field));
  const fielded = runs.map((run) => ({ run, fields: fieldsOf(run, fromFiles) }));
  // Without a run nothing is known of its configuration: an empty list is no mistake.
  if (runs.length === 0) return [];
  const known = new Set(fielded.flatMap(({ fields }) => [...fields.keys()]));
  const told = (field: string): string => `no run has a field "${field}"${didYouMean(field, [...known])}`;
  const missing = inFilter.find((field) => !known.has(field));
  if (missing !== undefined && filter !== undefined) throw filterInvalid(filter.text, told(missing));
  const column = columns.find((field) => !known.has(field));
  if (column !== undefined)
    throw new TomoeError("USAGE_INVALID", `--columns: ${told(column)}`, {
      hint: "A column is a field of the run (state, seed, bytes, ...), tag.NAME, a path of the configuration, or TASK/METRIC.",
      details: { column },
    });
  return fielded;
}

const orders: Readonly<Record<"<" | "<=" | ">" | ">=", (a: number, b: number) => boolean>> = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

/** Where two values stand to each other, -1, 0 or 1; undefined where they cannot be compared. */
function orderOf(value: FieldValue, field: string, { text, isQuoted }: Literal): number | undefined {
  if (typeof value === "string" && times.has(field)) return value < text ? -1 : value > text ? 1 : 0;
  const number = isQuoted || text.trim() === "" ? Number.NaN : Number(text);
  if (typeof value !== "number" || Number.isNaN(number)) return undefined;
  return Math.sign(value - number);
}

function isEqual(value: FieldValue, field: string, literal: Literal): boolean {
  if (typeof value === "number") return orderOf(value, field, literal) === 0;
  if (value === null) return !literal.isQuoted && literal.text === "null";
  return String(value) === literal.text;
}

interface Comparison {
  readonly field: string;
  readonly operator: Operator;
  readonly literal: Literal;
}

/** A comparison that makes no sense of the values that there are; undefined for one that does. */
function problemOf(
  { field, operator, literal }: Comparison,
  values: readonly FieldValue[],
): string | undefined {
  const some = values.filter((value) => value !== null);
  const isNumber = some.length > 0 && some.every((value) => typeof value === "number");
  const isOrder = operator in orders;
  if (isNumber && operator === "~") return `${field} is a number: compare it with = != < <= > >=`;
  if (isNumber && literal.text !== "null" && orderOf(0, field, literal) === undefined)
    return `${field} is a number, "${literal.text}" is none`;
  if (isOrder && !isNumber && !times.has(field) && !some.some((value) => typeof value === "number"))
    return `${field} is not a number: compare it with =, != or ~`;
  return undefined;
}

function holds({ field, operator, literal }: Comparison, value: FieldValue): boolean {
  if (operator === "=") return isEqual(value, field, literal);
  if (operator === "!=") return !isEqual(value, field, literal);
  if (operator === "~")
    return value !== null && String(value).toLowerCase().includes(literal.text.toLowerCase());
  const order = orderOf(value, field, literal);
  return order !== undefined && orders[operator](order, 0);
}

function comparisonsIn(expression: Expression): readonly Comparison[] {
  if (expression.kind === "compare") return [expression];
  return (expression.kind === "not" ? [expression.part] : expression.parts).flatMap(comparisonsIn);
}

function judge(expression: Expression, fields: ReadonlyMap<string, FieldValue>): boolean {
  switch (expression.kind) {
    case "and":
      return expression.parts.every((part) => judge(part, fields));
    case "or":
      return expression.parts.some((part) => judge(part, fields));
    case "not":
      return !judge(expression.part, fields);
    case "compare":
      return holds(expression, fields.get(expression.field) ?? null);
    default:
      throw bug("a filter of an unknown kind");
  }
}

/**
 * The runs that a filter keeps. A run that lacks a field equals `null` there, and no order holds of it.
 *
 * @throws TomoeError `USAGE_INVALID` for a comparison that fits none of the field's values.
 */
export function filtered(
  runs: readonly Fielded[],
  { text, expression }: { readonly text: string; readonly expression: Expression },
): readonly Fielded[] {
  for (const comparison of comparisonsIn(expression)) {
    const values = runs.map(({ fields }) => fields.get(comparison.field) ?? null);
    const problem = runs.length === 0 ? undefined : problemOf(comparison, values);
    if (problem !== undefined) throw filterInvalid(text, problem);
  }
  return runs.filter(({ fields }) => judge(expression, fields));
}
