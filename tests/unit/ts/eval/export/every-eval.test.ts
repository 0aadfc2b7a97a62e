import { everyEvalLines, everyEvalPath, everyEvalRecord } from "../../../../../ts/eval/export/every-eval.ts";
import { atOnce, RowReader, scoreRows } from "../../../../../ts/eval/index.ts";
import { exportOf } from "../../../../support/exports.ts";
import { schemaNamed } from "../../../../support/json-schema.ts";

const made = exportOf();
const uuid = "8f14e45f-ceea-467f-a5d2-0d3b9a4c1e2b";
const path = everyEvalPath(made, uuid);
const lines = [...everyEvalLines(made)];
const record = everyEvalRecord(made, {
  path: `${path}_samples.jsonl`,
  sha256: "e".repeat(64),
  lines: lines.length,
}) as { readonly [key: string]: never } & {
  readonly evaluation_id: string;
  readonly evaluation_results: readonly {
    readonly evaluation_result_id: string;
    readonly metric_config: Readonly<Record<string, unknown>>;
    readonly score_details: {
      readonly score: number;
      readonly details: Readonly<Record<string, string>>;
      readonly uncertainty: { readonly confidence_interval: Readonly<Record<string, unknown>> };
    };
  }[];
};
const samples = lines.map((line) => JSON.parse(line) as Readonly<Record<string, never>>);

describe("a record of Every Eval Ever", () => {
  it("is valid by the published schema, and so is each of its samples", () => {
    const aggregate = schemaNamed("every-eval-ever/eval.schema.json"),
      instance = schemaNamed("every-eval-ever/instance_level_eval.schema.json");
    expect(aggregate.safeParse(record).error?.issues ?? []).toEqual([]);
    for (const sample of samples) expect(instance.safeParse(sample).error?.issues ?? []).toEqual([]);
    // What the schemas' conditions demand of continuous scores and of single turns.
    for (const { metric_config } of record.evaluation_results)
      expect(metric_config).toMatchObject({ score_type: "continuous", min_score: 0, max_score: 1 });
    for (const sample of samples)
      expect(sample).toMatchObject({ interaction_type: "single_turn", output: {} });
  });

  it("refuses by that schema what lacks a part or has one too many", () => {
    const aggregate = schemaNamed("every-eval-ever/eval.schema.json");
    const { model_info: _model, ...rest } = record;
    expect(aggregate.safeParse(rest).success).toBe(false);
    expect(aggregate.safeParse({ ...record, more: 1 }).success).toBe(false);
  });

  it("lies where the datastore looks for its model, and names its samples there", () => {
    expect(path).toBe(`data/mix/my-lab/ct_7b/${uuid}`);
    expect(record).toMatchObject({
      schema_version: "0.3.0",
      evaluation_id: "mix/my-lab_ct_7b/1796004000",
      retrieved_timestamp: "1796004000",
      model_info: { id: "my-lab/ct/7b", name: "ct/7b", developer: "my-lab" },
      detailed_evaluation_results: { file_path: `${path}_samples.jsonl`, total_rows: lines.length },
    });
  });

  it("has every number of the scorecard with interval, counts and signature", () => {
    expect(record.evaluation_results.map((one) => one.evaluation_result_id)).toEqual(
      made.entries.map(({ task, metric }) => `${task}/${metric}`),
    );
    for (const [at, entry] of made.entries.entries()) {
      const result = record.evaluation_results[at];
      expect(result?.score_details.score).toBe(entry.value);
      expect(result?.score_details.details).toMatchObject({ n: String(entry.n), unit: "patient" });
      expect(result?.score_details.uncertainty.confidence_interval).toMatchObject({
        lower: entry.ciLow,
        upper: entry.ciHigh,
        confidence_level: 0.95,
      });
      expect(result?.metric_config.metric_parameters).toEqual({ signature: entry.signature });
    }
    const unparsed = record.evaluation_results.find((one) => one.evaluation_result_id.endsWith("/unparsed"));
    expect(unparsed?.metric_config.lower_is_better).toBe(true);
  });

  it("has a sample for each item and number that is a mean of items, all of the record's", () => {
    const means = ["accuracy.micro", "unparsed", "hedged", "contradicted"];
    expect(lines.length).toBe(4 * means.length + 3 * 2);
    expect(new Set(samples.map((one) => String(one.evaluation_id)))).toEqual(new Set([record.evaluation_id]));
    const first = samples.find(
      ({ sample_id, evaluation_name }) => sample_id === "q0" && evaluation_name === "report",
    );
    expect(first).toMatchObject({
      input: { raw: "", reference: ["The liver is normal. No cyst."] },
      metadata: { case: "c0", patient: "P0", types: '["a","b"]', truncated: "true" },
    });
    expect(lines.join("")).not.toMatch(/[\u0085\u2028\u2029]/);
  });

  it("reads back as the rows it was made of, to the last bit of every number", () => {
    const reader = new RowReader({ keepsQuestions: true });
    for (const line of lines) reader.push(Buffer.from(line));
    const { rows, warnings } = reader.end();
    expect(rows.map(({ id, task, prediction }) => [id, task, prediction])).toEqual(
      made.rows
        .toSorted((a, b) => (a.task === b.task ? 0 : a.task === "report" ? -1 : 1))
        .map(({ id, task, prediction }) => [id, task, prediction]),
    );
    expect(rows.find(({ id, task }) => id === "q1" && task === "closed-vqa")?.question).toBe(
      'Which organ, "1"?\u2028',
    );
    expect(atOnce(scoreRows(rows, { profile: "strict" })).entries).toEqual(made.entries);
    expect(warnings.map(({ code }) => code)).toEqual(["FORMAT_READ", "FILTERS_REPEAT"]);
  });
});
