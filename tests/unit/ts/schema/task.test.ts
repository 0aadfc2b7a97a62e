import {
  everyMetricOf,
  isMetricName,
  isTaskId,
  type MetricNeeding,
  type MetricOf,
  type MetricWith,
  metricNames,
  metricRow,
  metricsOf,
  predicts,
  type TaskId,
  taskIds,
  taskRow,
  taskThat,
} from "../../../../ts/schema/task.ts";

/** Compiles where both types are one. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
const holds = <T extends true>(value: T): T => value;

describe("the tasks", () => {
  it("are those of the table, in its order", () => {
    expect(taskIds).toEqual(["report", "closed-vqa", "open-vqa"]);
  });

  it("are found by what the model says", () => {
    expect((["report", "choice", "answer"] as const).map(taskThat)).toEqual([
      "report",
      "closed-vqa",
      "open-vqa",
    ]);
  });

  it("are known by their ids alone, and not by what every object has", () => {
    expect(taskIds.every(isTaskId)).toBe(true);
    for (const other of ["", "none", "Report", "toString", "__proto__", "constructor"])
      expect(isTaskId(other)).toBe(false);
  });

  it("say what they predict", () => {
    expect(taskIds.map((task) => taskRow(task).predicts)).toEqual(["report", "choice", "answer"]);
    expect(predicts("closed-vqa", "choice")).toBe(true);
    expect(predicts("open-vqa", "choice")).toBe(false);
  });
});

describe("the metrics of a task", () => {
  it.each([
    [
      "report",
      [
        "rouge1",
        "rouge2",
        "rougeL",
        "rouge1.stem",
        "rouge2.stem",
        "rougeL.stem",
        "rouge1.words",
        "rouge2.words",
        "rougeL.words",
        "tokenF1",
        "bleu1",
        "bleu2",
        "bleu3",
        "bleu4",
        "bleu1.corpus",
        "bleu2.corpus",
        "bleu3.corpus",
        "bleu4.corpus",
        "meteor",
        "cider",
      ],
    ],
    ["closed-vqa", ["accuracy"]],
    [
      "open-vqa",
      [
        "exact",
        "rouge1",
        "rouge2",
        "rougeL",
        "rouge1.stem",
        "rouge2.stem",
        "rougeL.stem",
        "rouge1.words",
        "rouge2.words",
        "rougeL.words",
        "tokenF1",
        "bleu1",
        "bleu2",
        "bleu3",
        "bleu4",
        "bleu1.corpus",
        "bleu2.corpus",
        "bleu3.corpus",
        "bleu4.corpus",
        "meteor",
        "cider",
      ],
    ],
  ] as const)("of %s are %j", (task, metrics) => {
    expect(metricsOf(task)).toEqual(metrics);
  });

  it("judge what the task predicts, and no other metric does", () => {
    for (const task of taskIds)
      for (const metric of metricNames)
        expect(everyMetricOf(task).includes(metric)).toBe(
          metricRow(metric).judges.includes(taskRow(task).predicts),
        );
  });

  it("are known by name alone", () => {
    expect(metricNames.every(isMetricName)).toBe(true);
    for (const other of ["", "accuracy.micro", "hasOwnProperty"]) expect(isMetricName(other)).toBe(false);
  });

  type Overlap =
    | "rouge1"
    | "rouge2"
    | "rougeL"
    | "rouge1.stem"
    | "rouge2.stem"
    | "rougeL.stem"
    | "rouge1.words"
    | "rouge2.words"
    | "rougeL.words"
    | "tokenF1"
    | "bleu1"
    | "bleu2"
    | "bleu3"
    | "bleu4"
    | "bleu1.corpus"
    | "bleu2.corpus"
    | "bleu3.corpus"
    | "bleu4.corpus"
    | "cider"
    | "meteor";

  it("are the same in the types, so that a scorecard has no number that its task lacks", () => {
    holds<Same<MetricOf<"closed-vqa">, "accuracy">>(true);
    holds<Same<MetricOf<"report">, Overlap>>(true);
    holds<Same<MetricOf<"open-vqa">, "exact" | Overlap>>(true);
    holds<Same<MetricNeeding<"worker">, "meteor">>(true);
    holds<Same<MetricWith<readonly ["micro", "macro", "types", "unparsed"]>, "accuracy">>(true);
    holds<Same<TaskId, "report" | "closed-vqa" | "open-vqa">>(true);
    // @ts-expect-error closed questions have no words to overlap
    const wrong: MetricOf<"closed-vqa"> = "rouge1";
    expect(metricsOf("closed-vqa")).not.toContain(wrong);
  });

  it("of label vectors and given weights are of files alone: no recipe can ask for them", () => {
    const clinical = ["radeval.radgraph", "radeval.ratescore", "radeval.green", "radeval.radbert"];
    const elsewhere = ["bertscore", ...clinical, "labels.f1.macro", "labels.f1.micro", "crg"];
    for (const metric of elsewhere) expect(metricsOf("report")).not.toContain(metric);
    expect(everyMetricOf("report").filter((metric) => !elsewhere.includes(metric))).toEqual(
      metricsOf("report"),
    );
    expect(everyMetricOf("report")).toEqual(expect.arrayContaining(elsewhere));
    expect(everyMetricOf("closed-vqa")).toEqual(metricsOf("closed-vqa"));
  });
});
