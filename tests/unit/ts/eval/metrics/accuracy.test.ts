import fc from "fast-check";
import { accuracyNumbers } from "../../../../../ts/eval/metrics/accuracy.ts";
import type { PredictionRow } from "../../../../../ts/eval/rows.ts";
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

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe("the numbers of accuracy", () => {
  it("are the micro mean and the unparsed rate where rows have no types", () => {
    const numbers = accuracyNumbers([row("1", "A"), row("2", "B"), row("3", "I do not know")], "strict");
    expect(numbers.map(({ metric }) => metric)).toEqual(["accuracy.micro", "unparsed"]);
    expect(numbers.map(({ items }) => items.map(({ value }) => value))).toEqual([
      [1, 0, 0],
      [0, 0, 1],
    ]);
  });

  it("have each type of the rows' own behind those of M3D, and count it in the mean over types", () => {
    const numbers = accuracyNumbers(
      [row("1", "A", { type: "shape" }), row("2", "B", { type: "colour" }), row("3", "A", { type: "organ" })],
      "strict",
    );
    expect(numbers.map(({ metric }) => metric)).toEqual([
      "accuracy.micro",
      "accuracy.macro",
      "type.organ",
      "type.colour",
      "type.shape",
      "unparsed",
    ]);
    expect(numbers[1]?.items.map(({ stratum }) => stratum)).toEqual(["shape", "colour", "organ"]);
  });

  it("have the mean over types and each type that occurs, in the order of the question types", () => {
    const numbers = accuracyNumbers(
      [row("1", "A", { type: "organ" }), row("2", "B", { type: "plane" }), row("3", "A", { type: "organ" })],
      "strict",
    );
    expect(numbers.map(({ metric, aggregation }) => [metric, aggregation])).toEqual([
      ["accuracy.micro", "micro"],
      ["accuracy.macro", "macro-over-types"],
      ["type.plane", "micro"],
      ["type.organ", "micro"],
      ["unparsed", "micro"],
    ]);
    expect(numbers[1]?.items.map(({ stratum }) => stratum)).toEqual(["organ", "plane", "organ"]);
    expect(numbers[3]?.items.map(({ id }) => id)).toEqual(["1", "3"]);
  });

  it("take chance from the options that are there, and the macro chance as the mean over types", () => {
    const numbers = accuracyNumbers(
      [
        row("1", "A", { type: "plane" }),
        row("2", "A", { type: "phase", choices: ["yes", "no", "NA", "-"] }),
        row("3", "A", { type: "phase", choices: ["yes", "no", "NA", "-"] }),
      ],
      "strict",
    );
    const chanceOf = (name: string): number | null | undefined =>
      numbers.find(({ metric }) => metric === name)?.chance;
    expect(chanceOf("type.plane")).toBe(0.25);
    expect(chanceOf("type.phase")).toBe(0.5);
    expect(chanceOf("accuracy.macro")).toBe(0.375);
    expect(chanceOf("accuracy.micro")).toBeCloseTo((0.25 + 0.5 + 0.5) / 3, 12);
    expect(chanceOf("unparsed")).toBeNull();
  });

  it("judge by the profile that is named in their signature", () => {
    const all = [row("1", "A. liver B. spleen C. heart D. lung", { target: "C" })];
    const [strict] = accuracyNumbers(all, "strict");
    const [lenient] = accuracyNumbers(all, "m3d-compat");
    expect([strict?.items[0]?.value, lenient?.items[0]?.value]).toEqual([0, 1]);
    expect(strict?.id).toBe(
      "tomoe.accuracy/1|parser:first-letter-or-exact-text/3|unparsed:wrong|empty:wrong",
    );
    expect(lenient?.id).toContain("parser:letter-dot-substring");
  });

  it("resample patients, or cases where rows name none", () => {
    const [numbers] = accuracyNumbers([row("1", "A"), row("2", "A", { subject: "p" })], "strict");
    expect(numbers?.items.map(({ cluster }) => cluster)).toEqual(["case-1", "p"]);
  });

  it("hold together whatever was answered: types partition the items, their mean is that of all", () => {
    const answers = fc.array(
      fc.record({
        prediction: fc.constantFrom("A", "B", "liver", ""),
        type: fc.constantFrom(...questionTypes),
      }),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(answers, (given) => {
        const rows = given.map(({ prediction, type }, at) => row(String(at), prediction, { type }));
        const numbers = accuracyNumbers(rows, "strict");
        const micro = numbers[0]?.items ?? [];
        const typed = numbers
          .filter(({ metric }) => metric.startsWith("type."))
          .flatMap(({ items }) => items);
        expect(typed).toHaveLength(rows.length);
        expect(mean(typed.map(({ value }) => value))).toBeCloseTo(mean(micro.map(({ value }) => value)), 12);
        for (const { items, bounds } of numbers)
          for (const { value } of items) {
            expect(value).toBeGreaterThanOrEqual(bounds.floor);
            expect(value).toBeLessThanOrEqual(bounds.ceiling);
          }
      }),
      { seed: 9 },
    );
  });
});
