import fc from "fast-check";
import type { PredictionRow, ScoreOptions } from "../../../../ts/eval/index.ts";
import {
  atOnce,
  renderScorecard,
  rouge1,
  scorePredictions,
  scoreRows,
  seededUniform,
} from "../../../../ts/eval/index.ts";
import type { ScorecardEntry } from "../../../../ts/schema/answers/scorecard.ts";
import { questionTypes } from "../../../../ts/schema/index.ts";
import { thrownBy } from "../../../support/router-policies.ts";

const options: ScoreOptions = { profile: "strict" };
const letters = ["A", "B", "C", "D"] as const;

/**
 * Closed questions on `cases` scans, one of each type a scan; `say` answers question `at` with target letter
 * `target`.
 */
function closedRows(cases: number, say: (at: number, target: string) => string): readonly PredictionRow[] {
  return Array.from({ length: cases }, (_, scan) =>
    questionTypes.map((type, t): PredictionRow => {
      const at = scan * questionTypes.length + t;
      const target = letters[(at * 7) % 4] ?? "A";
      return {
        id: `q${at}`,
        case: `case-${String(scan).padStart(4, "0")}`,
        task: "closed-vqa",
        type,
        choices: ["liver", "spleen", "heart", "lung"],
        target,
        prediction: say(at, target),
      };
    }),
  ).flat();
}

const entry = (entries: readonly ScorecardEntry[], metric: string, task = "closed-vqa"): ScorecardEntry => {
  const found = entries.find((one) => one.metric === metric && one.task === task);
  if (found === undefined) throw new Error(`no ${metric} in ${entries.map((one) => one.metric).join(", ")}`);
  return found;
};

const reports: readonly PredictionRow[] = Array.from({ length: 12 }, (_, at) => ({
  id: `r${at}`,
  case: `c${at}`,
  task: "report",
  target: "There is a cyst in the liver.",
  prediction: at % 3 === 0 ? "There is a cyst." : at % 3 === 1 ? "" : "There is a cyst in the liver.",
}));

describe("a scorecard of closed questions", () => {
  it("has micro, macro and each type with chance, and the unparsed rate, in the documented shape", () => {
    const entries = scorePredictions(
      closedRows(20, (_at, target) => target),
      options,
    );
    expect(entries.map(({ metric }) => metric)).toEqual([
      "accuracy.micro",
      "accuracy.macro",
      "type.plane",
      "type.phase",
      "type.organ",
      "type.abnormality",
      "type.location",
      "unparsed",
      "hedged",
      "contradicted",
    ]);
    for (const one of entries) {
      expect(Object.keys(one).sort()).toEqual([
        "answerMode",
        "chance",
        "ciHigh",
        "ciLow",
        "clusters",
        "designEffect",
        "majority",
        "metric",
        "n",
        "signature",
        "task",
        "unit",
        "value",
      ]);
      expect(one.chance).toBe(/^(?:unparsed|hedged|contradicted)$/.test(one.metric) ? null : 0.25);
      expect(one.clusters).toBe(20);
      expect(one.n).toBe(one.metric.startsWith("type.") ? 20 : 100);
    }
  });

  it("of a perfect answerer is 1, with an interval below it that says why it has a width", () => {
    const micro = entry(
      scorePredictions(
        closedRows(20, (_at, target) => target),
        options,
      ),
      "accuracy.micro",
    );
    expect(micro).toMatchObject({ value: 1, ciHigh: 1 });
    // The value that the rule's page works out for 20 patients of five items each.
    expect(micro.ciLow).toBeCloseTo(0.883843, 6);
    expect(micro.designEffect).toBeCloseTo(3, 12);
    expect(micro.signature).toContain("ci:wilson95(n_eff=rho-shrunk,prior=.5,df=G-1)");
  });

  it("of a guesser lies about chance: its interval holds 0.25", () => {
    const uniform = seededUniform(17);
    const entries = scorePredictions(
      closedRows(400, () => letters[Math.floor(uniform() * 4)] ?? "A"),
      options,
    );
    for (const metric of ["accuracy.micro", "accuracy.macro"]) {
      const one = entry(entries, metric);
      expect(one.ciLow).toBeLessThan(0.25);
      expect(one.ciHigh).toBeGreaterThan(0.25);
      expect(one.ciHigh - one.ciLow).toBeLessThan(0.06);
    }
  });

  it("weighs types alike in macro and items alike in micro", () => {
    const rows = [
      ...closedRows(20, (_at, target) => target),
      ...closedRows(60, () => "none of them")
        .filter(({ type }) => type === "plane")
        .map((row) => ({ ...row, id: `x${row.id}` })),
    ];
    const entries = scorePredictions(rows, options);
    expect(entry(entries, "accuracy.micro").value).toBeCloseTo(100 / 160, 12);
    expect(entry(entries, "type.plane").value).toBeCloseTo(20 / 80, 12);
    expect(entry(entries, "accuracy.macro").value).toBeCloseTo((4 + 20 / 80) / 5, 12);
    expect(entry(entries, "unparsed").value).toBeCloseTo(60 / 160, 12);
  });

  it("has no macro where no row has a type", () => {
    const rows = closedRows(12, (_at, target) => target).map(({ type: _type, ...row }) => row);
    expect(scorePredictions(rows, options).map(({ metric }) => metric)).toEqual([
      "accuracy.micro",
      "unparsed",
      "hedged",
      "contradicted",
    ]);
  });

  it("has the mean chance of questions with different numbers of options", () => {
    const rows = closedRows(12, (_at, target) => target).map((row) =>
      row.type === "organ" ? { ...row, choices: ["Yes", "No", "NA", "NA"], target: "A" } : row,
    );
    const entries = scorePredictions(rows, options);
    expect(entry(entries, "type.organ").chance).toBe(0.5);
    expect(entry(entries, "accuracy.micro").chance).toBeCloseTo((4 * 0.25 + 0.5) / 5, 12);
    expect(entry(entries, "accuracy.macro").chance).toBeCloseTo((4 * 0.25 + 0.5) / 5, 12);
  });

  it("differs between the profiles for an answer that lists every option", () => {
    const rows = closedRows(20, () => "A. liver B. spleen C. heart D. lung");
    expect(entry(scorePredictions(rows, options), "accuracy.micro").value).toBe(0);
    expect(entry(scorePredictions(rows, options), "hedged").value).toBe(1);
    expect(entry(scorePredictions(rows, { ...options, profile: "m3d-compat" }), "accuracy.micro").value).toBe(
      1,
    );
  });
});

describe("every scorecard", () => {
  const uniform = seededUniform(5);
  const rows = [...closedRows(30, (_at, target) => (uniform() < 0.6 ? target : "A")), ...reports];

  it("does not depend on the order of rows, to the last bit", () => {
    const straight = scorePredictions(rows, options);
    fc.assert(
      fc.property(fc.shuffledSubarray([...rows], { minLength: rows.length }), (shuffled) => {
        expect(scorePredictions(shuffled, options)).toEqual(straight);
      }),
      { seed: 2, numRuns: 10 },
    );
  });

  it("is made over patients where rows name them: many scans of one patient make a wider interval", () => {
    const perCase = entry(
      scorePredictions(
        closedRows(60, (at, target) => (Math.floor(at / 15) % 2 === 0 ? target : "none")),
        options,
      ),
      "accuracy.micro",
    );
    const perPatient = entry(
      scorePredictions(
        closedRows(60, (at, target) => (Math.floor(at / 15) % 2 === 0 ? target : "none")).map((row, at) => ({
          ...row,
          subject: `p${Math.floor(at / 15)}`,
        })),
        options,
      ),
      "accuracy.micro",
    );
    expect([perCase.clusters, perPatient.clusters]).toEqual([60, 20]);
    expect(perPatient.value).toBe(perCase.value);
    expect(perPatient.ciHigh - perPatient.ciLow).toBeGreaterThan(1.3 * (perCase.ciHigh - perCase.ciLow));
    expect(perPatient.signature).toContain("|cluster:subject|");
    expect(perCase.signature).toContain("|cluster:case|");
  });

  it("says in its signatures how the answers were made where that is known: options by one mode, texts by the other", () => {
    const answered = { generate: "greedy", answer: "loglik-sum" };
    const made = scorePredictions(rows, { ...options, answered });
    const modes = new Set(
      made.map(({ task, signature }) => `${task} ${/\|answer:[^|]*\|/.exec(signature)?.[0]}`),
    );
    expect([...modes].sort()).toEqual(["closed-vqa |answer:loglik-sum|", "report |answer:greedy|"]);
    const elsewhere = scorePredictions(rows, options);
    expect(elsewhere.map(({ value, ciLow, ciHigh }) => [value, ciLow, ciHigh])).toEqual(
      made.map(({ value, ciLow, ciHigh }) => [value, ciLow, ciHigh]),
    );
    expect(elsewhere.some(({ signature }) => signature.includes("|answer:"))).toBe(false);
  });

  it("names in its signatures implementation, version, profile, parser, empty policy, aggregation and interval", () => {
    const signatures = scorePredictions(rows, options).map(({ signature }) => signature);
    expect(signatures[0]).toMatch(
      /^tomoe-eval\/2\|profile:strict\|tomoe\.rouge1\/2\(F,tokens:a-z0-9-lower,stemmer:no\)\|empty:0\|avg:micro\|cluster:case\|ci:/,
    );
    expect(signatures).toContainEqual(
      expect.stringMatching(
        /\|tomoe\.accuracy\/2\|parser:first-letter-or-exact-text\/4\|unparsed:wrong\|empty:wrong\|avg:macro-over-types\|cluster:case\|ci:square-and-add95\(of=type-intervals,R=clip\(c,0,1\)\*b\/\(b\+5\)\)$/,
      ),
    );
  });
});

describe("a scorecard of texts", () => {
  it("is the mean of the items' scores, an empty prediction among them as 0", () => {
    const entries = scorePredictions(reports, options);
    expect(entries.map(({ metric }) => metric)).toEqual(["rouge1", "bleu1"]);
    const short = rouge1("There is a cyst.", "There is a cyst in the liver.");
    expect(entry(entries, "rouge1", "report").value).toBeCloseTo((4 * short + 4 * 0 + 4 * 1) / 12, 12);
    expect(entry(entries, "rouge1", "report")).toMatchObject({ n: 12, clusters: 12, chance: null });
  });

  it("scores open questions by exact answer beside the words", () => {
    const open = reports.map((row): PredictionRow => ({ ...row, task: "open-vqa" }));
    expect(scorePredictions(open, options).map(({ metric, value }) => [metric, value > 0])).toEqual([
      ["exact", true],
      ["rouge1", true],
      ["bleu1", true],
    ]);
    expect(entry(scorePredictions(open, options), "exact", "open-vqa").value).toBeCloseTo(4 / 12, 12);
  });

  it("takes scores that a reference library computed, with its signature", () => {
    const scores = new Map(reports.map(({ id }, at) => [id, at / 12]));
    const entries = scorePredictions(reports, {
      ...options,
      tasks: { report: { metrics: ["meteor"] } },
      measured: new Map([["report/meteor", { signature: "nltk-meteor@3.10(exact+stem)", scores }]]),
    });
    expect(entries).toHaveLength(1);
    expect(entries[0]?.value).toBeCloseTo(66 / 144, 12);
    expect(entries[0]?.signature).toContain("|nltk-meteor@3.10(exact+stem)|empty:0|");
  });

  it("asks for a library's scores that were not handed in", () => {
    expect(
      thrownBy(() =>
        scorePredictions(reports, { ...options, tasks: { report: { metrics: ["rouge1", "meteor"] } } }),
      ),
    ).toMatchObject({
      code: "ENVIRONMENT",
      message:
        '[ENVIRONMENT] metric "meteor" of report needs a reference library of the worker, and was not computed',
    });
  });

  it.each([[Number.NaN], [1.5], [-0.1], [undefined]])("refuses a library's score of %s", (score) => {
    const scores = new Map(
      reports.flatMap(({ id }, at): [string, number][] =>
        at > 0 ? [[id, 0.5]] : score === undefined ? [] : [[id, score]],
      ),
    );
    expect(
      thrownBy(() =>
        scorePredictions(reports, {
          ...options,
          tasks: { report: { metrics: ["meteor"] } },
          measured: new Map([["report/meteor", { signature: "x", scores }]]),
        }),
      ),
    ).toMatchObject({
      code: "INTERNAL",
      message: `[INTERNAL] metric "meteor" of report has score ${score} for "r0", not one within 0..1`,
    });
  });
});

describe("what cannot be scored whole", () => {
  it.each([
    [
      "rows of a task without metrics",
      [...reports, ...closedRows(2, () => "A")],
      { report: { metrics: ["rouge1"] } },
      "CONFIG_INVALID",
      "10 rows are of closed-vqa, for which no metric is asked",
    ],
    [
      "a task without rows",
      reports,
      { report: { metrics: ["rouge1"] }, "open-vqa": { metrics: ["exact"] } },
      "DATA_EMPTY",
      "no row is of open-vqa, for which exact is asked",
    ],
    [
      "a metric of another task",
      reports,
      { report: { metrics: ["accuracy"] } },
      "CONFIG_INVALID",
      'report has no metric "accuracy"',
    ],
  ] as const)("is refused: %s", (_what, rows, tasks, code, message) => {
    expect(thrownBy(() => scorePredictions(rows, { ...options, tasks }))).toMatchObject({
      code,
      message: `[${code}] ${message}`,
    });
  });

  it("is refused: bad rows, by their number", () => {
    expect(thrownBy(() => scorePredictions([...reports, { id: "x" }], options))).toMatchObject({
      code: "DATA_PREDICTIONS",
      message: expect.stringContaining("row 13: case is missing"),
    });
    expect(thrownBy(() => scorePredictions([], options))).toMatchObject({ code: "DATA_EMPTY" });
  });
});

describe("texts that the limit of their generation cut", () => {
  const cut = reports.map((row, at) => (at % 4 === 0 ? { ...row, truncated: true } : row));

  it("are counted beside each number that they are in, and told once a task", () => {
    const { entries, warnings } = atOnce(scoreRows(cut, options));
    for (const { truncated } of entries) expect(truncated).toBe(3);
    expect(warnings.filter(({ code }) => code === "TRUNCATED")).toEqual([
      {
        code: "TRUNCATED",
        message: expect.stringContaining("report: 3 of 12 texts hit the limit") as string,
      },
    ]);
  });

  it("are counted of the members of a type alone", () => {
    const typed = cut.map((row, at) => ({ ...row, type: at < 4 ? "first" : "rest" }));
    const { entries } = atOnce(scoreRows(typed, options));
    const of = (metric: string) => entries.find((one) => one.metric === metric)?.truncated;
    expect([of("rouge1"), of("rouge1.type.first"), of("rouge1.type.rest")]).toEqual([3, 1, 2]);
  });

  it("leave no trace where there are none, and change no number", () => {
    const plain = scorePredictions(reports, options);
    expect(plain.every((one) => !("truncated" in one))).toBe(true);
    const bare = scorePredictions(cut, options).map(({ truncated: _cut, ...rest }) => rest);
    expect(bare).toEqual(plain);
  });

  it("have a line in the scorecard for people", () => {
    expect(renderScorecard(scorePredictions(cut, options))).toContain(
      "3 texts hit the limit of their generation",
    );
    expect(renderScorecard(scorePredictions(reports, options))).not.toContain("hit the limit");
  });
});

it("what else fixes a number stands in its signature, in the order given", () => {
  const provenance = ["run:abc", "data:0123", "split:disjoint"];
  for (const { signature } of scorePredictions(reports, { ...options, provenance }))
    expect(signature).toContain("|run:abc|data:0123|split:disjoint|");
});
