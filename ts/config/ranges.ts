/**
 * Ranges that the compiler can check on literals; a value that is only `number` passes here and is checked at
 * run time by the schema.
 * A failed check shows up as a type whose text says what the range is.
 */

export interface OutOfRange<Message extends string> {
  readonly outOfRange: Message;
}

type Text<N extends number> = `${N}`;

/** A literal integer of at least 1. */
export type Count<N, What extends string> = N extends number
  ? number extends N
    ? N
    : Text<N> extends `-${string}` | "0" | `${string}.${string}` | `${string}e-${string}`
      ? OutOfRange<`${What} is a whole number of at least 1`>
      : N
  : N;

/** A literal above 0. */
export type Positive<N, What extends string> = N extends number
  ? number extends N
    ? N
    : Text<N> extends `-${string}` | "0"
      ? OutOfRange<`${What} lies above 0`>
      : N
  : N;

/** A literal of at least 0. */
export type NonNegative<N, What extends string> = N extends number
  ? number extends N
    ? N
    : Text<N> extends `-${string}`
      ? OutOfRange<`${What} is at least 0`>
      : N
  : N;

/** A literal integer of at least 0. */
export type Whole<N, What extends string> = N extends number
  ? number extends N
    ? N
    : Text<N> extends `-${string}` | `${string}.${string}` | `${string}e-${string}`
      ? OutOfRange<`${What} is a whole number of at least 0`>
      : N
  : N;

/** A literal in 0..1. */
export type Fraction<N, What extends string> = N extends number
  ? number extends N
    ? N
    : Text<N> extends "0" | "1" | `0.${string}` | `${string}e-${string}`
      ? N
      : OutOfRange<`${What} lies in 0..1`>
  : N;

type TupleOf<N extends number, T extends readonly unknown[] = []> = T["length"] extends N
  ? T
  : T["length"] extends 64
    ? T
    : TupleOf<N, readonly [...T, unknown]>;

/** A literal count of at most `Max`, which may not be a literal (then only the schema checks). */
export type AtMost<N, Max, What extends string> = N extends number
  ? Max extends number
    ? number extends N
      ? N
      : number extends Max
        ? N
        : TupleOf<Max> extends readonly [...TupleOf<N>, ...unknown[]]
          ? Count<N, What>
          : OutOfRange<`${What} is at most ${Max}`>
    : N
  : N;

/** Names what no option is called. */
export interface UnknownOption<Name extends string> {
  readonly unknownOption: Name;
}

type Rule = "count" | "whole" | "positive" | "nonNegative" | "fraction" | "rates" | "any";

type Ruled<R extends Rule, N, What extends string> = R extends "count"
  ? Count<N, What>
  : R extends "whole"
    ? Whole<N, What>
    : R extends "positive"
      ? Positive<N, What>
      : R extends "nonNegative"
        ? NonNegative<N, What>
        : R extends "fraction"
          ? Fraction<N, What>
          : R extends "rates"
            ? N extends number
              ? Positive<N, What>
              : { readonly [K in keyof N]: Positive<N[K], What> }
            : N;

/**
 * The options `O` of a builder held against its rules `R`: a rule for each option that there is, or the rules
 * of the object it holds. An option outside its range,
 * and one that `R` does not know, get a type that says so.
 */
export type InRange<O, R> = {
  readonly [K in keyof O]: K extends keyof R
    ? R[K] extends Rule
      ? Ruled<R[K], O[K], K & string>
      : InRange<O[K], R[K]>
    : UnknownOption<K & string>;
};
