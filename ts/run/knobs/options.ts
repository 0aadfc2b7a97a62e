import type { JsonValue } from "../../errors.ts";
import type { ExperimentConfig } from "../../schema/experiment.ts";
import { experimentOptions } from "../../schema/options/index.ts";
import type { Row, Rows } from "../../schema/options/row.ts";

/** One option of a resolved experiment, down to an entry of a list or map, with its row of the table. */
export interface Option {
  /** Dotted, as `origins` of the resolved experiment has it: "stages.1.optimizer.betas.0". */
  readonly path: string;
  readonly row: Row;
  readonly value: JsonValue;
  /** Where the worker finds it, as its row or that of what holds it says; undefined where it does not travel. */
  readonly travels: string | undefined;
  /** Where it stands in the list or map that holds it; empty in a group. */
  readonly key: string;
  /** What it is when nobody writes it; undefined where somebody has to. */
  readonly standard: JsonValue | undefined;
  /** Options of the same group by name. */
  readonly beside: { readonly [option: string]: JsonValue };
}

type Held = { readonly [option: string]: JsonValue };

interface Place {
  readonly path: string;
  readonly travels: string | undefined;
  readonly key: string;
  readonly standard: JsonValue | undefined;
  readonly beside: Held;
}

/** Every option of an experiment in the order of the table; what is absent is left out. */
export function optionsOf(config: ExperimentConfig): readonly Option[] {
  const plain = JSON.parse(JSON.stringify(config)) as Held;
  return [
    ...inGroup(experimentOptions, plain, { path: "", travels: undefined, key: "", standard: {}, beside: {} }),
  ];
}

function* inGroup(rows: Rows, held: Held, { path, standard }: Place): Generator<Option> {
  for (const [name, row] of Object.entries(rows)) {
    const value = held[name];
    if (value === undefined) continue;
    const at = path === "" ? name : `${path}.${name}`;
    yield* within(row, value, {
      path: at,
      travels: undefined,
      key: "",
      standard: standardOf(name, row, held, standard),
      beside: held,
    });
  }
}

/** The default of an option, else what the default of its group says, or that of the option it follows. */
function standardOf(name: string, row: Row, held: Held, group: JsonValue | undefined): JsonValue | undefined {
  if (row.follows !== undefined) {
    const { option, values, otherwise } = row.follows;
    return (values[String(held[option])] ?? otherwise) as JsonValue;
  }
  return (row.default as JsonValue | undefined) ?? entryOf(group, name);
}

function entryOf(holder: JsonValue | undefined, key: string): JsonValue | undefined {
  return typeof holder === "object" && holder !== null && Object.hasOwn(holder, key)
    ? (holder as { readonly [key: string]: JsonValue })[key]
    : undefined;
}

function* within(row: Row, value: JsonValue, place: Place): Generator<Option> {
  if (row.kind === "either") {
    // Written one way or another, it goes to the same place.
    const travels = row.of.find((one) => one.travels !== undefined)?.travels;
    const fitting = row.of.find((one) => fits(one, value));
    if (fitting !== undefined) yield* within(fitting, value, { ...place, travels });
    return;
  }
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  const groups = row.kind === "one-of" ? row.of : row.kind === "group" ? [row] : [];
  const group = groups.find((one) => fits(one, value));
  if (group !== undefined) yield* inGroup(group.options, value as Held, place);
  else if ((row.kind === "list" || row.kind === "triple" || row.kind === "map") && entries.length > 0) {
    for (const [key, entry] of entries) {
      const standard = entryOf(place.standard, key);
      yield* within(row.of, entry, { ...place, path: `${place.path}.${key}`, key, standard });
    }
  } else yield { ...place, travels: row.travels ?? place.travels, row, value };
}

/** Whether a row of several is the one that a value was written for. */
function fits(row: Row, value: JsonValue): boolean {
  switch (row.kind) {
    case "whole":
    case "number":
      return typeof value === "number";
    case "flag":
      return typeof value === "boolean";
    case "constant":
      return value === row.value;
    case "choice":
    case "text":
      return typeof value === "string";
    case "list":
    case "triple":
      return Array.isArray(value);
    case "group": {
      const kind = row.options.kind;
      return isPlain(value) && (kind?.kind !== "constant" || value.kind === kind.value);
    }
    default:
      return isPlain(value);
  }
}

function isPlain(value: JsonValue): value is { readonly [key: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
