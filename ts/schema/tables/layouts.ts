import type { taskTable } from "./tasks.ts";

type Task = keyof typeof taskTable;

/** What the stored numbers of scans are: Hounsfield units, or shades of a picture in 0..1 that were HU once. */
export type Intensity = "hu" | "picture";

/** What a layout of data sets on disk offers, known before anything is opened. */
export interface LayoutRow {
  /** One line for people. */
  readonly title: string;
  readonly intensity: Intensity;
  /** Tasks that it has items of. */
  readonly tasks: readonly Task[];
  /** Question types that it is known for, by task; a data set may have others, since types are any text. */
  readonly types: { readonly [T in Task]?: readonly string[] };
}

/** Layouts of data sets, by their `--layout` name: how each is read stands in `data/sources`. */
export const layoutTable = {
  table: {
    title: "A folder of one's own: scans and tables in CSV, TSV or JSON Lines",
    intensity: "hu",
    tasks: ["report", "closed-vqa", "open-vqa"],
    types: {},
  },
  phantom: {
    title: "A folder of manifest.json, cases.jsonl and items.jsonl, as PhantomCT is written",
    intensity: "hu",
    tasks: ["report", "closed-vqa", "open-vqa"],
    types: {},
  },
} as const satisfies { readonly [layout: string]: LayoutRow };

export type LayoutName = keyof typeof layoutTable;

/** Layouts in the order of their table. */
export const layoutNames = Object.keys(layoutTable) as readonly LayoutName[];

/** The row of a layout. */
export function layoutRow(layout: LayoutName): LayoutRow {
  return layoutTable[layout];
}
