import { resolve } from "node:path";
import { z } from "zod";
import { didYouMean } from "../../schema/nearest.ts";
import { type MetricName, metricNames, metricRow } from "../../schema/task.ts";
import { usage } from "../words/flags.ts";
import { isClinical } from "./clinical.ts";

/** What the user gives for one metric that a model computes. */
export interface GivenWeights {
  /** Absolute. */
  readonly folder: string;
  /** Whose vectors are compared; null where a metric is of no layer. */
  readonly layer: number | null;
  /** Tokens are weighed by how few targets hold them. */
  readonly idf: boolean;
  /** A table of baselines by layer, absolute. */
  readonly baseline: string | null;
}

/** A file of the user's that scores follow from. */
export const weightsFile = z.object({ system: z.string(), path: z.string(), sha256: z.string() });
export type WeightsFile = z.infer<typeof weightsFile>;

const weighed: readonly MetricName[] = metricNames.filter((name) => metricRow(name).needs === "weights");

/** What stands behind the folder, by metric; the others take a folder alone. */
const keysOf = (metric: string): readonly string[] =>
  isClinical(metric) ? [] : ["layer", "idf", "baseline"];

/** How weights of a metric are given. */
export const howTo = (metric: string): string =>
  `${metric}=FOLDER${keysOf(metric).includes("layer") ? ",layer=N" : ""}`;

interface Told {
  readonly metric: string;
  readonly folder: string;
  readonly options: ReadonlyMap<string, string>;
}

/** `METRIC=FOLDER,layer=N,idf,baseline=FILE`, cut at its marks. */
function toldOf(text: string): Told {
  const [head = "", ...rest] = text.split(",");
  const at = head.indexOf("=");
  const options = rest.map((one): readonly [string, string] => {
    const [key = "", ...value] = one.split("=");
    return [key.trim(), value.join("=")];
  });
  return {
    metric: at < 0 ? head : head.slice(0, at),
    folder: at < 0 ? "" : head.slice(at + 1),
    options: new Map(options),
  };
}

function problemsOf({ metric, folder, options }: Told): readonly string[] {
  const told = `--weights ${JSON.stringify(metric)}`;
  if (!(weighed as readonly string[]).includes(metric))
    return [
      `${told}: no metric of this name takes weights${didYouMean(metric, weighed)}; those that do are ${weighed.join(", ")}`,
    ];
  const layer = options.get("layer"),
    keys = keysOf(metric);
  return [
    ...(folder === "" ? [`${told} names no folder: write ${howTo(metric)}`] : []),
    ...[...options.keys()]
      .filter((key) => !keys.includes(key))
      .map((key) =>
        keys.length === 0
          ? `${told} takes a folder alone, not "${key}"`
          : `${told}: "${key}" is none of ${keys.join(", ")}${didYouMean(key, keys)}`,
      ),
    ...(keys.includes("layer") && (layer === undefined || !/^[1-9]\d{0,3}$/.test(layer))
      ? [
          `${told} needs the layer whose vectors are compared: layer=9 for bert-base-uncased, layer=17 for roberta-large`,
        ]
      : []),
    ...((options.get("idf") ?? "") === "" ? [] : [`${told}: idf is a word of its own, without a value`]),
    ...(options.get("baseline") === "" ? [`${told}: baseline names no file`] : []),
  ];
}

/**
 * What `--weights` gives, by metric.
 *
 * @param values - each `METRIC=FOLDER,layer=N`, and `idf` and `baseline=FILE` behind it where they are wanted.
 * @throws TomoeError `USAGE_INVALID` with every problem.
 */
export function givenWeights(command: string, values: readonly string[]): ReadonlyMap<string, GivenWeights> {
  const all = values.map(toldOf);
  const problems = all.flatMap(problemsOf);
  for (const [at, { metric }] of all.entries())
    if (all.findIndex((one) => one.metric === metric) < at)
      problems.push(`--weights ${JSON.stringify(metric)} is given twice`);
  if (problems.length > 0) throw usage({ name: command }, problems);
  return new Map(
    all.map(({ metric, folder, options }) => {
      const baseline = options.get("baseline");
      return [
        metric,
        {
          folder: resolve(folder),
          layer: options.has("layer") ? Number(options.get("layer")) : null,
          idf: options.has("idf"),
          baseline: baseline === undefined ? null : resolve(baseline),
        },
      ];
    }),
  );
}
