/**
 * The ranges of the option table, held against literals by the compiler; a value that is only `number` passes
 * here and is checked at run time by the schema. A failed check shows up as a type whose text says the range,
 * in the words of `schema/options/ranges`.
 */

export interface OutOfRange<Message extends string> {
  readonly outOfRange: Message;
}

/** Names what no option is called. */
export interface UnknownOption<Name extends string> {
  readonly unknownOption: Name;
}

type Shorter<A extends string, B extends string> = B extends `${infer _}${infer RestB}`
  ? A extends `${infer _}${infer RestA}`
    ? Shorter<RestA, RestB>
    : true
  : false;

type FirstBelow<A extends string, B extends string> = A extends `${infer FirstA}${infer RestA}`
  ? B extends `${infer FirstB}${infer RestB}`
    ? FirstA extends FirstB
      ? FirstBelow<RestA, RestB>
      : "0123456789" extends `${string}${FirstA}${string}${FirstB}${string}`
        ? true
        : false
    : false
  : false;

/** Whether A < B, of two whole numbers of at least 0 in decimal digits: fewer digits, or a smaller first difference. */
type Less<A extends string, B extends string> =
  Shorter<A, B> extends true ? true : Shorter<B, A> extends true ? false : FirstBelow<A, B>;

/** Whole part and rest of a literal's text: a rest that is not "" lies above the whole part. */
type Parts<T extends string> = T extends `${string}e-${string}`
  ? ["0", "rest"]
  : T extends `${string}e+${string}`
    ? ["9999999999999999999999", ""]
    : T extends `${infer Whole}.${string}`
      ? [Whole, "rest"]
      : [T, ""];

type IsLow<R, P extends [string, string]> = [R, P] extends [{ readonly kind: "whole" }, [string, "rest"]]
  ? true
  : R extends { readonly min: infer Min extends number }
    ? Less<P[0], `${Min}`>
    : R extends { readonly above: infer Above extends number }
      ? P extends [`${Above}`, ""]
        ? true
        : Less<P[0], `${Above}`>
      : false;

type IsHigh<R, P extends [string, string]> = R extends { readonly max: infer Max extends number }
  ? P extends [`${Max}`, ""]
    ? false
    : P[0] extends `${Max}`
      ? true
      : Less<`${Max}`, P[0]>
  : R extends { readonly below: infer Below extends number }
    ? Less<P[0], `${Below}`> extends true
      ? false
      : true
    : false;

type LowerWords<R> = `${R extends { readonly kind: "whole" } ? "a whole number" : "a number"}${R extends {
  readonly min: infer Min extends number;
}
  ? ` of at least ${Min}`
  : R extends { readonly above: infer Above extends number }
    ? ` above ${Above}`
    : ""}`;

type UpperWords<R> = R extends { readonly max: infer Max extends number }
  ? `at most ${Max}`
  : R extends { readonly below: infer Below extends number }
    ? `below ${Below}`
    : "";

type Judged<R, N extends number, What extends string> = `${N}` extends `-${string}`
  ? R extends { readonly min: number } | { readonly above: number }
    ? OutOfRange<`${What} is ${LowerWords<R>}`>
    : N
  : IsLow<R, Parts<`${N}`>> extends true
    ? OutOfRange<`${What} is ${LowerWords<R>}`>
    : IsHigh<R, Parts<`${N}`>> extends true
      ? OutOfRange<`${What} is ${UpperWords<R>}`>
      : N;

/** A literal held against the range of its row `R`. */
export type NumberIn<R, N, What extends string> = N extends number
  ? number extends N
    ? N
    : Judged<R, N, What>
  : N;

/** A literal of at most `Max`, which may not be a literal (then only the schema checks). */
type AtMost<N, Max, What extends string> = N extends number
  ? Max extends number
    ? // Beside none of what it counts, a bound of 0 binds nothing.
      number extends N | Max
      ? N
      : Max extends 0
        ? N
        : Judged<{ readonly kind: "number"; readonly max: Max }, N, What>
    : N
  : N;

type NumberKind = { readonly kind: "whole" | "number" };

type Ruled<R, N, What extends string> = R extends NumberKind
  ? NumberIn<R, N, What>
  : R extends { readonly kind: "group"; readonly options: infer Options }
    ? InRange<N, Options>
    : R extends { readonly kind: "list" | "triple" | "map"; readonly of: infer E extends NumberKind }
      ? { readonly [I in keyof N]: NumberIn<E, N[I], What> }
      : R extends { readonly kind: "either"; readonly of: readonly (infer E)[] }
        ? Chosen<E, N, What>
        : N;

/** Of the rows told apart by what is written: a number's row for a number, and what holds others for others. */
type Chosen<E, N, What extends string> = N extends number
  ? NumberIn<Extract<E, NumberKind>, N, What>
  : N extends object
    ? // What is not the user's literal but the options' own type needs no ruling, and reads better by its name.
      Record<never, never> extends N
      ? N
      : Ruled<Exclude<E, NumberKind | { readonly kind: "constant" }>, N, What>
    : N;

/**
 * The options `O` of a builder held against the rows `R` of the table. An option outside its range, and one
 * that `R` does not know, get a type that says so.
 */
export type InRange<O, R> = {
  readonly [K in keyof O]: K extends keyof R
    ? R[K] extends { readonly notAbove: infer Other extends keyof O }
      ? AtMost<Ruled<R[K], O[K], K & string>, O[Other], K & string>
      : Ruled<R[K], O[K], K & string>
    : UnknownOption<K & string>;
};

/**
 * The literal `O` as a mapped type: it is inferred just as it stands, but an editor shows the sentence of the
 * option that a key names, and not the key of the literal itself.
 */
export type Literal<O> = { readonly [K in keyof O]: O[K] extends object ? Literal<O[K]> : O[K] };

/** What a builder takes: its options `T`, written as the literal `O`, held against the rows `R`. */
export type Written<T, O, R> = T & Literal<O> & InRange<O, R>;
