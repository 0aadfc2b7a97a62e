import { checkRows, parsePredictions } from "../../../../../ts/eval/index.ts";
import { clusterOf } from "../../../../../ts/eval/rows/row.ts";
import { thrownBy } from "../../../../support/router-policies.ts";

const closed = {
  id: "q1",
  case: "c1",
  task: "closed-vqa",
  type: "organ",
  choices: ["liver", "spleen", "heart", "lung"],
  target: "liver",
  prediction: "A",
};
const report = { id: "r1", case: "c1", task: "report", target: "A cyst.", prediction: "" };
const lines = (...rows: readonly unknown[]): string =>
  rows.map((row) => (typeof row === "string" ? row : JSON.stringify(row))).join("\n");
const problemsOf = (text: string): unknown =>
  (thrownBy(() => parsePredictions(text)) as { readonly details?: { readonly problems?: unknown } }).details
    ?.problems;

describe("a predictions file", () => {
  it("gives its rows, whatever its line ends, blank lines and byte order mark", () => {
    const text = `\uFEFF${JSON.stringify(closed)}\r\n\r\n  \n${JSON.stringify(report)}\n`;
    expect(parsePredictions(text)).toEqual([closed, report]);
  });

  it("takes whole numbers for ids and cases, as their digits", () => {
    expect(parsePredictions(lines({ ...report, id: 7, case: 12 }))).toMatchObject([{ id: "7", case: "12" }]);
  });

  it("takes what a run writes beside the scored keys", () => {
    const row = {
      ...closed,
      subject: "p1",
      question: "Which organ?",
      choiceLogProbs: [-1, -2, -3, -4],
      route: { task: "closed-vqa", confidence: 0.9, fallback: false },
    };
    const { question: _question, route: _route, ...scored } = row;
    expect(parsePredictions(lines(row))).toEqual([scored]);
  });

  it("takes the same id in two tasks, as the closed and the open view of one question have", () => {
    expect(parsePredictions(lines(closed, { ...report, id: "q1", task: "open-vqa" }))).toHaveLength(2);
  });

  it.each([
    ["not JSON", lines(report, "{oops"), /^line 2: not JSON: /],
    ["no object", lines("[1]"), /^line 1: a row is one JSON object, found a list/],
    [
      "a missing key",
      lines({ id: "r", case: "c", task: "report", target: "x" }),
      /^line 1: prediction is missing$/,
    ],
    [
      "a case that is no name",
      lines({ ...report, case: 1.5 }),
      /^line 1: case is a number that is not read digit by digit/,
    ],
    [
      "a misspelt key",
      lines({ ...closed, choises: [] }),
      /^line 1: "choises" is no key of a row, did you mean "choices"\?$/,
    ],
    [
      "an unknown task",
      lines({ ...report, task: "segmentation" }),
      /^line 1: task "segmentation" is none of report, closed-vqa, open-vqa/,
    ],
    [
      "a type that is empty",
      lines({ ...closed, type: "" }),
      /^line 1: type must be a text or a list of texts/,
    ],
    [
      "a null prediction",
      lines({ ...report, prediction: null }),
      /^line 1: prediction must be text, found null$/,
    ],
    ["a blank target", lines({ ...report, target: " \n" }), /^line 1: target is blank$/],
    [
      "one option that is there",
      lines({ ...closed, choices: ["liver", "NA", "-", ""] }),
      /^line 1: choices: 1 of 4 options is there, the others are missing/,
    ],
    [
      "a target that is missing",
      lines({ ...closed, choices: ["liver", "spleen", "NA", "lung"], target: "C" }),
      /^line 1: target "C" is not one of "liver", "spleen", "lung", nor the letter of one/,
    ],
    ["one option", lines({ ...closed, choices: ["liver"] }), /^line 1: choices: /],
    [
      "a target among no option",
      lines({ ...closed, target: "kidney" }),
      /^line 1: target "kidney" is not one of "liver", "spleen", "heart", "lung", nor the letter of one/,
    ],
    [
      "a text target without options",
      lines({ id: "q", case: "c", task: "closed-vqa", target: "liver", prediction: "A" }),
      /^line 1: target "liver" is not a letter A to D, and the row has no choices/,
    ],
    ["an id twice", lines(closed, closed), /^line 2: the id "q1" of closed-vqa stands on line 1 already/],
    [
      "a case of two subjects",
      lines({ ...closed, subject: "p1" }, { ...report, subject: "p2" }),
      /^line 2: case "c1" has subject "p2" here and "p1" before/,
    ],
    [
      "a subject on some rows alone",
      lines({ ...closed, subject: "p1" }, { ...report, case: "c2" }),
      /^line 2: subject is missing here, on 1 of 2 rows in all/,
    ],
    [
      "a type on some closed rows alone",
      lines(closed, { ...closed, id: "q2", type: undefined }),
      /^line 2: type \(closed-vqa\) is missing here, on 1 of 2 rows in all/,
    ],
  ])("is refused for %s, naming the line", (_what, text, problem) => {
    const error = thrownBy(() => parsePredictions(text));
    expect(error).toMatchObject({
      code: "DATA_PREDICTIONS",
      message: expect.stringMatching(/^\[DATA_PREDICTIONS\] 1 problem in \d+ prediction rows?:\nline /),
    });
    expect(problemsOf(text)).toEqual([expect.stringMatching(problem)]);
  });

  it("is refused for all its problems at once", () => {
    const text = lines(
      { ...report, task: "x" },
      "nonsense",
      { ...report, id: "" },
      { ...closed, target: "E" },
    );
    expect(thrownBy(() => parsePredictions(text))).toMatchObject({
      code: "DATA_PREDICTIONS",
      message: expect.stringContaining("4 problems in 4 prediction rows"),
    });
  });

  it("lists twenty problems and counts the others", () => {
    const error = thrownBy(() => parsePredictions(lines(...Array.from({ length: 50 }, () => "x")))) as Error;
    expect(error.message).toContain("50 problems");
    expect(error.message.split("\n")).toHaveLength(22);
    expect(error.message).toMatch(/\.\.\. and 30 more$/);
  });

  it.each(["", "\n\n", "\uFEFF"])("is refused when it holds no row: %j", (text) => {
    expect(thrownBy(() => parsePredictions(text))).toMatchObject({
      code: "DATA_EMPTY",
      message: "[DATA_EMPTY] there are no predictions to score",
    });
  });
});

describe("checkRows", () => {
  it("names rows as it is told", () => {
    expect(thrownBy(() => checkRows([report, 5], (index) => `item ${index}`))).toMatchObject({
      message: expect.stringContaining("\nitem 1: a row is one JSON object, found number 5"),
    });
  });

  it("takes its own rows again", () => {
    const rows = checkRows([closed, report], String);
    expect(checkRows(rows, String)).toEqual(rows);
  });
});

describe("the cluster of a row", () => {
  it("is the patient, or the case where rows name none", () => {
    const row = { id: "1", case: "c", task: "report", target: "t", prediction: "" } as const;
    expect(clusterOf({ ...row, subject: "p" })).toBe("p");
    expect(clusterOf(row)).toBe("c");
  });
});
