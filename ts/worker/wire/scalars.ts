import { ScalarType } from "@bufbuild/protobuf";
import { TomoeError } from "../../errors.ts";

/*
 * One check per kind of value, used in both directions: a value we are about to send, and one that came in.
 * `path` names the field as the proto does, e.g. "StepResult.loss" or "Batch.items[3].prompt".
 */

/** Holds a value against its kind and gives it in the other side's form. @throws TomoeError `WIRE_INVALID`. */
export type Check = (value: unknown, path: string) => unknown;

/** A field that must be there. @throws TomoeError `WIRE_INCOMPLETE` naming it. */
export function required<T>(value: T, path: string): NonNullable<T> {
  if (value === undefined || value === null) {
    throw new TomoeError("WIRE_INCOMPLETE", `the message lacks ${path}`, {
      hint: "The other side is of another build; install the same version on both.",
      details: { field: path },
    });
  }
  return value;
}

/** The refusal of a value: `WIRE_INVALID`, "PATH is FOUND". */
export function invalid(path: string, found: string, hint: string): TomoeError {
  return new TomoeError("WIRE_INVALID", `${path} is ${found}`, { hint, details: { field: path } });
}

/** A text that UTF-8 holds exactly: a lone surrogate would silently become U+FFFD. */
export function text(value: unknown, path: string): string {
  if (typeof value !== "string") throw invalid(path, kindOf(value), "It must be a text.");
  if (!value.isWellFormed())
    throw invalid(
      path,
      "a text with a lone surrogate, which UTF-8 cannot hold",
      "Remove the broken character from the text.",
    );
  return value;
}

/** A whole number in 0..2^32-1. */
export function uint32(value: unknown, path: string): number {
  return wholeNumber(value, path, 0, 0xffff_ffff);
}

/** One of a closed list of words. */
export function oneOf<const T extends string>(value: string, known: readonly T[], path: string): T {
  const found = known.find((word) => word === value);
  if (found === undefined)
    throw invalid(path, JSON.stringify(value), `It must be one of ${known.join(", ")}.`);
  return found;
}

/** Any number: a loss that diverged is a fact, which the conductor judges. */
export const anyDouble: Check = (value, path) => {
  if (typeof value !== "number") throw invalid(path, kindOf(value), "It must be a number.");
  return value;
};

/** Canonical JSON has no NaN and no infinity. */
const double: Check = (value, path) => {
  if (!Number.isFinite(anyDouble(value, path)))
    throw invalid(path, String(value), "Only finite numbers travel.");
  return value;
};

const bool: Check = (value, path) => {
  if (typeof value !== "boolean") throw invalid(path, kindOf(value), "It must be true or false.");
  return value;
};

const bytes: Check = (value, path) => {
  if (!ArrayBuffer.isView(value)) throw invalid(path, kindOf(value), "It must be bytes.");
  return value;
};

const int32: Check = (value, path) => wholeNumber(value, path, -0x8000_0000, 0x7fff_ffff);

/** What a double holds exactly, as the wire's 64 bits. */
const toUint64: Check = (value, path) => BigInt(wholeNumber(value, path, 0, Number.MAX_SAFE_INTEGER));

const fromUint64: Check = (value, path) => {
  if (typeof value !== "bigint") throw invalid(path, kindOf(value), "It must be a 64-bit integer.");
  if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER))
    throw invalid(
      path,
      `${value}, beyond 2^53-1`,
      "A count this large is not a count; look at the other side.",
    );
  return Number(value);
};

/** What leaves: the values of nouns, as ts-proto has them. The contract uses no kind but these. */
export const outgoing: ReadonlyMap<ScalarType, Check> = new Map([
  [ScalarType.STRING, text],
  [ScalarType.BOOL, bool],
  [ScalarType.BYTES, bytes],
  [ScalarType.UINT32, uint32],
  [ScalarType.FIXED32, uint32],
  [ScalarType.SINT32, int32],
  [ScalarType.UINT64, toUint64],
  [ScalarType.DOUBLE, double],
] as const);

/** What comes in: the values of ts-proto, as nouns have them. */
export const incoming: ReadonlyMap<ScalarType, Check> = new Map(outgoing).set(ScalarType.UINT64, fromUint64);

function wholeNumber(value: unknown, path: string, low: number, high: number): number {
  if (typeof value !== "number") throw invalid(path, kindOf(value), "It must be a number.");
  if (!Number.isInteger(value) || value < low || value > high)
    throw invalid(path, String(value), `It must be a whole number in ${low}..${high}.`);
  return value;
}

/** What stands where something else should: never the value itself, which may be a whole record. */
export function kindOf(value: unknown): string {
  return Array.isArray(value) ? "a list" : `a value of type ${typeof value}`;
}
