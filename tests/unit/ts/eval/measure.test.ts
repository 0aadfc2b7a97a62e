import { atOnce, type PredictionRow } from "../../../../ts/eval/index.ts";
import { type MeasureOptions, measured, modeOf } from "../../../../ts/eval/measure.ts";

const row = (id: string, more: Partial<PredictionRow> = {}): PredictionRow => ({
  id,
  case: `c${id}`,
  task: "open-vqa",
  target: "a liver cyst",
  prediction: "a cyst",
  ...more,
});
const all = (rows: readonly PredictionRow[], options: Partial<MeasureOptions> = {}) =>
  atOnce(measured(rows, { profile: "strict", ...options }));

describe("the numbers of rows", () => {
  it("are those of the table's defaults where nobody names any, for each type too", () => {
    const [found] = all([row("1", { type: "organ" }), row("2", { type: "side" })]);
    expect(found?.numbers.map(({ metric }) => metric)).toEqual([
      "exact",
      "exact.type.organ",
      "exact.type.side",
      "rouge1",
      "rouge1.type.organ",
      "rouge1.type.side",
      "bleu1",
      "bleu1.type.organ",
      "bleu1.type.side",
    ]);
  });

  it("are those that are named, each once, in any order", () => {
    const tasks = { "open-vqa": { metrics: ["bleu4.corpus", "tokenF1", "tokenF1"] } };
    expect(all([row("1")], { tasks })[0]?.numbers.map(({ metric, shape }) => [metric, shape])).toEqual([
      ["bleu4.corpus", "corpus"],
      ["tokenF1", "mean"],
    ]);
  });

  it("of the spatial benchmark have stems and lower case under the plain names", () => {
    const tasks = { "open-vqa": { metrics: ["rouge1", "bleu4.corpus"] } };
    const ids = all([row("1")], { tasks, profile: "ct-spatial-vqa" })[0]?.numbers.map(({ id }) => id);
    expect(ids?.[0]).toContain("stemmer:porter-nltk");
    expect(ids?.[1]).toContain("case:lower");
    expect(all([row("1")], { profile: "ct-spatial-vqa" })[0]?.numbers.map(({ metric }) => metric)).toEqual([
      "rouge1",
      "rouge2",
      "rougeL",
      "bleu4.corpus",
    ]);
  });

  it("say where an English-only tokeniser drops letters, and what counts them", () => {
    const rows = [row("1", { target: "肝臓" }), row("2"), row("3", { prediction: "L\u00e4sion" })];
    const [found] = all(rows);
    expect(found?.warnings).toEqual([
      {
        code: "METRIC_ENGLISH_ONLY",
        message: expect.stringMatching(/^rouge1 .* 2 of 3 rows .*rouge1\.words/),
      },
    ]);
    expect(all([row("1")])[0]?.warnings).toEqual([]);
  });

  it("of closed answers are judged by what is asked for", () => {
    const closed = row("1", {
      task: "closed-vqa",
      choices: ["liver", "spleen"],
      target: "A",
      prediction: "B",
      choiceLogProbs: [-1, -2],
      choiceTokens: [1, 4],
    });
    const accuracy = (options: Partial<MeasureOptions>): number | undefined => {
      const [number] = all([closed], options)[0]?.numbers ?? [];
      return number?.shape === "mean" ? number.values[0] : undefined;
    };
    expect(accuracy({})).toBe(0);
    expect(accuracy({ answer: "generate" })).toBe(0);
    expect(accuracy({ answer: "loglik-sum" })).toBe(1);
    expect(accuracy({ answer: "loglik-token" })).toBe(0);
  });
});

describe("how answers were made", () => {
  it.each([
    ["closed-vqa", {}, {}, null],
    ["closed-vqa", { answerMode: "generate" }, {}, "generate"],
    ["closed-vqa", { answerMode: "loglik-sum" }, { answer: "loglik-token" }, "loglik-token"],
    ["report", { answerMode: "generate" }, {}, "generate"],
    ["report", {}, { answer: "loglik-sum" }, null],
  ] as const)("of %s with %j under %j is %j", (task, more, said, mode) => {
    expect(modeOf(task, [row("1", more)], said)).toBe(mode);
  });

  it("by log-probabilities leaves nothing that could be hedged", () => {
    const closed = {
      task: "closed-vqa",
      choices: ["liver", "spleen"],
      target: "A",
      prediction: "A",
    } as const;
    const metrics = (rows: readonly PredictionRow[]) => all(rows)[0]?.numbers.map(({ metric }) => metric);
    expect(metrics([row("1", closed)])).toContain("hedged");
    expect(metrics([row("1", { ...closed, answerMode: "loglik-sum" })])).toEqual([
      "accuracy.micro",
      "unparsed",
    ]);
  });
});

describe("a metric that was measured elsewhere", () => {
  const rows = [row("1"), row("2"), row("3")];
  const numberOf = (
    scores: readonly number[],
    { metric = "bertscore", bounds = "" }: { readonly metric?: string; readonly bounds?: string } = {},
  ) => {
    const measuredBy = {
      signature: `tomoe.x/1(F)${bounds}`,
      scores: new Map(scores.map((score, at) => [String(at + 1), score])),
    };
    const [found] = all(rows, {
      tasks: { "open-vqa": { metrics: [metric] } },
      measured: new Map([[`open-vqa/${metric}`, measuredBy]]),
    });
    const [number] = found?.numbers ?? [];
    if (number?.shape !== "mean") throw new Error("it is no mean");
    return number;
  };

  it("has the bounds of its row, and no share's interval where it may be below 0", () => {
    const number = numberOf([0.9, -0.2, 1]);
    expect([...number.values]).toEqual([0.9, -0.2, 1]);
    expect([number.kind, number.bounds]).toEqual(["unbounded", { floor: -1, ceiling: 1 }]);
    expect(numberOf([0.9, 0.2, 1], { metric: "meteor" })).toMatchObject({
      kind: "within",
      bounds: { floor: 0, ceiling: 1 },
    });
  });

  it("has the bounds that its signature says: a baseline that is taken off moves them", () => {
    const number = numberOf([-3, 0.5, 1], { bounds: "|bounds:-4.5..1" });
    expect([number.kind, number.bounds]).toEqual(["unbounded", { floor: -4.5, ceiling: 1 }]);
    expect(number.id).toBe("tomoe.x/1(F)|bounds:-4.5..1|empty:0");
  });

  it.each([
    ["below its bounds", [-1.5, 0, 0]],
    ["above them", [1.5, 0, 0]],
    ["no number", [Number.NaN, 0, 0]],
    ["missing", [0, 0]],
  ])("is refused where a score is %s", (_what, scores) => {
    expect(() => numberOf(scores)).toThrow(/metric "bertscore" of open-vqa has score .* within -1\.\.1/);
  });

  it("is refused where nobody measured it", () => {
    expect(() => all(rows, { tasks: { "open-vqa": { metrics: ["bertscore"] } } })).toThrow(
      /needs a reference library of the worker, and was not computed/,
    );
  });
});

describe("work on long texts", () => {
  /** Pauses within the scoring of some rows by some metrics. */
  const pauses = (rows: readonly PredictionRow[], metrics: readonly string[]): number => {
    const steps = measured(rows, { profile: "strict", tasks: { "open-vqa": { metrics } } });
    let count = 0;
    while (steps.next().done !== true) count += 1;
    return count;
  };
  const many = (length: number, count: number) =>
    Array.from({ length: count }, (_, at) =>
      row(String(at), { target: "a ".repeat(length), prediction: "b" }),
    );

  it.each(["rouge1", "bleu4.corpus", "cider", "rougeL"])("by %s has a pause for each of them", (metric) => {
    expect(pauses(many(40_000, 5), [metric])).toBeGreaterThanOrEqual(5);
  });

  it("is not slowed by a pause for each short one", () => {
    expect(pauses(many(4, 1000), ["rouge1"])).toBeLessThan(10);
  });

  it("has pauses within one row where a metric takes long over it", () => {
    const target = "a b b ".repeat(20_000),
      prediction = "b a ".repeat(20_000);
    expect(pauses([row("1", { target, prediction })], ["rougeL"])).toBeGreaterThan(5);
    expect(pauses([row("1", { target, prediction })], ["rouge1"])).toBe(1);
  });
});
