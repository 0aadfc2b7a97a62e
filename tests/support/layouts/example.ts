// What a layout's fixture is: a small data set on disk, as the layout's own files lie, with its quirks.
import type { OpenOptions } from "../../../ts/data/sources/source.ts";

export interface Example {
  /** What `open` is given. */
  readonly path: string;
  readonly options?: OpenOptions;
  /** Files below the path that are needed, each with what is said where it is missing. */
  readonly needs: Readonly<Record<string, string>>;
  /** Rows that are left once filters were applied. */
  readonly cases: number;
  readonly items: number;
  /** Rows that each filter drops. */
  readonly dropped: Readonly<Record<string, number>>;
}

/** Writes a layout's fixture below a new folder. */
export type WriteExample = (folder: string) => Promise<Example>;
