import type { JsonValue } from "../../errors.ts";
import type { experimentOptions } from "../../schema/options/index.ts";
import type { WrittenOf } from "../../schema/options/row.ts";
import type { NumberIn } from "./ranges.ts";

/** A range of numbers, from `low` to `high`. */
export interface FloatRange<L extends number = number, H extends number = number> {
  readonly kind: "float";
  readonly low: L;
  readonly high: H;
  readonly log: boolean;
  readonly points?: number;
}

/** Whole numbers from `low` to `high`, both among them. */
export interface IntRange<L extends number = number, H extends number = number> {
  readonly kind: "int";
  readonly low: L;
  readonly high: H;
  readonly step?: number;
}

/** Values, one of which is taken. */
export interface Choice<V extends JsonValue = JsonValue> {
  readonly kind: "choice";
  readonly of: readonly V[];
}

type Plain = FloatRange | IntRange | Choice;

/** An option that is there where another one of the space has become `is`. */
export interface When<P extends string = string, V extends JsonValue = JsonValue, D extends Plain = Plain> {
  readonly kind: "when";
  readonly option: P;
  readonly is: V;
  readonly draws: D;
}

/** What `space` gives: values by the dotted path of an option. */
export type Space = Readonly<Record<string, Plain | When>>;

/** Makes the values of an option. */
export interface SpaceBuilder {
  /** Numbers of a range, drawn evenly. `points`: how many of them a grid takes, both ends among them. */
  float<const L extends number, const H extends number>(
    low: L,
    high: H,
    options?: { readonly points?: number },
  ): FloatRange<L, H>;
  /** As `float`, drawn evenly in the logarithm: for rates and weights. */
  logFloat<const L extends number, const H extends number>(
    low: L,
    high: H,
    options?: { readonly points?: number },
  ): FloatRange<L, H>;
  /** Whole numbers, both ends among them; every `step`-th of them. */
  int<const L extends number, const H extends number>(
    low: L,
    high: H,
    options?: { readonly step?: number },
  ): IntRange<L, H>;
  /** One of these. */
  choice<const V extends JsonValue>(of: readonly V[]): Choice<V>;
  /** Only where the option of this path, in the same space, has this value. */
  when<const P extends string, const V extends JsonValue, const D extends Plain>(
    option: P,
    is: V,
    draws: D,
  ): When<P, V, D>;
}

const range = (low: number, high: number, log: boolean, points: number | undefined) => ({
  kind: "float" as const,
  low,
  high,
  log,
  ...(points === undefined ? {} : { points }),
});

export const spaceBuilder: SpaceBuilder = {
  float: (low, high, { points } = {}) => range(low, high, false, points) as never,
  logFloat: (low, high, { points } = {}) => range(low, high, true, points) as never,
  int: (low, high, { step } = {}) => ({ kind: "int", low, high, ...(step === undefined ? {} : { step }) }),
  choice: (of) => ({ kind: "choice", of }),
  when: (option, is, draws) => ({ kind: "when", option, is, draws }),
};

// What follows walks the table of options along a path, as `--set` walks an experiment.

/** Names a path that leads to no option. */
export interface NoSuchOption<Path extends string> {
  readonly noSuchOption: Path;
}

/** Names what an option cannot become. */
export interface NotOfTheOption<Path extends string> {
  readonly cannotBecome: Path;
}

/** Names what a conditional option depends on and the space does not have. */
export interface NotInTheSpace<Path extends string> {
  readonly notInTheSpace: Path;
}

type Table = typeof experimentOptions;

/** The row that a path leads to; never where it leads to none. */
type RowAt<O, P extends string> = P extends `${infer Head}.${infer Rest}`
  ? Head extends keyof O
    ? RowWithin<O[Head], Rest>
    : never
  : P extends keyof O
    ? O[P]
    : never;

type RowWithin<R, P extends string> = R extends { readonly kind: "group"; readonly options: infer O }
  ? RowAt<O, P>
  : R extends { readonly kind: "list" | "triple"; readonly of: infer E }
    ? P extends `${string}.${infer Rest}`
      ? RowWithin<E, Rest>
      : E
    : R extends { readonly kind: "map"; readonly of: infer E }
      ? E
      : R extends { readonly kind: "one-of" | "either"; readonly of: readonly (infer E)[] }
        ? E extends unknown
          ? RowWithin<E, P>
          : never
        : never;

type Spread<R> = R extends { readonly kind: "either"; readonly of: readonly (infer E)[] } ? E : R;
type NumberRowOf<R> = Extract<Spread<R>, { readonly kind: "number" | "whole" }>;

type FitsFloat<R, L extends number, H extends number, P extends string> = [
  Extract<NumberRowOf<R>, { readonly kind: "number" }>,
] extends [never]
  ? NotOfTheOption<P>
  : FloatRange & {
      readonly low: NumberIn<NumberRowOf<R>, L, P>;
      readonly high: NumberIn<NumberRowOf<R>, H, P>;
    };

type FitsInt<R, L extends number, H extends number, P extends string> = [NumberRowOf<R>] extends [never]
  ? NotOfTheOption<P>
  : IntRange & {
      readonly low: NumberIn<NumberRowOf<R>, L, P>;
      readonly high: NumberIn<NumberRowOf<R>, H, P>;
    };

type FitsChoice<R, V, P extends string> = [V] extends [WrittenOf<R>]
  ? {
      readonly kind: "choice";
      readonly of: readonly (V extends number ? NumberIn<NumberRowOf<R>, V, P> : V)[];
    }
  : NotOfTheOption<P>;

type FitsPlain<R, D, P extends string> = [R] extends [never]
  ? NoSuchOption<P>
  : D extends FloatRange<infer L, infer H>
    ? FitsFloat<R, L, H, P>
    : D extends IntRange<infer L, infer H>
      ? FitsInt<R, L, H, P>
      : D extends Choice<infer V>
        ? FitsChoice<R, V, P>
        : never;

type FitsWhen<D, P extends string, S> =
  D extends When<infer Q, infer V, infer E>
    ? Q extends keyof S
      ? When<Q, V> & { readonly draws: FitsPlain<RowAt<Table, P>, E, P> }
      : NotInTheSpace<Q>
    : never;

/** A space held against the table of options: what does not fit gets a type that says so. */
export type FittingSpace<S> = {
  readonly [P in keyof S & string]: S[P] extends { readonly kind: "when" }
    ? FitsWhen<S[P], P, S>
    : FitsPlain<RowAt<Table, P>, S[P], P>;
};

type ValueIn<D> = D extends { readonly kind: "when"; readonly draws: infer E }
  ? ValueIn<E>
  : D extends Choice<infer V>
    ? V
    : number;

/** What a trial of a space is assigned; conditional options may be absent. */
export type AssignmentOf<S> = {
  readonly [P in keyof S as S[P] extends { readonly kind: "when" } ? never : P]: ValueIn<S[P]>;
} & { readonly [P in keyof S as S[P] extends { readonly kind: "when" } ? P : never]?: ValueIn<S[P]> };
