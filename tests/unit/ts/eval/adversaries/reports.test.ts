import { centralReport, reportTable } from "../../../../../ts/eval/adversaries/reports.ts";
import { atOnce, seededUniform } from "../../../../../ts/eval/index.ts";

const central = (reports: readonly string[]): string | undefined => atOnce(centralReport(reports));

describe("the report that is most like the others", () => {
  it("is none for no report, and the only one there is", () => {
    expect(central([])).toBeUndefined();
    expect(central(["the liver is bright"])).toBe("the liver is bright");
  });

  it("shares the most words with them, however often another one stands", () => {
    const reports = [
      "liver cyst",
      "liver cyst in segment two",
      "liver cyst in segment four",
      "no finding at all",
    ];
    expect(central(reports)).toBe("liver cyst in segment four");
    expect(central([...reports].reverse())).toBe("liver cyst in segment four");
  });

  it("is the commonest where texts are compared over many, as a slow search over all finds it", () => {
    const uniform = seededUniform(4);
    const words = ["liver", "spleen", "cyst", "nodule", "left", "right", "bright", "dark"];
    const reports = Array.from({ length: 60 }, () =>
      words
        .filter(() => uniform() < 0.5)
        .concat("scan")
        .join(" "),
    );
    const f1 = (one: string, other: string): number => {
      const said = one.split(" "),
        wanted = other.split(" ");
      const shared = said.filter((word) => wanted.includes(word)).length;
      return (2 * shared) / (said.length + wanted.length);
    };
    const score = (text: string): number => reports.reduce((sum, other) => sum + f1(text, other), 0);
    const best = Math.max(...reports.map(score));
    expect(score(central(reports) ?? "")).toBeCloseTo(best, 9);
  });

  it("does not depend on the order of thousands of reports", () => {
    const reports = Array.from({ length: 1500 }, (_, at) => `finding ${at % 37} of organ ${at % 11}`);
    expect(central(reports.toReversed())).toBe(central(reports));
  });
});

describe("the table from labels to reports", () => {
  const rows = [
    { labels: { side: 0, cyst: 1 }, report: "cyst on the left" },
    { labels: { cyst: 1, side: 0 }, report: "left cyst" },
    { labels: { side: 0, cyst: 1 }, report: "left cyst" },
    { labels: { side: 1, cyst: 0 }, report: "nothing on the right" },
  ];

  it("is none for no row", () => {
    expect(reportTable([])).toBeUndefined();
  });

  it("gives the commonest report of a set of labels, in whatever order they are written", () => {
    expect(reportTable(rows)?.({ side: 0, cyst: 1 })).toBe("left cyst");
    expect(reportTable([...rows].reverse())?.({ cyst: 0, side: 1 })).toBe("nothing on the right");
  });

  it("gives that of the nearest set where one was never seen, the one with more reports among equals", () => {
    const table = reportTable(rows);
    expect(table?.({ side: 1, cyst: 1 })).toBe("left cyst");
    expect(table?.({ side: 1, cyst: 0, extra: 3 })).toBe("nothing on the right");
  });
});
