import {
  type ChosenBy,
  closedPicture,
  optionProbabilities,
} from "../../../../../ts/eval/closed/calibration.ts";
import { atOnce, type PredictionRow, seededUniform } from "../../../../../ts/eval/index.ts";

const choices = ["liver", "spleen", "heart", "lung"];

function row(target: string, prediction: string, more: Partial<PredictionRow> = {}): PredictionRow {
  return { id: "q", case: "c", task: "closed-vqa", choices, target, prediction, ...more };
}

const pictureOf = (rows: readonly PredictionRow[], by?: ChosenBy) => atOnce(closedPicture(rows, by));
const confusionOf = (rows: readonly PredictionRow[], by?: ChosenBy) => pictureOf(rows, by)?.confusion;
const calibrationOf = (rows: readonly PredictionRow[]) => pictureOf(rows)?.calibration ?? null;

describe("probabilities of options", () => {
  it("are the shares of their likelihoods, however small these are, and 0 for a missing one", () => {
    const [one = 0, other = 0, missing] = optionProbabilities([-1000, -1000 + Math.log(3), null]);
    expect(one).toBeCloseTo(0.25, 12);
    expect(other).toBeCloseTo(0.75, 12);
    expect(missing).toBe(0);
  });
});

describe("confusion", () => {
  it("counts right options against chosen ones, with a column for answers that name none", () => {
    const rows = [
      row("A", "A"),
      row("A", "B. spleen"),
      row("spleen", "spleen"),
      row("D", "no idea"),
      row("D", "D"),
    ];
    expect(confusionOf(rows)).toEqual({
      by: "strict",
      letters: ["A", "B", "C", "D"],
      counts: [
        [1, 1, 0, 0, 0],
        [0, 1, 0, 0, 0],
        [0, 0, 0, 0, 0],
        [0, 0, 0, 1, 1],
      ],
    });
  });

  it("has as many letters as the longest list of options", () => {
    const two = row("A", "B", { choices: ["yes", "no"] });
    expect(confusionOf([two])?.counts).toEqual([
      [0, 1, 0],
      [0, 0, 0],
    ]);
    expect(confusionOf([two, row("A", "A")])?.letters).toHaveLength(4);
  });
});

describe("a picture", () => {
  it("is of what names the options: a parser, or log-probabilities, summed or for each token", () => {
    const said = row("A", "I would say **B**", {
      choiceLogProbs: [-3, -2, -9, -9],
      choiceTokens: [3, 1, 1, 1],
    });
    const chosen = (by: ChosenBy) => confusionOf([said], by)?.counts[0];
    expect(chosen("strict")).toEqual([0, 0, 0, 0, 1]);
    expect(chosen("lenient")).toEqual([0, 1, 0, 0, 0]);
    expect(chosen("loglik-sum")).toEqual([0, 1, 0, 0, 0]);
    expect(chosen("loglik-token")).toEqual([1, 0, 0, 0, 0]);
  });

  it("is of closed rows alone, and nothing where none is closed", () => {
    const open: PredictionRow = { id: "o", case: "c", task: "open-vqa", target: "A", prediction: "A" };
    expect(pictureOf([open])).toBeNull();
    expect(
      confusionOf([open, row("B", "B")])
        ?.counts.flat()
        .reduce((sum, one) => sum + one, 0),
    ).toBe(1);
  });

  it("has room for twenty-six options and an answer that names none of them", () => {
    const many = Array.from({ length: 26 }, (_, at) => `organ ${at}`);
    const found = confusionOf([
      row("Z", "Z", { choices: many }),
      row("Z", "no", { choices: many }),
      row("A", "Z", { choices: many }),
    ]);
    expect(found?.letters).toHaveLength(26);
    expect([found?.counts[25]?.[25], found?.counts[25]?.[26], found?.counts[0]?.[25]]).toEqual([1, 1, 1]);
  });

  it("gives way while it is made", () => {
    const steps = closedPicture(Array.from({ length: 1000 }, () => row("A", "A")));
    let pauses = 0;
    while (steps.next().done !== true) pauses += 1;
    expect(pauses).toBe(4);
  });
});

describe("calibration", () => {
  it("is nothing where no row has log-probabilities, and leaves out an item that could not be answered", () => {
    expect(calibrationOf([row("A", "A")])).toBeNull();
    const failed = row("A", "", { choiceLogProbs: [null, null, null, null] });
    expect(calibrationOf([failed])).toBeNull();
    expect(pictureOf([row("A", "A")])?.calibration).toBeNull();
  });

  it("has the error and the Brier score of a hand calculation", () => {
    const logs = (probabilities: readonly number[]): readonly number[] => probabilities.map(Math.log);
    const rows = [
      row("A", "A", { choiceLogProbs: logs([0.85, 0.05, 0.05, 0.05]) }),
      row("B", "A", { choiceLogProbs: logs([0.85, 0.05, 0.05, 0.05]) }),
      row("C", "C", { choiceLogProbs: logs([0.2, 0.2, 0.4, 0.2]) }),
    ];
    const found = calibrationOf(rows);
    expect(found?.n).toBe(3);
    const filled = found?.bins.filter(({ n }) => n > 0) ?? [];
    expect(filled.map(({ from, n, accuracy }) => [from, n, accuracy])).toEqual([
      [0.4, 1, 1],
      [0.8, 2, 0.5],
    ]);
    expect(filled[1]?.confidence).toBeCloseTo(0.85, 12);
    expect(found?.ece).toBeCloseTo((1 / 3) * 0.6 + (2 / 3) * 0.35, 12);
    const brier =
      (0.15 ** 2 + 3 * 0.05 ** 2 + (0.85 ** 2 + 0.95 ** 2 + 2 * 0.05 ** 2) + (3 * 0.2 ** 2 + 0.6 ** 2)) / 3;
    expect(found?.brier).toBeCloseTo(brier, 12);
  });

  it("is near 0 for answers that are right as often as their probability says", () => {
    const uniform = seededUniform(11);
    const rows = Array.from({ length: 4000 }, () => {
      const p = 0.3 + 0.65 * uniform();
      const rest = Math.log((1 - p) / 3);
      return row(uniform() < p ? "A" : "B", "A", { choiceLogProbs: [Math.log(p), rest, rest, rest] });
    });
    // Fixed draws: the seed gives .02 or less, a model that is always sure would have about .37.
    expect(calibrationOf(rows)?.ece ?? 1).toBeLessThan(0.03);
  });
});

describe("bins of calibration", () => {
  const certain = (probability: number, isRight: boolean): PredictionRow => {
    const rest = Math.log((1 - probability) / 3 + Number.MIN_VALUE);
    return row(isRight ? "A" : "B", "A", {
      choiceLogProbs: [Math.log(probability), rest, rest, rest],
    });
  };

  it("are tenths, the last of which holds an answer that is certain", () => {
    const found = calibrationOf([certain(1, true)]);
    expect(found?.bins).toHaveLength(10);
    expect(found?.bins.at(-1)).toEqual({
      from: 0.9,
      to: 1,
      n: 1,
      confidence: 1,
      accuracy: 1,
    });
    expect([found?.ece, found?.brier]).toEqual([0, 0]);
  });

  it("hold every answer once", () => {
    const uniform = seededUniform(3);
    const rows = Array.from({ length: 200 }, () => certain(0.26 + 0.74 * uniform(), uniform() < 0.5));
    const found = calibrationOf(rows);
    expect(found?.bins.reduce((sum, { n }) => sum + n, 0)).toBe(200);
  });

  it("have no mean where they hold nothing", () => {
    for (const { n, confidence, accuracy } of calibrationOf([certain(0.95, false)])?.bins ?? [])
      expect([n === 0, confidence === null, accuracy === null]).toEqual([n === 0, n === 0, n === 0]);
  });

  it("are at their worst for answers that are certain and wrong", () => {
    const found = calibrationOf([certain(1, false), certain(1, false)]);
    expect(found?.ece).toBeCloseTo(1, 12);
    expect(found?.brier).toBeCloseTo(2, 12);
  });

  it("take two options of one text for one answer", () => {
    const twin = row("A", "A", {
      choices: ["liver", "Liver", "heart", "lung"],
      choiceLogProbs: [-2, -0.2, -5, -5],
    });
    expect(calibrationOf([twin])?.bins.find(({ n }) => n === 1)?.accuracy).toBe(1);
  });
});
