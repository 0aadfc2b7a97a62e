import { compareSystems } from "../../../../ts/eval/compare/compare.ts";
import { latexComparison, latexScorecard, latexText } from "../../../../ts/eval/latex.ts";
import { checkRows } from "../../../../ts/eval/rows/check.ts";
import { scorePredictions } from "../../../../ts/eval/score.ts";
import { atOnce } from "../../../../ts/eval/steps.ts";

const rows = (isRight: (at: number) => boolean, type = "organ"): readonly object[] =>
  Array.from({ length: 24 }, (_, at) => ({
    id: `q${at}`,
    case: `c${at}`,
    subject: `p${at % 12}`,
    task: "closed-vqa",
    type,
    choices: ["liver", "spleen"],
    target: "liver",
    prediction: isRight(at) ? "A" : "B",
  }));
const digest = "0123456789abcdef0123";

/** Braces and environments of a text that LaTeX would accept. */
function isBalanced(text: string): boolean {
  let depth = 0;
  for (const [, brace] of text.replaceAll(/\\[{}\\]/g, "").matchAll(/([{}])/g)) {
    depth += brace === "{" ? 1 : -1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

describe("a text in LaTeX", () => {
  it.each([
    ["50% of A_1 & B#2 $x$", "50\\% of A\\_1 \\& B\\#2 \\$x\\$"],
    ["{a}", "\\{a\\}"],
    ["a\\b", "a\\textbackslash{}b"],
    ["~^", "\\textasciitilde{}\\textasciicircum{}"],
    ["line\nend\u001b[31m", "line end [31m"],
    ["Größe", "Größe"],
  ])("of %j is %j", (text, latex) => {
    expect(latexText(text)).toBe(latex);
    expect(isBalanced(latexText(text))).toBe(true);
  });
});

describe("a scorecard in LaTeX", () => {
  const entries = scorePredictions(
    rows((at) => at % 3 > 0, "a_b & c"),
    { profile: "strict" },
  );
  const latex = latexScorecard(entries, digest);

  it("is a booktabs table of every number with its interval and counts", () => {
    for (const part of ["\\toprule", "\\midrule", "\\bottomrule", "\\begin{table}", "\\end{table}"])
      expect(latex.split(part).length).toBe(2);
    expect(latex).toContain("closed-vqa & accuracy.micro & 0.667 & [");
    expect(latex).toContain("& 0.500 & 24 & 12 \\\\");
    expect(latex).toContain("type.a\\_b \\& c");
    expect(isBalanced(latex)).toBe(true);
    const widths = latex.split("\n").filter((line) => line.endsWith("\\\\"));
    expect(new Set(widths.map((line) => line.replaceAll("\\&", "").split("&").length))).toEqual(new Set([7]));
  });

  it("says in its caption over how many patients, and of which rows", () => {
    expect(latex).toMatch(
      /\\caption\{.*over 12 patients \(\$n = \d+\$ items\).*\\texttt\{0123456789abcdef\}/,
    );
  });
});

describe("a comparison in LaTeX", () => {
  const compared = (second: (at: number) => boolean) => {
    const systems = [rows((at) => at % 2 === 0), rows(second)].map((one, at) => ({
      name: `system_${at}`,
      seeds: [checkRows(one, String)],
    }));
    return latexComparison(atOnce(compareSystems(systems, { profile: "strict" })).entries, digest);
  };

  it("marks with a dagger what the corrected test tells apart, and nothing else", () => {
    const better = compared(() => true);
    expect(better).toContain("accuracy.micro & 0.500 & 1.000 & +0.500$^{\\dagger}$ & [");
    expect(better.split("$^{\\dagger}$ &").length).toBe(2);
    expect(compared((at) => at % 2 === 0)).not.toContain("$^{\\dagger}$ &");
    expect(isBalanced(better)).toBe(true);
  });

  it("names each pair once, above its rows, and is no larger than a page", () => {
    const systems = [0, 1, 2].map((at) => ({
      name: `system_${at}`,
      seeds: [
        checkRows(
          rows((item) => item % (at + 2) === 0),
          String,
        ),
      ],
    }));
    const { entries } = atOnce(compareSystems(systems, { profile: "strict" }));
    const latex = latexComparison(entries, digest);
    const titles = [...latex.matchAll(/\\multicolumn\{9\}\{l\}\{(.*)\} \\\\/g)].map(([, title]) => title);
    expect(titles).toEqual([
      "system\\_1 (second) against system\\_0 (first)",
      "system\\_2 (second) against system\\_0 (first)",
    ]);
    expect(latex.split("closed-vqa & ").length - 1).toBe(entries.length);
    const first = latex.slice(latex.indexOf("system\\_1"), latex.indexOf("system\\_2"));
    for (const { metric, first: value } of entries.filter(({ b }) => b === "system_1"))
      expect(first).toContain(`closed-vqa & ${latexText(metric)} & ${value.toFixed(3)} &`);
    expect(latex).toContain("\\begin{adjustbox}{max width=\\textwidth, max totalheight=.88\\textheight}");
    expect(latex.split("adjustbox}").length).toBe(4);
  });

  it("writes a difference below 0 with a minus, and says the family in its caption", () => {
    const worse = compared(() => false);
    expect(worse).toContain("$-$0.500$^{\\dagger}$");
    expect(worse).toMatch(/\\caption\{.*after Holm's correction over 1 tests/);
    expect(worse).toMatch(/& \[\$-\$\d\.\d{3}, \$-\$\d\.\d{3}\] &/);
    expect(worse).not.toMatch(/[[ ]-\d/);
  });

  it("has no minus before what is shown as 0, and the patients of all items in its caption", () => {
    const systems = [rows(() => true), rows(() => false)].map((one, at) => ({
      name: `s${at}`,
      seeds: [checkRows(one, String)],
    }));
    const { entries } = atOnce(compareSystems(systems, { profile: "strict" }));
    const near = entries.map((entry) => ({ ...entry, difference: -1e-12, ciLow: -3e-12, ciHigh: -0 }));
    const latex = latexComparison([...near, ...near.map((one) => ({ ...one, clusters: 3 }))], digest);
    expect(latex).toContain("& 0.000$^{\\dagger}$ & [0.000, 0.000] &");
    expect(latex).toContain("over 12 patients");
  });
});
