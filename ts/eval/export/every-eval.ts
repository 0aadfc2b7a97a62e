import type { ScorecardEntry } from "../../schema/answers/scorecard.ts";
import { betterOf, boundsOf, sentenceOf } from "../metrics/facts.ts";
import { itemKey, type PredictionRow } from "../rows/row.ts";
import {
  besideOf,
  countsOf,
  type Exported,
  isBest,
  jsonLine,
  numberKey,
  portableName,
  scoresByItem,
  signaturePart,
} from "./exported.ts";

/** The version of the schema of Every Eval Ever that is written (MIT, `every-eval-ever` on the package index). */
const schemaVersion = "0.3.0";

/** Seconds since 1970, as the schema wants the time at which a record was made. */
const stampOf = ({ at }: Pick<Exported, "at">): string => String(Math.floor(at.getTime() / 1000));

const evaluationId = (made: Exported): string =>
  `${made.name}/${made.model.replaceAll("/", "_")}/${stampOf(made)}`;

/** Where the datastore wants a record's two files, without their ending: `data/<name>/<developer>/<model>/<uuid>`. */
export function everyEvalPath({ name, model }: Pick<Exported, "name" | "model">, uuid: string): string {
  const [developer = "", ...rest] = model.split("/");
  return ["data", name, developer, rest.join("_")]
    .map((part, at) => (at === 0 ? part : portableName(part)))
    .concat(uuid)
    .join("/");
}

/** Values of the schema's free objects are texts. */
const asTexts = (values: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );

function resultOf(entry: ScorecardEntry, { name, digest }: Exported): object {
  const { task, metric, value, ciLow, ciHigh, n, signature } = entry;
  const { floor, ceiling } = boundsOf(metric, signature),
    description = sentenceOf(metric);
  return {
    evaluation_result_id: numberKey(entry),
    evaluation_name: task,
    source_data: { dataset_name: name, source_type: "other", additional_details: { rowsSha256: digest } },
    metric_config: {
      ...(description === undefined ? {} : { evaluation_description: description }),
      metric_id: `tomoe.${metric}`,
      metric_name: metric,
      metric_unit: floor === 0 && ceiling === 1 ? "proportion" : "points",
      metric_parameters: { signature },
      lower_is_better: betterOf(metric) === "lower",
      score_type: "continuous",
      min_score: floor,
      max_score: ceiling,
    },
    score_details: {
      score: value,
      details: asTexts(countsOf(entry)),
      uncertainty: {
        confidence_interval: {
          lower: ciLow,
          upper: ciHigh,
          confidence_level: 0.95,
          method: signaturePart(entry, "ci:") ?? "",
        },
        num_samples: n,
      },
    },
  };
}

/** The file of single items, as the aggregate names it. */
export interface SamplesFile {
  /** Below the datastore's root. */
  readonly path: string;
  readonly sha256: string;
  readonly lines: number;
}

/** The aggregate record of a scorecard: one result a number, each with its interval and the whole signature. */
export function everyEvalRecord(made: Exported, { path, sha256, lines }: SamplesFile): object {
  const [developer = "", ...rest] = made.model.split("/");
  return {
    schema_version: schemaVersion,
    evaluation_id: evaluationId(made),
    evaluation_timestamp: made.at.toISOString(),
    retrieved_timestamp: stampOf(made),
    source_metadata: {
      source_name: made.name,
      source_type: "evaluation_run",
      source_organization_name: developer,
      evaluator_relationship: "other",
    },
    eval_library: { name: "tomoe", version: made.version },
    model_info: {
      name: rest.join("/"),
      id: made.model,
      developer,
      additional_details: { deployment_type: "unknown", model_availability: "unknown" },
    },
    evaluation_results: made.entries.map((entry) => resultOf(entry, made)),
    detailed_evaluation_results: {
      format: "jsonl",
      file_path: path,
      hash_algorithm: "sha256",
      checksum: sha256,
      total_rows: lines,
    },
  };
}

function sampleOf(row: PredictionRow, entry: ScorecardEntry, score: number, made: Exported): object {
  return {
    schema_version: schemaVersion,
    evaluation_id: evaluationId(made),
    model_id: made.model,
    evaluation_name: entry.task,
    evaluation_result_id: numberKey(entry),
    sample_id: row.id,
    interaction_type: "single_turn",
    input: {
      raw: row.question ?? "",
      reference: [row.target],
      ...(row.choices === undefined ? {} : { choices: row.choices }),
    },
    output: { raw: [row.prediction] },
    answer_attribution: [
      {
        turn_idx: 0,
        source: "output.raw",
        extracted_value: row.prediction,
        extraction_method: signaturePart(entry, "parser:") ?? "the whole text",
        is_terminal: true,
      },
    ],
    evaluation: { score, is_correct: isBest(score, entry) },
    metadata: asTexts(besideOf(row)),
  };
}

/**
 * The lines of the samples file: one for each item and each number that is a mean over all items of its task. Numbers
 * over a type, over types and over the corpus have their items among these, and stand in the aggregate alone.
 */
export function* everyEvalLines(made: Exported): Generator<string, void> {
  const scores = scoresByItem(made);
  for (const entry of made.entries)
    for (const row of made.rows) {
      const score = row.task === entry.task ? scores.get(itemKey(row))?.[entry.metric] : undefined;
      if (score !== undefined) yield jsonLine(sampleOf(row, entry, score, made));
    }
}
