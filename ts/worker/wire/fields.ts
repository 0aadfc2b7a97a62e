import { TomoeError } from "../../errors.ts";

/*
 * One check per kind of field, used in both directions: a value we are about to send, and a value that came
 * in.
 * `path` names the field as the proto does, e.g. "StepResult.loss" or "Batch.items[3].prompt".
 */

/** A received field that must be there. @throws TomoeError `WIRE_INCOMPLETE` naming it. */
export function required<T>(value: T | undefined, path: string): T {
  if (value === undefined) {
    throw new TomoeError("WIRE_INCOMPLETE", `the message lacks ${path}`, {
      hint: "The other side is of another build; install the same version on both.",
      details: { field: path },
    });
  }
  return value;
}

/**
 * A text that UTF-8 holds exactly: a lone surrogate would silently become U+FFFD. @throws TomoeError
 * `WIRE_INVALID`.
 */
export function text(value: string | undefined, path: string): string {
  const given = required(value, path);
  if (!given.isWellFormed())
    throw invalid(
      path,
      "a text with a lone surrogate, which UTF-8 cannot hold",
      "Remove the broken character from the text.",
    );
  return given;
}

/** A whole number in 0..2^32-1. @throws TomoeError `WIRE_INVALID`. */
export function uint32(value: number | undefined, path: string): number {
  return wholeNumber(required(value, path), path, 0, 0xffff_ffff);
}

/** A whole number in -2^31..2^31-1. @throws TomoeError `WIRE_INVALID`. */
export function int32(value: number | undefined, path: string): number {
  return wholeNumber(required(value, path), path, -0x8000_0000, 0x7fff_ffff);
}

/** A whole number that a double holds exactly, as the wire's uint64. @throws TomoeError `WIRE_INVALID`. */
export function toUint64(value: number, path: string): bigint {
  return BigInt(wholeNumber(value, path, 0, Number.MAX_SAFE_INTEGER));
}

/** The wire's uint64 as a number. @throws TomoeError `WIRE_INVALID` beyond 2^53-1. */
export function fromUint64(value: bigint | undefined, path: string): number {
  const given = required(value, path);
  if (given > BigInt(Number.MAX_SAFE_INTEGER))
    throw invalid(
      path,
      `${given}, beyond 2^53-1`,
      "A count this large is not a count; look at the other side.",
    );
  return Number(given);
}

/** A finite number: canonical JSON has no NaN and no infinity. @throws TomoeError `WIRE_INVALID`. */
export function double(value: number | undefined, path: string): number {
  const given = required(value, path);
  if (!Number.isFinite(given)) throw invalid(path, String(given), "Only finite numbers travel.");
  return given;
}

/** A received number that may be NaN or infinite, as a diverged loss is; the conductor judges it. */
export function anyDouble(value: number | undefined, path: string): number {
  return required(value, path);
}

/** A received truth value. */
export function bool(value: boolean | undefined, path: string): boolean {
  return required(value, path);
}

/**
 * One of a closed list of words. @throws TomoeError `WIRE_INVALID` naming what was given and what is known.
 */
export function oneOf<const T extends string>(
  value: string | undefined,
  known: readonly T[],
  path: string,
): T {
  const given = required(value, path);
  const found = known.find((word) => word === given);
  if (found === undefined)
    throw invalid(path, JSON.stringify(given), `It must be one of ${known.join(", ")}.`);
  return found;
}

/**
 * A received list, checked against the count that travels beside it. @throws TomoeError `WIRE_INCOMPLETE`
 * when they differ.
 */
export function counted<T>(
  items: readonly T[],
  count: number | undefined,
  path: string,
  countPath: string,
): readonly T[] {
  const announced = uint32(count, countPath);
  if (announced !== items.length) {
    throw new TomoeError(
      "WIRE_INCOMPLETE",
      `${path} holds ${items.length} items but ${countPath} says ${announced}`,
      {
        hint: "The message was cut or made by another build; install the same version on both sides.",
        details: { field: path, announced, found: items.length },
      },
    );
  }
  return items;
}

/**
 * The length of two lists that share one count on the wire. @throws TomoeError `WIRE_INVALID` when they
 * differ.
 */
export function sameLength(
  items: readonly unknown[],
  others: readonly unknown[],
  othersPath: string,
  itemsPath: string,
): number {
  if (items.length !== others.length)
    throw invalid(
      othersPath,
      `${others.length} long`,
      `It must be as long as ${itemsPath}, which holds ${items.length}.`,
    );
  return items.length;
}

function wholeNumber(value: number, path: string, low: number, high: number): number {
  if (!Number.isInteger(value) || value < low || value > high)
    throw invalid(path, String(value), `It must be a whole number in ${low}..${high}.`);
  return value;
}

function invalid(path: string, found: string, hint: string): TomoeError {
  return new TomoeError("WIRE_INVALID", `${path} is ${found}`, { hint, details: { field: path } });
}
