import { everyEvalSamples } from "../../../../../ts/eval/external/every-eval.ts";

const sample = (more: object = {}) => ({
  evaluation_id: "e",
  sample_id: "a",
  evaluation_result_id: "t/exact",
  interaction_type: "single_turn",
  input: { raw: "Where?", reference: ["liver"] },
  output: { raw: ["spleen"] },
  metadata: { case: "c", patient: "P" },
  ...more,
});

function read(...values: readonly object[]) {
  const problems: string[] = [];
  const format = everyEvalSamples();
  const rows = values.map((value) => format.fields(value as never, (problem) => problems.push(problem)));
  return { rows, problems };
}

describe("samples of Every Eval Ever", () => {
  it("of one item under several results are one row", () => {
    const { rows, problems } = read(
      sample(),
      sample({ evaluation_result_id: "t/rouge1" }),
      sample({ sample_id: "b" }),
    );
    expect(rows.map((row) => row?.id)).toEqual(["a", undefined, "b"]);
    expect(problems).toEqual([]);
  });

  it("are told apart by the evaluation's name where results have no id", () => {
    const plain = { evaluation_result_id: undefined, evaluation_name: "GSM" };
    expect(read(sample(plain), sample({ ...plain, evaluation_name: "MMLU" })).rows[1]).toBeUndefined();
    // The same result twice is an item twice, which the reader of rows refuses.
    expect(read(sample(), sample()).rows[1]).toBeDefined();
  });

  it("of one item that say different things are told", () => {
    const other = sample({ evaluation_result_id: "t/rouge1", output: { raw: ["liver"] } });
    expect(read(sample(), other).problems).toEqual(['"a" says something else than under "t/exact"']);
  });

  it("of two tasks may share an id", () => {
    const metadata = { case: "c", patient: "P", task: "report" };
    expect(read(sample(), sample({ metadata, evaluation_result_id: "r" })).rows[1]?.task).toBe("report");
  });

  it("keep several types, log-probabilities and label vectors as JSON in texts", () => {
    const metadata = {
      case: "c",
      types: '["a","b"]',
      choiceLogProbs: "[-1,null]",
      choiceTokens: "not json",
      labels: '{"target":[1],"prediction":[0]}',
      answerMode: "loglik-sum",
      truncated: "true",
    };
    expect(read(sample({ metadata })).rows[0]).toMatchObject({
      type: ["a", "b"],
      choiceLogProbs: [-1, null],
      labels: { target: [1], prediction: [0] },
      answerMode: "loglik-sum",
      truncated: true,
    });
    expect(read(sample({ metadata })).rows[0]).not.toHaveProperty("choiceTokens");
    const findings = { case: "c", labels: ["cyst"], types: "[not json" };
    expect(read(sample({ metadata: findings })).rows[0]).toMatchObject({ type: "[not json" });
    expect(read(sample({ metadata: findings })).rows[0]).not.toHaveProperty("labels");
  });
});
