import { scorecardTable } from "../../../../../ts/cli/screen/scorecard-table.ts";

const line = {
  task: "closed-vqa",
  metric: "accuracy.micro",
  value: 0.75,
  ciLow: 0.6004,
  ciHigh: 0.8996,
  n: 80,
  clusters: 20,
  chance: 0.25,
} as const;

describe("a scorecard for people", () => {
  it("shows no value without its interval, its counts and its chance", () => {
    const [titles = "", row = ""] = scorecardTable([line]).split("\n");
    expect(titles).toMatch(/^TASK +METRIC +VALUE +95% CI +CHANCE +ITEMS +PATIENTS$/);
    expect(row.split(/ {2,}/)).toEqual([
      "closed-vqa",
      "accuracy.micro",
      "0.750",
      "[0.600, 0.900]",
      "0.250",
      "80",
      "20",
    ]);
  });

  it("has a dash where guessing has no rate", () => {
    expect(scorecardTable([{ ...line, chance: null }]).split("\n")[1]).toMatch(/\] +- +80 +20$/);
  });

  it("says how many texts were cut by the limit of their generation, where some were", () => {
    const [titles = "", cut = "", whole = ""] = scorecardTable([{ ...line, truncated: 7 }, line]).split("\n");
    expect(titles).toMatch(/PATIENTS +TRUNCATED$/);
    expect([cut, whole].map((row) => row.split(/ {2,}/).at(-1))).toEqual(["7", "0"]);
  });
});
