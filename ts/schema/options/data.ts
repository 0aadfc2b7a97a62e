import { layoutNames } from "../tables/layouts.ts";
import { count, countOrNone, seed, share } from "./ranges.ts";
import type { GroupRow, Rows } from "./row.ts";

/** A window of CT values. */
export const windowOptions = {
  low: { kind: "number", says: "Values below count as this.", unit: "HU" },
  high: { kind: "number", says: "Values above count as this.", unit: "HU" },
} as const satisfies Rows;

const sizeDHW = {
  kind: "triple",
  of: { ...count, says: "A side of the grid." },
  says: "Slices, rows and columns every volume is brought to.",
  unit: "voxels",
} as const;
const windowHu = {
  kind: "group",
  options: windowOptions,
  says: "Values that are kept when a volume is prepared.",
  unit: "HU",
} as const;

/** PhantomCT: generated, seeded CT-like volumes with reports and questions. */
export const phantomOptions = {
  kind: { kind: "constant", value: "phantom", says: "PhantomCT: generated volumes whose truth is exact." },
  seed: {
    ...seed,
    default: 1,
    says: "Seed of the training phantoms; the held-out ones come from a stream of their own.",
  },
  volumes: {
    kind: "group",
    says: "Volumes of each split.",
    options: {
      train: { ...count, says: "Volumes to train on.", unit: "volumes" },
      validation: { ...countOrNone, says: "Volumes to choose by.", unit: "volumes" },
      test: { ...count, says: "Volumes to report on.", unit: "volumes" },
    },
  },
  slices: { ...countOrNone, default: 0, says: "Slices of the 2D pre-training set.", unit: "slices" },
  heldOutSlices: {
    ...countOrNone,
    default: 0,
    says: "Slices held out of it: what has options is asked in 2D before the lift, and again after the last stage.",
    unit: "slices",
  },
  sizeDHW: { ...sizeDHW, default: [16, 48, 48] },
  windowHu: { ...windowHu, default: { low: -1024, high: 2000 } },
} as const satisfies Rows;

const stack = {
  kind: "choice",
  of: ["axial", "acquired"],
  default: "acquired",
  says: "The axis slices are stacked along: as acquired, or always axial.",
} as const;
const split = {
  kind: "group",
  absent: "the split column of cases.jsonl",
  says: "Replaces the split column: shares of the subjects, drawn by the experiment's seed.",
  options: {
    train: { ...share, says: "Share to train on." },
    validation: { ...share, says: "Share to choose by." },
    test: { ...share, says: "Share to report on." },
    by: { kind: "constant", value: "patient", says: "The unit that is never split." },
  },
} as const;

/** The graph between a scan's HU and the model's grid; left out, a volume is resized whole, by means. */
const graph = {
  spacingMmDHW: {
    kind: "triple",
    of: { kind: "number", above: 0, max: 100, says: "Distance of voxels along an axis of the model." },
    absent: "the scan's own",
    says: "Distance of voxels that every volume is brought to before its window and its size.",
    unit: "mm",
  },
  crop: {
    kind: "choice",
    of: ["foreground"],
    absent: "the whole volume is kept",
    says: "Keeps the box of what lies above the window's lower end.",
  },
  fit: {
    kind: "choice",
    of: ["stretch", "pad"],
    absent: "stretch",
    says: "How the size is reached: by resizing, or at the scale there is by cutting and padding about the middle.",
  },
  sampling: {
    kind: "choice",
    of: ["area", "linear"],
    absent: "area",
    says: "How new voxels are made: as means where an axis shrinks, or as points between old ones, as MONAI does.",
  },
} as const satisfies Rows;

const allowLeak = {
  kind: "text",
  absent: "a split that leaks is refused",
  says: "Why test cases may stand in the training all the same; it stands in every number.",
} as const;

/** A folder of one's own scans: manifest.json, cases.jsonl, items.jsonl and the volumes they name. */
export const folderOptions = {
  kind: { kind: "constant", value: "folder", says: "A folder of CT scans." },
  path: { kind: "text", says: "The folder with manifest.json, cases.jsonl and items.jsonl." },
  sizeDHW,
  windowHu,
  ...graph,
  stack,
  allowLeak,
  split,
} as const satisfies Rows;

const column = { kind: "text", absent: "a column of this name" } as const;

/** Columns of tables of one's own, where they are called otherwise. */
export const columnOptions = {
  id: { ...column, says: "The row's id, unique in the data set." },
  case: { ...column, says: "The scan's id; its path when absent." },
  patient: { ...column, says: "The patient: the unit of splits and intervals; the case when absent." },
  image: { ...column, says: "The scan's path, relative to the table." },
  series: { ...column, says: "Which series of a folder of several, by the id that its listing shows." },
  split: { ...column, says: "The split: train, validation or test." },
  report: { ...column, says: "The report of the scan." },
  question: { ...column, says: "A question about the scan." },
  choices: { ...column, says: "Its options: a list, or text between |." },
  answer: { ...column, says: "Its answer: of choices the text or the letter of one." },
  type: { ...column, says: "Type of the question, any text." },
} as const satisfies Rows;

/** A data set as it lies on disk. */
export const layoutOptions = {
  kind: { kind: "constant", value: "layout", says: "A data set in a known layout." },
  layout: { kind: "choice", of: layoutNames, says: "Its layout, by the name that --layout has for it." },
  path: { kind: "text", says: "Its folder, or one of its tables." },
  scans: { kind: "text", absent: "its own folder", says: "Folder of the scans, where they lie elsewhere." },
  columns: {
    kind: "group",
    absent: "columns of our own names",
    says: "What the columns of one's own tables are called.",
    options: columnOptions,
  },
  intensity: {
    kind: "choice",
    of: ["hu", "picture"],
    follows: { option: "layout", values: { "m3d-cap": "picture", "m3d-vqa": "picture" }, otherwise: "hu" },
    says: "What voxels are: HU, or shades of a picture in 0..1, of which the HU gate is not asked.",
  },
  sizeDHW,
  windowHu,
  ...graph,
  stack,
  problems: {
    kind: "text",
    absent: "nothing is left out",
    says: "The problems.jsonl of `tomoe data verify`: what it refuses is left out, with the reasons in the record.",
  },
  splits: {
    kind: "text",
    absent: "the data set's own splits",
    says: "A table of cases and their splits, as `tomoe data split` writes it, in place of the data set's own.",
  },
  certificate: {
    kind: "text",
    absent: "nothing is checked",
    says: "The certificate.json of `tomoe data certify`: rows and scans have to be those; its digest stands in every number.",
  },
  allowLeak,
  split: {
    ...split,
    absent: "the data set's own splits",
    says: "Replaces the data set's splits: shares of the subjects, drawn by the experiment's seed.",
  },
} as const satisfies Rows;

/** Where the volumes come from. */
export const dataOption = {
  kind: "one-of",
  says: "The data: `phantomCt(...)`, `ctFolder(...)`, or a data set such as `m3d(...)`.",
  of: [
    { kind: "group", says: "PhantomCT.", options: phantomOptions },
    { kind: "group", says: "A folder of scans.", options: folderOptions },
    { kind: "group", says: "A data set in a known layout.", options: layoutOptions },
  ],
} as const satisfies { readonly of: readonly GroupRow[]; readonly [key: string]: unknown };
