import { clusterOf, readRow, typesOf } from "../../../../../ts/eval/rows/row.ts";

const open = { id: "q1", case: "c1", task: "open-vqa", target: "liver", prediction: "Liver." };
const closed = { ...open, task: "closed-vqa", choices: ["liver", "spleen"], prediction: "A" };

const problemsOf = (value: unknown, rules = {}): readonly string[] => {
  const told: string[] = [];
  const row = readRow(value, (problem) => told.push(problem), rules);
  expect(row === undefined).toBe(told.length > 0);
  return told;
};

describe("a row", () => {
  it.each([
    ["two kinds of names", { ...open, id: 7, case: "x" }],
    ["an empty prediction", { ...open, prediction: "" }],
    ["one type", { ...open, type: "laterality" }],
    ["several types", { ...closed, type: ["organ", "location"] }],
    ["what its reader wants", { ...open, question: "Where?", route: {}, meta: { scanner: "x" } }],
    ["how it was answered", { ...closed, answerMode: "loglik-sum", choiceLogProbs: [-1, -2] }],
    ["a missing option", { ...closed, choices: ["liver", "NA", "spleen"], choiceLogProbs: [-1, null, -3] }],
    ["a text that was cut", { ...closed, truncated: true }],
    ["tokens of each option", { ...closed, choiceLogProbs: [-1, -2], choiceTokens: [1, 3] }],
  ])("may have %s", (_what, value) => {
    expect(problemsOf(value)).toEqual([]);
  });

  it.each([
    [null, "a row is one JSON object, found null"],
    [[open], "a row is one JSON object, found a list"],
    ["x", 'a row is one JSON object, found the text "x"'],
    [{ ...open, id: undefined }, "id is missing"],
    [{ ...open, id: "" }, "id is empty"],
    [{ ...open, id: " \u00a0" }, "id is empty"],
    [{ ...open, id: 2 ** 53 }, "id is a number that is not read digit by digit"],
    [{ ...open, id: 1.5 }, "id is a number that is not read digit by digit"],
    [{ ...open, id: true }, "id must be text or a whole number, found boolean true"],
    [{ ...open, id: "q\t1" }, 'id "q\\t1" holds a control character'],
    [{ ...open, case: "c\u009b31m" }, 'case "c\\u009b31m" holds a control character'],
    [{ ...open, subject: "P\u0000" }, "holds a control character"],
    [{ ...open, type: ["organ", "a\u001b[0m"] }, 'type "a\\u001b[0m" holds a control character'],
    [{ ...open, answerMode: "loglik-sum" }, "answerMode loglik-sum stands on a row of open-vqa"],
    [
      { ...open, choiceLogProbs: [-1, -2] },
      "choiceLogProbs stand on a row of open-vqa, whose items have no options",
    ],
    [{ ...open, case: ["c"] }, "case must be text or a whole number, found a list"],
    [{ ...open, subject: null }, "subject must be text or a whole number, found null"],
    [
      { ...open, task: "closed_vqa" },
      'task "closed_vqa" is none of report, closed-vqa, open-vqa, did you mean "closed-vqa"?',
    ],
    [{ ...open, task: 3 }, "task must be text, found number 3"],
    [{ ...open, task: undefined }, "task is missing"],
    [{ ...open, prediction: undefined }, "prediction is missing"],
    [{ ...open, prediction: null }, "prediction must be text, found null"],
    [{ ...open, prediction: { text: "x" } }, "prediction must be text, found an object"],
    [{ ...open, prediction: 4 }, "prediction must be text, found number 4"],
    [{ ...open, target: "\u2003" }, "target is blank"],
    [{ ...open, target: ["liver"] }, "target must be text, found a list"],
    [{ ...open, image_path: "x.nii" }, '"image_path" is no key of a row'],
    [{ ...open, predicton: "x" }, '"predicton" is no key of a row, did you mean "prediction"?'],
    [{ ...open, choices: ["a", "b"] }, "choices stand on a row of open-vqa, whose items have no options"],
    [{ ...open, question: 1 }, "question must be text, found number 1"],
    [{ ...open, meta: [] }, "meta must be an object, found a list"],
    [{ ...open, route: "x" }, 'route must be an object, found the text "x"'],
    [{ ...open, type: [] }, "type is an empty list"],
    [{ ...open, type: ["a", "a"] }, 'type names one type twice: "a", "a"'],
    [{ ...open, type: ["a", 1] }, "type must be a text or a list of texts that are not empty, found a list"],
    [{ ...open, type: " " }, "type must be a text or a list of texts that are not empty"],
    [
      { ...open, answerMode: "sampled" },
      'answerMode must be one of generate, loglik-sum, loglik-token, found the text "sampled"',
    ],
    [
      { ...closed, choices: "liver, spleen" },
      'choices must be a list of texts, found the text "liver, spleen"',
    ],
    [{ ...closed, choices: ["liver", 2] }, "choices must be a list of texts, found number 2 in it"],
    [{ ...closed, choices: ["liver"] }, "choices: 1 of 1 options is there"],
    [
      { ...closed, choices: Array.from({ length: 27 }, (_, at) => `o${at}`), target: "o1" },
      "choices: 27 options, more than letters",
    ],
    [
      { ...closed, choices: ["liver", "li\u200bver"] },
      'choices: options A and B differ in characters that nobody sees alone: "liver", "li\\u200bver"',
    ],
    [
      { ...closed, choices: ["B. liver", "A. spleen"] },
      'choices: option A begins with the letter of another: "B. liver"',
    ],
    [{ ...closed, choiceLogProbs: [-1] }, "choiceLogProbs has 1 entries for 2 options"],
    [
      { ...closed, choiceLogProbs: [-1, Number.POSITIVE_INFINITY] },
      "choiceLogProbs must be a list of log-probabilities (0 at most) or null, found number Infinity in it",
    ],
    [{ ...closed, truncated: "yes" }, 'truncated must be true or false, found the text "yes"'],
    [
      { ...closed, choiceTokens: [0, 1] },
      "choiceTokens must be a list of counts or null, found number 0 in it",
    ],
    [
      { ...closed, target: "kidney" },
      'target "kidney" is not one of "liver", "spleen", nor the letter of one',
    ],
  ])("is refused: %j", (value, problem) => {
    expect(problemsOf(value)).toEqual([expect.stringContaining(problem)]);
  });

  it("keeps question and meta where they are wanted alone: of a million rows they are memory in vain", () => {
    const row = { ...open, question: "Where?", meta: { scanner: "x" } };
    const read = (keepsQuestions: boolean) => readRow(row, () => undefined, { keepsQuestions });
    expect(read(true)).toMatchObject({ question: "Where?", meta: { scanner: "x" } });
    expect(Object.keys(read(false) ?? {})).toEqual(["id", "case", "target", "prediction", "task"]);
  });

  it("is told all its problems", () => {
    expect(problemsOf({ id: "", task: "report", extra: 1 })).toHaveLength(5);
  });

  it("of expected items needs no prediction", () => {
    const { prediction: _prediction, ...item } = open;
    expect(problemsOf(item, { isExpected: true })).toEqual([]);
    expect(problemsOf(item)).toEqual(["prediction is missing"]);
  });

  it("may have a blank target where the profile drops it, and only an open one", () => {
    expect(problemsOf({ ...open, target: " " }, { dropsEmpty: true })).toEqual([]);
    expect(problemsOf({ ...open, task: "report", target: " " }, { dropsEmpty: true })).toEqual([
      "target is blank",
    ]);
  });
});

describe("label vectors of a row", () => {
  const report = { ...open, task: "report" };
  const vectors = { target: [1, 0, -1], prediction: [0, 0, 1], names: ["cyst", "nodule", "hernia"] };

  it("are read as they are, with the labels' names and the labeller", () => {
    const labels = { ...vectors, labeller: "radbert 2" };
    expect(readRow({ ...report, labels }, () => undefined)?.labels).toEqual(labels);
    expect(problemsOf({ ...report, labels: { target: [1], prediction: [0] } })).toEqual([]);
  });

  it.each([
    [[1, 0], "labels must be an object of vectors, found a list"],
    [{ ...vectors, target: [1, 2, 0] }, "labels: target must be a list of 0, 1 or -1, found number 2 in it"],
    [{ ...vectors, prediction: [1, 0] }, "labels: target and prediction have 3 and 2 labels"],
    [{ target: [], prediction: [] }, "labels: target and prediction have 0 and 0 labels"],
    [{ ...vectors, names: ["cyst"] }, "labels: 1 names, not one of its own for each of 3 labels"],
    [{ ...vectors, names: ["a", "a", "b"] }, "labels: 3 names, not one of its own for each of 3 labels"],
    [{ ...vectors, labeller: 2 }, "labels: labeller must be text, found number 2"],
    [{ ...vectors, truth: [] }, 'labels: "truth" is no key of it'],
  ])("that are %j are refused", (labels, problem) => {
    expect(problemsOf({ ...report, labels })).toContain(problem);
  });
});

describe("what a row belongs to", () => {
  it("is its patient, or its case where none is named, and its types", () => {
    const row = { ...open, task: "open-vqa" } as const;
    expect(clusterOf(row)).toBe("c1");
    expect(clusterOf({ ...row, subject: "p" })).toBe("p");
    expect([
      typesOf({ ...row, type: undefined }),
      typesOf({ type: "a" }),
      typesOf({ type: ["a", "b"] }),
    ]).toEqual([[], ["a"], ["a", "b"]]);
  });
});
