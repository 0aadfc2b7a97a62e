import { TomoeError } from "../errors.ts";
import { didYouMean } from "../schema/nearest.ts";

/** A gate of the command line and what came of it. */
export interface Gate {
  readonly gate: string;
  readonly value: number;
  readonly held: boolean;
}

/** Numbers that gates may name: those of an entry, by "task/metric". */
export interface Gated {
  readonly task: string;
  readonly metric: string;
}

const shape = /^\s*([^<>=\s]+)\s*(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?(?:e[-+]?\d+)?)\s*$/i;

const holds: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  "<=": (value, limit) => value <= limit,
  ">=": (value, limit) => value >= limit,
  "<": (value, limit) => value < limit,
  ">": (value, limit) => value > limit,
};

function invalid(gate: string, what: string, counts?: Readonly<Record<string, Counted>>): TomoeError {
  return new TomoeError("USAGE_INVALID", `--gate "${gate}": ${what}`, {
    hint:
      counts === undefined
        ? 'Write it as "closed-vqa/accuracy.micro.ciLow>=0.5": task, metric, number, comparison, limit.'
        : `Write it as "cases.refused<=0.01" (a share) or "cases.refused<=3"; the numbers are ${Object.keys(counts).join(", ")}.`,
    details: { gate },
  });
}

/** The numbers that a gate names: one, or one a pair where several systems are compared. */
function numbersOf(
  gate: string,
  name: string,
  entries: readonly Gated[],
  usual: string,
): readonly [number, ...number[]] {
  const found = entries.flatMap((entry) => {
    const key = `${entry.task}/${entry.metric}`;
    if (name !== key && !name.startsWith(`${key}.`)) return [];
    const field = name === key ? usual : name.slice(key.length + 1);
    const value = (entry as unknown as Readonly<Record<string, unknown>>)[field];
    return typeof value === "number" ? [value] : [];
  });
  const [first, ...others] = found;
  if (first !== undefined) return [first, ...others];
  const known = entries.flatMap((entry) =>
    ["value", "ciLow", "ciHigh"].map((field) => `${entry.task}/${entry.metric}.${field}`),
  );
  throw invalid(gate, `there is no number "${name}"${didYouMean(name, known)}`);
}

/**
 * Looks at the gates of a call before anything is computed.
 *
 * @throws TomoeError `USAGE_INVALID` for one that is no comparison.
 */
export function checkGates(gates: readonly string[]): void {
  for (const gate of gates)
    if (!shape.test(gate)) throw invalid(gate, "it is no comparison of a number with a limit");
}

/**
 * Judges the gates of a call. One that names a number of several pairs of systems holds where it holds for all; its
 * value is the first that misses it.
 *
 * @param usual - the field that a gate means when it names none.
 * @throws TomoeError `USAGE_INVALID` for one that is no comparison or names no number.
 */
export function judgeGates(
  gates: readonly string[],
  entries: readonly Gated[],
  usual: string,
): readonly Gate[] {
  return gates.map((gate) => judged(gate, (name) => numbersOf(gate, name, entries, usual)));
}

/** How often something was counted, and out of how many. */
export interface Counted {
  readonly count: number;
  /** Null where nothing is counted beside it. */
  readonly of: number | null;
}

/**
 * Judges gates on counts by name: a limit between 0 and 1 is a share of what was counted, any other a count.
 *
 * @throws TomoeError `USAGE_INVALID` for one that is no comparison, names no count, or asks for a share of nothing.
 */
export function judgeCounts(
  gates: readonly string[],
  counts: Readonly<Record<string, Counted>>,
): readonly Gate[] {
  return gates.map((gate) =>
    judged(gate, (name, limit) => {
      const found = Object.hasOwn(counts, name) ? counts[name] : undefined;
      if (found === undefined)
        throw invalid(gate, `there is no number "${name}"${didYouMean(name, Object.keys(counts))}`, counts);
      if (!(limit > 0 && limit < 1)) return [found.count];
      if (found.of === null) throw invalid(gate, `"${name}" is no share of anything: give a count`, counts);
      return [found.of === 0 ? 0 : found.count / found.of];
    }),
  );
}

function judged(
  gate: string,
  numbersFor: (name: string, limit: number) => readonly [number, ...number[]],
): Gate {
  const [, name, comparison, limit] = shape.exec(gate) ?? [];
  if (name === undefined || comparison === undefined || limit === undefined)
    throw invalid(gate, "it is no comparison of a number with a limit");
  const numbers = numbersFor(name, Number(limit));
  const isHeld = (value: number): boolean => holds[comparison]?.(value, Number(limit)) === true;
  const missed = numbers.find((value) => !isHeld(value));
  return { gate, value: missed ?? numbers[0], held: missed === undefined };
}

/**
 * Ends a command whose gates do not hold.
 *
 * @param document - what the command would have printed; it stands in the details.
 * @throws TomoeError `GATE_FAILED` (exit 1) naming the gates that do not hold.
 */
export function enforceGates(gates: readonly Gate[], document: object): void {
  const missed = gates.filter(({ held }) => !held);
  if (missed.length === 0) return;
  throw new TomoeError(
    "GATE_FAILED",
    `${missed.length} of ${gates.length} gates do not hold: ${missed.map(({ gate, value }) => `${gate} (it is ${value})`).join("; ")}`,
    {
      hint: "The numbers stand in the details; a gate is a limit that the caller sets.",
      details: JSON.parse(JSON.stringify({ ...document, ok: undefined })) as Record<string, never>,
    },
  );
}
