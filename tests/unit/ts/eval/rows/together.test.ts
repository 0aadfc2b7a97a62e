import type { PredictionRow } from "../../../../../ts/eval/index.ts";
import { looksLike } from "../../../../../ts/eval/rows/names.ts";
import { Together } from "../../../../../ts/eval/rows/together.ts";

const row = (id: string, more: Partial<PredictionRow> = {}): PredictionRow => ({
  id,
  case: `c-${id}`,
  task: "open-vqa",
  target: "t",
  prediction: "p",
  ...more,
});

function seen(rows: readonly PredictionRow[]) {
  const told: string[] = [];
  const together = new Together(
    rows,
    (index) => `line ${index + 1}`,
    (problem) => told.push(problem),
  );
  for (const [index, one] of rows.entries()) together.see(one, index);
  together.end();
  return { told, warnings: together.warnings() };
}

describe("rows seen together", () => {
  it.each([
    [
      "one id twice",
      [row("a"), row("a", { case: "x" })],
      'line 2: the id "a" of open-vqa stands on line 1 already',
    ],
    [
      "ids that differ in a space",
      [row("a", { case: "c" }), row("a ", { case: "c" })],
      'line 2: the id "a " of open-vqa looks like "a" on line 1',
    ],
    ["ids in two forms", [row("caf\u00e9", { case: "c" }), row("cafe\u0301", { case: "c" })], "looks like"],
    [
      "a case of two patients",
      [row("a", { case: "c", subject: "p" }), row("b", { case: "c", subject: "q" })],
      'line 2: case "c" has subject "q" here and "p" before',
    ],
    [
      "cases that look equal",
      [row("a", { case: "c" }), row("b", { case: "c\u00a0" })],
      'case "c\u00a0" looks like',
    ],
    [
      "patients that look equal",
      [row("a", { subject: "p" }), row("b", { subject: " p" })],
      'subject " p" looks like "p" of line 1',
    ],
    [
      "types in two cases",
      [row("a", { type: "Organ" }), row("b", { type: "organ" })],
      'type "organ" looks like "Organ" of line 1',
    ],
    [
      "types that differ in spaces",
      [row("a", { type: "left side" }), row("b", { type: "leftside" })],
      "looks like",
    ],
    [
      "a patient on some",
      [row("a", { subject: "p" }), row("b"), row("c")],
      "line 2: subject is missing here, on 2 of 3 rows in all",
    ],
    ["a type on some", [row("a"), row("b", { type: "x" })], "line 1: type (open-vqa) is missing here"],
    [
      "a mode on some",
      [row("a"), row("b", { answerMode: "generate" })],
      "line 1: answerMode (open-vqa) is missing here",
    ],
    [
      "two modes",
      [row("a", { answerMode: "loglik-sum" }), row("b", { answerMode: "generate" })],
      "rows of open-vqa name several answer modes (generate, loglik-sum)",
    ],
  ])("are refused for %s", (_what, rows, problem) => {
    expect(seen(rows).told).toEqual([expect.stringContaining(problem)]);
  });

  it.each([
    ["one id in two tasks", [row("a", { case: "c" }), row("a", { case: "c", task: "report" })]],
    ["types on one task alone", [row("a", { type: "x" }), row("b", { task: "report" })]],
    ["ids that differ in case", [row("a"), row("A")]],
  ])("may have %s", (_what, rows) => {
    expect(seen(rows).told).toEqual([]);
  });

  it("counts every repeated id, also where all rows are one", () => {
    expect(seen(Array.from({ length: 5000 }, () => row("a"))).told).toHaveLength(4999);
  });

  it("warns of a type that is close to one of the benchmarks", () => {
    expect(seen([row("a", { type: "organs" })]).warnings).toEqual([
      { code: "TYPE_NEAR_ANOTHER", message: 'line 1: type "organs" is close to "organ"' },
    ]);
    expect(seen([row("a", { type: "laterality" }), row("b", { type: "organ" })]).warnings).toEqual([]);
  });

  it("warns of subjects that differ by letter case alone: they may be one patient", () => {
    const told = (...subjects: readonly string[]) =>
      seen(subjects.map((subject, at) => row(String(at), { subject }))).warnings.filter(
        ({ code }) => code === "SUBJECT_NEAR_ANOTHER",
      );
    expect(told("P1", "P2", "P1")).toEqual([]);
    expect(told("P1", "p1", "P2", "p2", "P1")).toEqual([
      {
        code: "SUBJECT_NEAR_ANOTHER",
        message: expect.stringMatching(
          /^subjects "P1" and "p1" \(2 such pairs\) differ by letter case alone/,
        ),
      },
    ]);
    expect(told("P1", "p1")[0]?.message).toMatch(/^subjects "P1" and "p1" differ/);
  });

  it("compares names by how they look", () => {
    expect(looksLike(" e\u0301\u2003")).toBe("\u00e9");
    expect(looksLike("a b")).toBe("a b");
  });
});
