import { casesOf } from "../../../../../../ts/data/dataset/index.ts";
import { atOnce, checkRows } from "../../../../../../ts/eval/index.ts";
import { SpaceWaiter } from "../../../../../../ts/files/index.ts";
import { extractArm, extractBaseline } from "../../../../../../ts/run/eval/ask/extract.ts";
import type { EvalMaterial } from "../../../../../../ts/run/eval/material.ts";
import type { StagePart, StageWorld } from "../../../../../../ts/run/eval/record/stages.ts";
import { evaluatedCases } from "../../../../../../ts/run/evaluate/cases.ts";
import type { Row } from "../../../../../../ts/track/read/index.ts";
import { corpusOf, freshFolder, resolvedWith } from "../../fixtures.ts";

const corpus = corpusOf(2);
const cases = evaluatedCases({ resolved: resolvedWith(), corpus });
const material: EvalMaterial = {
  cases,
  heldOut: casesOf(corpus.volumes, "test"),
  training: casesOf(corpus.volumes, "train"),
  receipts: new Map(),
  certificate: null,
  cacheDir: "",
  digest: "d",
};
const generated = (rows: readonly Row[]): StagePart => ({
  name: "generate",
  digest: JSON.stringify(rows),
  dir: "",
  cached: false,
  rows,
  failed: 0,
  seconds: 0,
  result: null,
});

function extracting(change: Partial<EvalMaterial> = {}) {
  const notice = (): void => undefined;
  const world: StageWorld = {
    root: freshFolder(),
    fresh: new Set(),
    space: new SpaceWaiter({ timeoutMs: 0, pollMs: 1 }, notice),
    notice,
  };
  return {
    world,
    material: { ...material, ...change },
    answer: "loglik-sum",
    take: async <T>(steps: Parameters<typeof atOnce<T>>[0]) => await Promise.resolve(atOnce(steps)),
  };
}
const said = cases.flatMap(({ items }) =>
  items.map(
    ({ id, choices }): Row => ({
      id,
      text: choices === undefined ? "words" : "A. axial",
      ...(choices && { choiceLogProbs: [-1, -2, -3, -4], choiceTokens: [2, 2, 2, 2] }),
      route: { task: "report", confidence: 1, fallback: false },
    }),
  ),
);

describe("the predictions file of an arm", () => {
  it("is one that scores: what was asked, what is right, and what was said, in the order of the cases", async () => {
    const { rows } = await extractArm(extracting(), "own", generated(said));
    expect(checkRows(rows, String)).toHaveLength(6);
    expect(rows[1]).toMatchObject({
      id: "words-test-0-c",
      subject: "words-test-0-patient",
      question: "Which plane is shown?",
      target: "coronal",
      prediction: "A. axial",
      answerMode: "loglik-sum",
      choiceTokens: [2, 2, 2, 2],
    });
    expect(rows.map(({ answerMode }) => answerMode)).toEqual([
      "generate",
      "loglik-sum",
      "generate",
      "generate",
      "loglik-sum",
      "generate",
    ]);
  });

  it("says of each text that was cut that it was, and of no other", async () => {
    const cut = said.map((row, at) => (at === 0 ? { ...row, truncated: true } : row));
    const { rows } = await extractArm(extracting(), "own", generated(cut));
    expect(rows.map((row) => "truncated" in row)).toEqual([true, false, false, false, false, false]);
  });

  it("has an empty answer, without a likeliest option, for an item that failed, and why", async () => {
    const failed = said.map(
      (row): Row =>
        row.id.endsWith("0-c") || row.id.endsWith("0-r")
          ? { id: row.id, error: { code: "WIRE_TOO_LARGE", message: "long" } }
          : row,
    );
    const { rows } = await extractArm(extracting(), "own", generated(failed));
    expect(rows[0]).toMatchObject({ prediction: "", meta: { error: { code: "WIRE_TOO_LARGE" } } });
    expect(rows[1]).toMatchObject({ prediction: "", choiceLogProbs: [null, null, null, null] });
    expect(checkRows(rows, String)).toHaveLength(6);
  });

  it("of answers in words holds the questions with options alone, and says how they were answered", async () => {
    const words = said
      .filter(({ id }) => id.endsWith("-c"))
      .map(({ id, route }): Row => ({ id, text: "It is axial.", route: route ?? null }));
    const { rows } = await extractArm(extracting(), "own-words", generated(words));
    expect(rows.map(({ id, answerMode, prediction }) => [id, answerMode, prediction])).toEqual([
      ["words-test-0-c", "generate", "It is axial."],
      ["words-test-1-c", "generate", "It is axial."],
    ]);
  });
});

describe("the predictions file of a baseline", () => {
  it("answers the tasks that it is for, from training alone", async () => {
    const { rows, result } = await extractBaseline(extracting(), "majority");
    expect(rows.map(({ id, prediction }) => [id, prediction])).toEqual([
      ["words-test-0-c", "B. coronal"],
      ["words-test-0-o", "spleen"],
      ["words-test-1-c", "B. coronal"],
      ["words-test-1-o", "spleen"],
    ]);
    expect(result).toMatchObject({ says: expect.stringContaining("commonest") as string });
    expect(checkRows(rows, String)).toHaveLength(4);
  });

  it("is empty, with the reason, where the run's training data is gone", async () => {
    const { rows, result } = await extractBaseline(extracting({ training: null }), "label-table");
    expect([rows, result]).toEqual([[], { leftOut: "the run's training data is not there" }]);
  });

  it("is empty where nothing is asked that it answers", async () => {
    const closed = cases.map((entry) => ({
      ...entry,
      items: entry.items.filter(({ task }) => task === "closed-vqa"),
    }));
    const { result } = await extractBaseline(extracting({ cases: closed }), "constant-report");
    expect(result).toEqual({ leftOut: "nothing is asked that it answers" });
  });
});
