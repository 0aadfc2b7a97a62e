import {
  besides,
  failed,
  letterOfIndex,
  noCase,
  onlyTarget,
} from "../../../../../ts/eval/external/foreign.ts";

function told<T>(work: (tell: (problem: string) => void) => T): {
  readonly value: T;
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  return { value: work((problem) => problems.push(problem)), problems };
}

describe("what a program keeps beside an item", () => {
  it("is case, patient, types and task, by the names that programs use", () => {
    expect(besides({ case_id: "c", patient_id: "P", category: ["a"], task: "report" }, "i", false)).toEqual({
      case: "c",
      subject: "P",
      type: ["a"],
      task: "report",
    });
    expect(besides({ case: "c", subject_id: 7, question_type: "a" }, "i", true)).toEqual({
      case: "c",
      subject: 7,
      type: "a",
      task: "closed-vqa",
    });
  });

  it("is the item alone where nothing is said; a benchmark's subject is its category", () => {
    expect(besides({ subject: "anatomy", case: "", task: "mmlu" }, "i", false)).toEqual({
      case: "i",
      [noCase]: true,
      task: "open-vqa",
    });
  });
});

describe("a target of another program", () => {
  it("is one text; several are told", () => {
    expect(told((tell) => onlyTarget(["a"], tell))).toEqual({ value: "a", problems: [] });
    expect(told((tell) => onlyTarget("a", tell))).toEqual({ value: "a", problems: [] });
    const several = told((tell) => onlyTarget(["a", "b"], tell));
    expect(several).toEqual({ value: undefined, problems: ["2 texts are right: a row has one target"] });
    expect(told((tell) => onlyTarget([], tell)).problems).toHaveLength(1);
  });

  it.each([
    [0, "A"],
    ["2", "C"],
    ["liver", "liver"],
    ["B", "B"],
    [undefined, undefined],
    [1.5, 1.5],
  ])("%j is %j of three options", (target, wanted) => {
    expect(told((tell) => letterOfIndex(target, ["liver", "spleen", "heart"], tell))).toEqual({
      value: wanted,
      problems: [],
    });
  });

  it("that is the text of one option and the number of another is told, of the same one is not", () => {
    expect(told((tell) => letterOfIndex("1", ["0", "1", "2"], tell))).toEqual({ value: "B", problems: [] });
    expect(told((tell) => letterOfIndex("1", ["1", "2", "3"], tell)).problems).toEqual([
      'target "1" is the text of an option and may be the number of another',
    ]);
    expect(told((tell) => letterOfIndex(1, ["1", "2", "3"], tell))).toEqual({ value: "B", problems: [] });
  });

  it.each([3, -1, "17"])("%j is no number of three options", (target) => {
    expect(told((tell) => letterOfIndex(target, ["a", "b", "c"], tell)).problems[0]).toContain(
      "counted from 0",
    );
  });
});

describe("an item that failed", () => {
  it("is an empty answer that says why, at no length", () => {
    expect(failed("timeout")).toEqual({ prediction: "", meta: { error: "timeout" } });
    const { meta } = failed("x".repeat(10_000)) as { readonly meta: { readonly error: string } };
    expect(meta.error).toHaveLength(2000);
  });
});
