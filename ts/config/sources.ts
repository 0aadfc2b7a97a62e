import type { ExperimentConfig } from "../schema/experiment.ts";
import type { ConfigProblem } from "./problems.ts";

type DataConfig = ExperimentConfig["data"];
type Of<K extends DataConfig["kind"]> = Extract<DataConfig, { kind: K }>;

/** What one kind of data asks of its options, given whether the base is pre-trained in 2D. */
type Check<K extends DataConfig["kind"]> = (data: Of<K>, isPretrained: boolean) => readonly ConfigProblem[];

/** The kinds of data, by the `kind` that their builder writes: a source is a row. */
const sources: { readonly [K in DataConfig["kind"]]: Check<K> } = {
  phantom: ({ slices }, isPretrained) =>
    isPretrained && slices === 0
      ? [{ path: "data.slices", message: "2D pre-training needs slices; give their number" }]
      : [],
  folder: ({ split }, isPretrained) => {
    const sum = split === undefined ? 1 : split.train + split.validation + split.test;
    return [
      ...(Math.abs(sum - 1) > 1e-9
        ? [{ path: "data.split", message: `the shares sum to ${sum}, not 1` }]
        : []),
      ...(isPretrained
        ? [
            {
              path: "model.base.pretrain",
              message:
                "2D pre-training draws its slices from PhantomCT; with a folder of scans leave it empty",
            },
          ]
        : []),
    ];
  },
};

/** What is wrong between the data's options, and between them and the base. */
export function sourceProblems(data: DataConfig, isPretrained: boolean): readonly ConfigProblem[] {
  return (sources[data.kind] as Check<DataConfig["kind"]>)(data as never, isPretrained);
}
