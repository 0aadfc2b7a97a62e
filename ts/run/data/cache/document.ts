import type { JsonValue } from "../../../errors.ts";

/** A scan that no row is made of, with the cases that are lost with it. */
export interface RefusedScan {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly cases: readonly string[];
  readonly [key: string]: JsonValue;
}

/** The document of `tomoe data build`. */
export type BuildDocument = {
  readonly ok: true;
  /** Folder of the cache. */
  readonly cache: string;
  readonly rows: {
    readonly total: number;
    readonly built: number;
    readonly reused: number;
    readonly refused: number;
  };
  readonly sources: {
    /** Scans whose bytes were read to know their digest; of the others it was known. */
    readonly digested: number;
  };
  /** Of all rows that are there. */
  readonly bytes: number;
  readonly seconds: number;
};

/** The document of `tomoe data gc`. */
export type GcDocument = {
  readonly ok: true;
  readonly dryRun: boolean;
  readonly cache: string;
  readonly rows: { readonly total: number; readonly removed: number };
  /** Of the tables of data sets. */
  readonly indexes: { readonly total: number; readonly removed: number };
  /** Who needs rows, by kind, and how many of them work on some now. */
  readonly needed: {
    readonly runs: number;
    readonly evals: number;
    readonly builds: number;
    readonly others: number;
    readonly working: number;
  };
  /** Freed, or that would be freed. */
  readonly bytes: number;
  readonly left: number;
};
