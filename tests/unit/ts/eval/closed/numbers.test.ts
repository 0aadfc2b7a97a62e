import fc from "fast-check";
import { closedNumbers, rowsByType } from "../../../../../ts/eval/closed/numbers.ts";
import { atOnce, type PredictionRow } from "../../../../../ts/eval/index.ts";
import type { MeanNumber, ScoredNumber } from "../../../../../ts/eval/metrics/metric.ts";
import { questionTypes } from "../../../../../ts/schema/task.ts";

const row = (id: string, prediction: string, more: Partial<PredictionRow> = {}): PredictionRow => ({
  id,
  case: `case-${id}`,
  task: "closed-vqa",
  choices: ["liver", "spleen", "heart", "lung"],
  target: "A",
  prediction,
  ...more,
});
const numbersOf = (rows: readonly PredictionRow[], parser: "strict" | "lenient" | "m3d-compat" = "strict") =>
  atOnce(closedNumbers(rows, { parser })).numbers;
const named = (numbers: readonly ScoredNumber[], metric: string): ScoredNumber => {
  const found = numbers.find((number) => number.metric === metric);
  if (found === undefined) throw new Error(`no ${metric}`);
  return found;
};
const valuesOf = (number: ScoredNumber): readonly number[] => [...(number as MeanNumber).values];

describe("the numbers of closed answers", () => {
  it("are accuracy and three shares where rows have no types", () => {
    const numbers = numbersOf([row("1", "A"), row("2", "B. liver"), row("3", "A or B")]);
    expect(numbers.map((number) => [number.metric, valuesOf(number)])).toEqual([
      ["accuracy.micro", [1, 0, 0]],
      ["unparsed", [0, 0, 1]],
      ["hedged", [0, 0, 1]],
      ["contradicted", [0, 1, 0]],
    ]);
  });

  it("have the mean over types and each type, those of the benchmarks first", () => {
    const numbers = numbersOf([
      row("1", "A", { type: "zone" }),
      row("2", "B", { type: "organ" }),
      row("3", "A", { type: "plane" }),
      row("4", "A", { type: "zone" }),
    ]);
    expect(numbers.map(({ metric }) => metric).slice(0, 5)).toEqual([
      "accuracy.micro",
      "accuracy.macro",
      "type.plane",
      "type.organ",
      "type.zone",
    ]);
    expect((named(numbers, "type.zone") as MeanNumber).members).toEqual(Int32Array.of(0, 3));
  });

  it("have no mean over types that overlap", () => {
    const numbers = numbersOf([
      row("1", "A", { type: ["organ", "side"] }),
      row("2", "B", { type: ["side"] }),
    ]);
    expect(numbers.some(({ metric }) => metric === "accuracy.macro")).toBe(false);
    expect(valuesOf(named(numbers, "type.side"))).toEqual([1, 0]);
    expect(valuesOf(named(numbers, "type.organ"))).toEqual([1]);
  });

  it("take chance from the options that are there, and the macro chance as the mean over types", () => {
    const two = { choices: ["yes", "no", "NA", "-"] };
    const numbers = numbersOf([
      row("1", "A", { type: "plane" }),
      row("2", "A", { type: "phase", ...two }),
      row("3", "A", { type: "phase", ...two }),
    ]);
    expect(named(numbers, "type.plane").chance).toBe(0.25);
    expect(named(numbers, "type.phase").chance).toBe(0.5);
    expect(named(numbers, "accuracy.macro").chance).toBe(0.375);
    expect(named(numbers, "accuracy.micro").chance).toBeCloseTo((0.25 + 0.5 + 0.5) / 3, 12);
    expect(named(numbers, "unparsed").chance).toBeNull();
  });

  it("stand beside what each type's commonest answer would score", () => {
    const numbers = numbersOf([
      row("1", "A", { type: "plane", target: "liver" }),
      row("2", "A", { type: "plane", target: "A" }),
      row("3", "A", { type: "plane", target: "B" }),
      row("4", "A", { type: "phase", target: "C" }),
    ]);
    expect(named(numbers, "type.plane").majority).toBeCloseTo(2 / 3, 12);
    expect(named(numbers, "accuracy.micro").majority).toBe(0.75);
    expect(named(numbers, "accuracy.macro").majority).toBeCloseTo((2 / 3 + 1) / 2, 12);
  });

  it("judge by the parser that is named in their signature, and say how far parsers go apart", () => {
    const all = [row("1", "A. liver B. spleen C. heart D. lung", { target: "C" })];
    expect(valuesOf(named(numbersOf(all), "accuracy.micro"))).toEqual([0]);
    expect(valuesOf(named(numbersOf(all, "m3d-compat"), "accuracy.micro"))).toEqual([1]);
    expect(named(numbersOf(all), "accuracy.micro").id).toBe(
      "tomoe.accuracy/2|parser:first-letter-or-exact-text/4|unparsed:wrong|empty:wrong",
    );
    const { warnings } = atOnce(closedNumbers(all, { parser: "strict" }));
    expect(warnings).toEqual([
      {
        code: "PARSER_RANGE",
        message: expect.stringContaining("0.000 (strict) to 1.000 (m3d-compat) by parser"),
      },
    ]);
    expect(atOnce(closedNumbers([row("1", "A. liver")], { parser: "strict" })).warnings).toEqual([]);
  });

  it("by log-probabilities have no text to be hedged in", () => {
    const scored = atOnce(
      closedNumbers([row("1", "B", { choiceLogProbs: [-1, -2, -3, -4] })], {
        parser: "strict",
        byLogProbs: "loglik-sum",
      }),
    );
    expect(scored.numbers.map(({ metric }) => metric)).toEqual(["accuracy.micro", "unparsed"]);
    expect(valuesOf(named(scored.numbers, "accuracy.micro"))).toEqual([1]);
    expect(named(scored.numbers, "accuracy.micro").id).toContain("parser:none(loglik-sum)");
  });

  it("hold together whatever was answered: types partition the items", () => {
    const answers = fc.array(
      fc.record({
        prediction: fc.constantFrom("A", "B", "liver", ""),
        type: fc.constantFrom(...questionTypes),
      }),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(answers, (given) => {
        const numbers = numbersOf(
          given.map(({ prediction, type }, at) => row(String(at), prediction, { type })),
        );
        const typed = numbers.filter(({ metric }) => metric.startsWith("type.")).flatMap(valuesOf);
        expect(typed.toSorted()).toEqual([...valuesOf(named(numbers, "accuracy.micro"))].sort());
      }),
      { seed: 9, numRuns: 50 },
    );
  });
});

describe("rows by type", () => {
  it("stand under each of their types", () => {
    const rows = [row("1", "A", { type: ["b", "a"] }), row("2", "A", { type: "b" }), row("3", "A")];
    expect([...rowsByType(rows)]).toEqual([
      ["a", Int32Array.of(0)],
      ["b", Int32Array.of(0, 1)],
    ]);
  });
});
