import type { taskTable } from "./tasks.ts";

type Task = keyof typeof taskTable;

/** What the stored numbers of scans are: Hounsfield units, or shades of a picture in 0..1 that were HU once. */
export type Intensity = "hu" | "picture";

/** What a layout of data sets on disk offers, known before anything is opened. */
export interface LayoutRow {
  /** One line for people. */
  readonly title: string;
  readonly intensity: Intensity;
  /** True where the user says what the columns are called. */
  readonly namesColumns?: true;
  /** Tasks that it has items of. */
  readonly tasks: readonly Task[];
  /** Question types that it is known for, by task; a data set may have others, since types are any text. */
  readonly types: { readonly [T in Task]?: readonly string[] };
}

const m3dTypes = ["plane", "phase", "organ", "abnormality", "location"] as const;

/** Layouts of data sets, by their `--layout` name: how each is read stands in `data/sources`. */
export const layoutTable = {
  "m3d-cap": {
    title: "M3D-Cap: volumes as pictures of 0..1, a report each",
    intensity: "picture",
    tasks: ["report"],
    types: {},
  },
  "m3d-vqa": {
    title: "M3D-VQA: questions with four options on M3D-Cap's volumes",
    intensity: "picture",
    tasks: ["closed-vqa", "open-vqa"],
    types: { "closed-vqa": m3dTypes, "open-vqa": m3dTypes },
  },
  "ct-rate": {
    title: "CT-RATE v2: chest CT in HU with reports and 18 labels",
    intensity: "hu",
    tasks: ["report", "open-vqa"],
    types: { "open-vqa": ["abnormality"] },
  },
  "ct-rate-v1": {
    title: "CT-RATE v1: chest CT whose scaling and geometry stand in a table",
    intensity: "hu",
    tasks: ["report", "open-vqa"],
    types: { "open-vqa": ["abnormality"] },
  },
  "radgenome-chestct": {
    title: "RadGenome-ChestCT: reports by region and questions on CT-RATE",
    intensity: "hu",
    tasks: ["report", "open-vqa"],
    types: { "open-vqa": ["abnormality", "location", "presence", "size"] },
  },
  "3d-rad": {
    title: "3D-RAD: open and closed questions of six tasks on CT-RATE",
    intensity: "hu",
    tasks: ["closed-vqa", "open-vqa"],
    types: {},
  },
  "amos-mm": {
    title: "AMOS-MM: reports by region and questions with options",
    intensity: "hu",
    tasks: ["report", "closed-vqa"],
    types: { report: ["chest", "abdomen", "pelvis"] },
  },
  deeptumorvqa: {
    title: "DeepTumorVQA v2: questions on tumours of the abdomen, open and with options",
    intensity: "hu",
    tasks: ["closed-vqa", "open-vqa"],
    types: {},
  },
  "clinfusion-3d": {
    title: "ClinFusion-Eval 3D: questions and reports on CT-RATE, AMOS-MM and 3D-RAD",
    intensity: "hu",
    tasks: ["report", "closed-vqa", "open-vqa"],
    types: {},
  },
  messages: {
    title: "Chat messages as trainers of Hugging Face read them, in JSON Lines or Parquet",
    intensity: "hu",
    tasks: ["report", "open-vqa"],
    types: {},
  },
  table: {
    title: "A folder of one's own: scans and tables in CSV, TSV, JSON Lines or Parquet",
    namesColumns: true,
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

/** True for the name of a layout. */
export function isLayoutName(name: string): name is LayoutName {
  return Object.hasOwn(layoutTable, name);
}

/** The row of a layout. */
export function layoutRow(layout: LayoutName): LayoutRow {
  return layoutTable[layout];
}
