/**
 * The rows that the table of options is made of: plain data, so that a schema, a type, a page, and the worker's
 * checks can be made of them.
 */

import type { z } from "zod";

/** Bounds of a number; whole ones, so that the compiler can compare a literal with them. */
export interface Bounds {
  /** At least this. */
  readonly min?: number;
  /** More than this. */
  readonly above?: number;
  /** At most this. */
  readonly max?: number;
  /** Less than this. */
  readonly below?: number;
}

/** What every row says beside its kind. */
interface Said {
  /** What the option is, one sentence. */
  readonly says: string;
  readonly unit?: string;
  /** What holds when nobody wrote it; a group fills its own options in around what stands here. */
  readonly default?: unknown;
  /** Where an option may be left out without a value taking its place: what that means. */
  readonly absent?: string;
  /** A default that follows another option of the same group. */
  readonly follows?: Follows;
  /** Where the worker finds it: the message, then the path in it, `[]` behind a list. */
  readonly travels?: string;
  /** What a policy decides by it, a plan or where an item goes: by these alone it reaches the training step. */
  readonly decides?: "plan" | "route";
  /** A value that travels beside those in range, for "none". */
  readonly none?: number;
}

/** By another option's value, else the last. */
export interface Follows {
  readonly option: string;
  readonly values: { readonly [value: string]: unknown };
  readonly otherwise: unknown;
}

export type NumberRow = Said &
  Bounds & {
    readonly kind: "whole" | "number";
    /** The option of the same group that it may not exceed. */
    readonly notAbove?: string;
  };
export type GroupRow = Said & { readonly kind: "group"; readonly options: Rows };
export type ListRow = Said & {
  readonly kind: "list";
  readonly of: Row;
  /** Entries it has at least; none needed when absent. */
  readonly atLeast?: number;
  /** Numbers of entries it may have; any when absent. */
  readonly lengths?: readonly number[];
};
export type MapRow = Said & {
  readonly kind: "map";
  readonly of: NumberRow;
  /** The keys it may have, or a pattern of them with its sentence. */
  readonly keys: readonly string[] | Pattern;
  /** Keys that it may have besides. */
  readonly or?: Pattern;
};
export type ChoiceRow = Said & {
  readonly kind: "choice";
  readonly of: readonly string[];
  /** Values that it may have besides. */
  readonly or?: Pattern;
};
export type Row =
  | NumberRow
  | GroupRow
  | ListRow
  | MapRow
  | (Said & { readonly kind: "flag" })
  | (Said & { readonly kind: "constant"; readonly value: string | boolean })
  | ChoiceRow
  | (Said & { readonly kind: "text"; readonly pattern?: Pattern })
  | (Said & { readonly kind: "triple"; readonly of: Row })
  /** What is found out while resolving, by nobody's hand: refused where it is written. */
  | (Said & { readonly kind: "pinned"; readonly schema: z.ZodType })
  /** Groups told apart by their option `kind`. */
  | (Said & { readonly kind: "one-of"; readonly of: readonly GroupRow[] })
  /** Rows told apart by what is written. */
  | (Said & { readonly kind: "either"; readonly of: readonly Row[] });

/** Options by name. */
export interface Rows {
  readonly [option: string]: Row;
}

/** A pattern of text with what it is called when it does not fit; `T` is the type of what fits. */
export interface Pattern<T extends string = string> {
  readonly fits: RegExp;
  readonly says: string;
  readonly type?: T;
}

type Flat<T> = { [K in keyof T]: T[K] };
type Absent<R> = R extends { readonly absent: string } ? true : false;
type Filled<R> = R extends { readonly default: unknown } | { readonly follows: Follows } ? true : false;

/** The resolved value of a row: defaults filled in. */
export type ValueOf<R> = TypeOf<R, "value">;
/** What may be written for a row. */
export type WrittenOf<R> = TypeOf<R, "written">;

/** Every option resolved; what may be absent, and is, is not there. */
export type ValuesOf<R> = Flat<
  { readonly [K in keyof R as Absent<R[K]> extends true ? never : K]: ValueOf<R[K]> } & {
    readonly [K in keyof R as Absent<R[K]> extends true ? K : never]?: ValueOf<R[K]>;
  }
>;

/** Every option as written; what has a default may be left out. */
export type WrittenIn<R> = Flat<
  {
    readonly [K in keyof R as Absent<R[K]> | Filled<R[K]> extends false ? K : never]: WrittenOf<R[K]>;
  } & {
    readonly [K in keyof R as Absent<R[K]> | Filled<R[K]> extends false ? never : K]?: WrittenOf<R[K]>;
  }
>;

type Side = "value" | "written";

type TypeOf<R, S extends Side> = R extends { readonly kind: "whole" | "number" }
  ? number
  : R extends { readonly kind: "flag" }
    ? boolean
    : R extends { readonly kind: "text" }
      ? string
      : R extends { readonly kind: "constant"; readonly value: infer V }
        ? V
        : R extends { readonly kind: "choice"; readonly of: readonly (infer C)[] }
          ? C | Besides<R>
          : R extends { readonly kind: "pinned"; readonly schema: z.ZodType<infer V> }
            ? S extends "value"
              ? V
              : never
            : R extends { readonly kind: "group"; readonly options: infer O }
              ? S extends "value"
                ? ValuesOf<O>
                : WrittenIn<O>
              : Holding<R, S>;

/** The type of what fits a row's pattern. */
type Besides<R> = R extends { readonly or: Pattern<infer T> } ? T : never;

type Holding<R, S extends Side> = R extends { readonly kind: "list"; readonly of: infer E }
  ? readonly TypeOf<E, S>[]
  : R extends { readonly kind: "triple"; readonly of: infer E }
    ? readonly [TypeOf<E, S>, TypeOf<E, S>, TypeOf<E, S>]
    : R extends { readonly kind: "map"; readonly keys: readonly (infer K extends string)[] }
      ? { readonly [key in K | Besides<R>]?: number }
      : R extends { readonly kind: "map" }
        ? { readonly [key: string]: number }
        : R extends { readonly kind: "one-of" | "either"; readonly of: readonly (infer E)[] }
          ? E extends unknown
            ? TypeOf<E, S>
            : never
          : never;
