import type { PredictionRow } from "../../../../ts/eval/index.ts";
import {
  atOnce,
  compareSystems,
  renderComparison,
  renderScorecard,
  scorePredictions,
} from "../../../../ts/eval/index.ts";
import type { ScorecardEntry } from "../../../../ts/schema/answers/scorecard.ts";
import { thrownBy } from "../../../support/router-policies.ts";

const options = { profile: "strict" } as const;
const compared = (first: readonly PredictionRow[], second: readonly PredictionRow[]) =>
  atOnce(
    compareSystems(
      [
        { name: "one", seeds: [first] },
        { name: "other", seeds: [second] },
      ],
      options,
    ),
  ).entries;
const rows: readonly PredictionRow[] = Array.from({ length: 24 }, (_, at) => ({
  id: `q${at}`,
  case: `c${at % 12}`,
  task: "closed-vqa",
  type: at % 2 === 0 ? "organ" : "plane",
  choices: ["a", "b", "c", "d"],
  target: "A",
  prediction: at % 3 === 0 ? "B" : "A",
}));
const entries = scorePredictions(
  [...rows, { id: "r", case: "c0", task: "report", target: "A cyst.", prediction: "A cyst." }],
  options,
);

describe("a rendered scorecard", () => {
  const text = renderScorecard(entries);
  const lines = text.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| metric"));

  it("has one line an entry, each with value, interval, chance, items and patients", () => {
    expect(lines).toHaveLength(entries.length);
    expect(lines).toContainEqual(
      expect.stringMatching(
        /^\| accuracy\.micro \| 0\.667 \| 0\.\d{3} \.\. 0\.\d{3} \| 0\.250 \| 24 \| 12 \|$/,
      ),
    );
    for (const line of lines)
      expect(line).toMatch(
        /^\| [\w.]+ \| \d\.\d{3} \| \d\.\d{3} \.\. \d\.\d{3} \| (?:\d\.\d{3})? \| \d+ \| \d+ \|$/,
      );
  });

  it("has every signature, a heading a task, and the notice", () => {
    for (const { signature } of entries) expect(text).toContain(signature);
    expect(text).toContain("## report");
    expect(text).toContain("## closed-vqa");
    expect(text).toContain("Research only, not for clinical use.");
  });

  it.each([{ ciLow: Number.NaN }, { n: 0 }, { clusters: 0 }, { value: Number.POSITIVE_INFINITY }])(
    "never is made of a number without what it rests on: %o",
    (change) => {
      const [first, ...rest] = entries;
      expect(
        thrownBy(() => renderScorecard([{ ...(first as ScorecardEntry), ...change }, ...rest])),
      ).toMatchObject({ code: "INTERNAL", message: expect.stringContaining("nothing that can be shown") });
    },
  );
});

describe("a rendered comparison", () => {
  it("has both values, the signed difference with its interval, and the verdict in words", () => {
    const text = renderComparison(
      compared(
        rows,
        rows.map((row) => ({ ...row, prediction: "A" })),
      ),
    );
    expect(text).toMatch(
      /\| closed-vqa \| accuracy\.micro \| 0\.667 \| 1\.000 \| \+0\.333 \| \+0\.000 \.\. \+0\.667 \| 0\.13 \| 0\.13 \| not separable \| 24 \| 12 \|/,
    );
    expect(text).toContain("paired:second-minus-first");
  });

  const [pair, ...others] = compared(rows, rows);

  it("of a system with itself says +0.000 and not separable, and shows no difference as negative zero", () => {
    const text = renderComparison([pair, ...others].filter((one) => one !== undefined));
    const lines = text.split("\n").filter((line) => line.startsWith("| closed-vqa"));
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(line).toMatch(/\| \+0\.000 \| .* \| not (?:separable|tested) \|/);
  });

  it.each([
    { difference: Number.NaN },
    { first: Number.NaN },
    { ciHigh: Number.NEGATIVE_INFINITY },
    { n: 0 },
  ])("never is made of a number without what it rests on: %o", (change) => {
    if (pair === undefined) throw new Error("nothing was compared");
    expect(thrownBy(() => renderComparison([{ ...pair, ...change }]))).toMatchObject({
      code: "INTERNAL",
      message: expect.stringContaining("closed-vqa accuracy.micro has values"),
    });
  });
});

describe("a type whose name means something to Markdown", () => {
  const odd = rows.map((row) => ({ ...row, type: row.type === "organ" ? "a|b" : "c d" }));
  // No row may hold a line end in a name; a number may come from elsewhere.
  const broken = <T extends { readonly metric: string }>(entries: readonly T[]): readonly T[] =>
    entries.map((entry) => ({ ...entry, metric: entry.metric.replace("c d", "c\nd") }));

  it("breaks no table of a scorecard", () => {
    const lines = renderScorecard(broken(scorePredictions(odd, options))).split("\n");
    const cells = lines.filter((line) => line.startsWith("| type."));
    expect(cells.map((line) => line.split(" | ")[0])).toEqual(["| type.a\\|b", "| type.c d"]);
    expect(lines.filter((line) => line.startsWith("d"))).toEqual([]);
  });

  it("breaks no table of a comparison", () => {
    const text = renderComparison(broken(compared(odd, odd)));
    expect(text).toContain("| closed-vqa | type.a\\|b | ");
    expect(text).not.toMatch(/^d/m);
  });
});
