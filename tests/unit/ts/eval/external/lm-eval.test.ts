import { lmEvalSamples } from "../../../../../ts/eval/external/lm-eval.ts";

const choices = ["liver", "spleen"];

/** What one sample is read as, and what is told of it. */
function read(value: object) {
  const problems: string[] = [];
  const fields = lmEvalSamples().fields(value as never, (problem) => problems.push(problem));
  return { fields, problems };
}
const compared = (resps: readonly unknown[], more: object = {}) => ({
  doc_id: 1,
  doc: { choices, case: "c", patient: "P" },
  target: 0,
  resps,
  ...more,
});

describe("log-probabilities of the LM Evaluation Harness", () => {
  it.each([
    ["numbers and flags", [[[-1, true]], [[-2, false]]], [-1, -2]],
    ["texts, as older versions write them", [[["-1.5", "True"]], [["-0.25", "False"]]], [-1.5, -0.25]],
    [
      "one deep",
      [
        [-1, true],
        [-2, false],
      ],
      [-1, -2],
    ],
    ["whole numbers", [[[-1]], [[0]]], [-1, 0]],
  ])("are read from %s", (_what, resps, wanted) => {
    const { fields, problems } = read(compared(resps));
    expect(problems).toEqual([]);
    expect(fields?.choiceLogProbs).toEqual(wanted);
    expect(fields?.prediction).toBe((wanted[0] ?? 0) > (wanted[1] ?? 0) ? "A" : "B");
  });

  it("that are equal choose the first, as the harness does", () => {
    expect(read(compared([[[-1, true]], [[-1, true]]])).fields?.prediction).toBe("A");
  });

  it.each([
    ["one that is none", [[[-1, true]], [["nan", "False"]]]],
    ["one that is infinite", [[[-1, true]], [["-Infinity", "False"]]]],
    ["one that is empty", [[[-1, true]], [["", "False"]]]],
    ["one too few", [[[-1, true]]]],
  ])("with %s are no answer, and that is told", (_what, resps) => {
    const { problems } = read(compared(resps));
    expect(problems).toHaveLength(1);
  });

  it("stand for options of an object of texts and labels", () => {
    const doc = { choices: { text: choices, label: ["A", "B"] }, case: "c" };
    expect(read(compared([[[-1, true]], [[-2, true]]], { doc })).fields?.choices).toEqual(choices);
  });
});

describe("a file of the LM Evaluation Harness", () => {
  it("is told from others by its first object", () => {
    const { fits } = lmEvalSamples();
    expect(fits({ doc_id: 0, resps: [] })).toBe(true);
    expect(fits({ doc_id: 0, filtered_resps: [] })).toBe(true);
    expect(fits({ doc_id: 0 })).toBe(false);
    expect(fits({ id: 0, resps: [] })).toBe(false);
  });

  it("keeps the filter of its first line, each file its own", () => {
    const format = lmEvalSamples();
    const line = (filter: string) => ({ doc_id: 0, resps: [["x"]], target: "y", filter });
    const tell = (problem: string): void => expect(problem).toBe("");
    expect(format.fields(line("b"), tell)).toBeDefined();
    expect(format.fields(line("a"), tell)).toBeUndefined();
    expect(format.fields(line("b"), tell)).toBeDefined();
    expect(lmEvalSamples().fields(line("a"), tell)).toBeDefined();
  });
});
