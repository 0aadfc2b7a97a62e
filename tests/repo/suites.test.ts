import { listed, repoFiles, repoText, tsSources } from "../support/source-tree.ts";
import { implementedBy, tablesOf } from "../support/ts-shapes.ts";
import { codeOf, tsImports } from "../support/ts-source.ts";

// The second rule for guests: what has two implementations has one suite, run for every row of its table.

/** Tables of implementations, and the suite that each of their rows has to pass. */
const suites: Readonly<Record<string, string>> = {
  "ts/config/bases/index.ts bases": "tests/contract/bases.test.ts",
  "ts/config/sources.ts sources": "tests/contract/sources.test.ts",
  "ts/run/prepare/sources.ts sources": "tests/contract/sources.test.ts",
  "ts/eval/metrics/index.ts textMetrics": "tests/unit/ts/eval/metrics/index.test.ts",
  "ts/eval/metrics/index.ts corpusMetrics": "tests/unit/ts/eval/metrics/index.test.ts",
  "ts/eval/metrics/index.ts wholeMetrics": "tests/unit/ts/eval/metrics/index.test.ts",
  "ts/data/sources/layouts.ts layouts": "tests/contract/layouts.test.ts",
  "ts/data/prepare/preprocess-path.ts products": "tests/unit/ts/data/prepare/preprocess-path.test.ts",
  "ts/data/volume/readers.ts readers": "tests/unit/ts/data/volume/readers.test.ts",
  "ts/run/evaluate/controls.ts changes": "tests/unit/ts/run/evaluate/controls.test.ts",
};

describe("a table of implementations", () => {
  const tables = tsSources().flatMap((path) => tablesOf(repoText(path)).map((table) => ({ path, ...table })));

  it("has one suite as soon as it has two rows", () => {
    const several = tables.filter(({ rows }) => rows.length > 1);
    expect(several.length).toBeGreaterThan(2);
    const without = several.filter(({ path, name }) => suites[`${path} ${name}`] === undefined);
    expect(listed(without.map(({ path, line, name }) => `${path}:${line}: ${name} has no suite`))).toBe("");
    const known = new Set(tables.map(({ path, name }) => `${path} ${name}`));
    expect(Object.keys(suites).filter((table) => !known.has(table))).toEqual([]);
  });

  it.each(Object.entries(suites))("%s has it run for every row", (table, suite) => {
    expect(repoFiles()).toContain(suite);
    const [path = ""] = table.split(" ");
    const imports = tsImports(repoText(suite)).map(({ specifier }) => specifier.replace(/^(?:\.\.\/)+/, ""));
    expect(imports).toContain(path);
    expect(codeOf(repoText(suite))).toMatch(/\.each\(Object\.entries\(\w+\)\)/);
  });

  it("is what an interface is implemented in, once two classes do", () => {
    const classes = tsSources().flatMap((path) =>
      implementedBy(repoText(path)).map((name) => ({ path, name })),
    );
    expect(classes.length).toBeGreaterThan(3);
    const twice = classes.filter(
      ({ path, name }) =>
        !/^Async|^Iter/.test(name) && classes.some((other) => other.name === name && other.path !== path),
    );
    expect(listed(twice.map(({ path, name }) => `${path} is another ${name}: give both one suite`))).toBe("");
  });
});

describe("the shape of a table", () => {
  it("is a constant with a row for every name of a union", () => {
    const source =
      'const a: { readonly [K in Kind]: F } = { one: f, "two-b": g };\nconst b: Record<string, F> = { c: f };';
    expect(tablesOf(source)).toEqual([{ name: "a", line: 1, rows: ["one", "two-b"] }]);
    expect(implementedBy("class A implements B, C.D {}\nclass E extends F {}")).toEqual(["B", "C.D"]);
  });
});
