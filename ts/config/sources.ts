import type { ExperimentConfig } from "../schema/experiment.ts";
import { layoutRow } from "../schema/tables/layouts.ts";
import type { ConfigProblem } from "./problems.ts";

type DataConfig = ExperimentConfig["data"];
/** Splits that nothing is trained on. */
export type HeldOutSplit = ExperimentConfig["evaluation"]["split"];
type Of<K extends DataConfig["kind"]> = Extract<DataConfig, { kind: K }>;

/** What one kind of data asks of its options, given whether the base is pre-trained in 2D, and what it holds out. */
interface Check<K extends DataConfig["kind"]> {
  readonly problems: (data: Of<K>, isPretrained: boolean) => readonly ConfigProblem[];
  /** Slices that are held out of the 2D set. */
  readonly heldOutSlices: (data: Of<K>) => number;
  /** Whether a split is empty by what the recipe alone says; that a table leaves it empty is seen in the table. */
  readonly lacksSplit: (data: Of<K>, split: HeldOutSplit) => boolean;
}

/** The kinds of data, by the `kind` that their builder writes: a source is a row. */
const sources: { readonly [K in DataConfig["kind"]]: Check<K> } = {
  phantom: {
    problems: ({ slices, heldOutSlices }, isPretrained) => [
      ...(isPretrained && slices === 0
        ? [{ path: "data.slices", message: "2D pre-training needs slices; give their number" }]
        : []),
      ...(heldOutSlices > 0 && slices === 0
        ? [{ path: "data.heldOutSlices", message: "slices are held out of a 2D set, and data.slices is 0" }]
        : []),
    ],
    heldOutSlices: ({ heldOutSlices }) => heldOutSlices,
    lacksSplit: ({ volumes }, split) => volumes[split] === 0,
  },
  folder: { problems: scanProblems, heldOutSlices: () => 0, lacksSplit: hasNoShare },
  layout: {
    problems: (data, isPretrained) => [
      ...scanProblems(data, isPretrained),
      ...(data.split !== undefined && data.splits !== undefined
        ? [{ path: "data.splits", message: "a table of splits and shares of splits exclude each other" }]
        : []),
      ...(data.columns !== undefined && !layoutRow(data.layout).namesColumns
        ? [
            {
              path: "data.columns",
              message: `columns are named of one's own tables alone, not of ${data.layout}`,
            },
          ]
        : []),
    ],
    heldOutSlices: () => 0,
    lacksSplit: hasNoShare,
  },
};

/** What scans on disk have in common. */
function scanProblems(
  { split, allowLeak }: Pick<Of<"folder" | "layout">, "split" | "allowLeak">,
  isPretrained: boolean,
): readonly ConfigProblem[] {
  const sum = split === undefined ? 1 : split.train + split.validation + split.test;
  const slices = "2D pre-training draws its slices from PhantomCT; with a folder of scans leave it empty";
  return [
    ...(Math.abs(sum - 1) > 1e-9 ? [{ path: "data.split", message: `the shares sum to ${sum}, not 1` }] : []),
    ...(isPretrained ? [{ path: "model.base.pretrain", message: slices }] : []),
    ...(allowLeak?.trim() === ""
      ? [{ path: "data.allowLeak", message: "it needs a reason, which stands in every number" }]
      : []),
  ];
}

function hasNoShare({ split }: Pick<Of<"folder" | "layout">, "split">, of: HeldOutSplit): boolean {
  return split?.[of] === 0;
}

function rowOf(data: DataConfig): Check<DataConfig["kind"]> {
  return sources[data.kind] as Check<DataConfig["kind"]>;
}

/** What is wrong between the data's options, and between them and the base. */
export function sourceProblems(data: DataConfig, isPretrained: boolean): readonly ConfigProblem[] {
  return rowOf(data).problems(data as never, isPretrained);
}

/** How many slices the data hold out of the 2D set. */
export function heldOutOf(data: DataConfig): number {
  return rowOf(data).heldOutSlices(data as never);
}

/** Whether the recipe alone says that a split of its data is empty. */
export function lacksSplit(data: DataConfig, split: HeldOutSplit): boolean {
  return rowOf(data).lacksSplit(data as never, split);
}
