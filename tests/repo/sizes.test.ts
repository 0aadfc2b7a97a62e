import { longPythonFunctions, longTsFunctions } from "../support/source-text.ts";
import { listed, pythonSources, repoText, tsSources } from "../support/source-tree.ts";

const linesOf = (path: string): number => repoText(path).split("\n").length - 1;

/** Value below which the share `quantile` of the sizes lies (nearest rank). */
function quantileOf(sizes: readonly number[], quantile: number): number {
  const sorted = [...sizes].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)] ?? 0;
}

describe("sizes", () => {
  it("keeps TypeScript files at 400 lines or fewer, nine in ten at 300", () => {
    const sizes = tsSources().map((path) => [path, linesOf(path)] as const);
    expect(sizes.length).toBeGreaterThan(50);
    expect(
      listed(sizes.filter(([, lines]) => lines > 400).map(([path, lines]) => `${path} has ${lines} lines`)),
    ).toBe("");
    expect(
      quantileOf(
        sizes.map(([, lines]) => lines),
        0.9,
      ),
    ).toBeLessThanOrEqual(300);
  });

  it("keeps Python files at 450 lines or fewer", () => {
    const sizes = pythonSources().map((path) => [path, linesOf(path)] as const);
    expect(sizes.length).toBeGreaterThan(20);
    expect(
      listed(sizes.filter(([, lines]) => lines > 450).map(([path, lines]) => `${path} has ${lines} lines`)),
    ).toBe("");
  });

  it("keeps functions under 60 lines in both languages", () => {
    const ts = tsSources().flatMap((path) =>
      longTsFunctions(repoText(path), 59).map(
        (found) => `${path}:${found.line} is ${found.lines} lines long`,
      ),
    );
    const python = pythonSources().flatMap((path) =>
      longPythonFunctions(repoText(path), 59).map(
        (found) => `${path}:${found.line} is ${found.lines} lines long`,
      ),
    );
    expect(listed([...ts, ...python])).toBe("");
  });
});
