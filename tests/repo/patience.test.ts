import { listed, repoFiles, repoText } from "../support/source-tree.ts";
import { callsOf } from "../support/ts-shapes.ts";
import { codeOf, testLimits } from "../support/ts-source.ts";

const tests = repoFiles().filter((path) => /^tests\/.*(?:\.test\.ts|\/test_\w+\.py)$/.test(path));
const typescript = tests.filter((path) => path.endsWith(".ts"));

describe("tests on a slow machine", () => {
  it("have no time limit but jest's, which is there against hangs; a campaign's may be longer", () => {
    const hangMs: unknown = JSON.parse(repoText("package.json")).jest.testTimeout;
    expect(hangMs).toBe(600_000);
    const problems = typescript.flatMap((path) =>
      testLimits(repoText(path))
        .filter(
          ({ limit }) =>
            !(/^tests\/(?:nightly|soak)\//.test(path) && Number(limit.replaceAll("_", "")) > Number(hangMs)),
        )
        .map(({ line, limit }) => `${path}:${line} gives a test ${limit} ms`),
    );
    expect(listed(problems)).toBe("");
  });

  it("do not ask how long something took by the clock on the wall", () => {
    const patterns = [
      /\bnow\(\)\s*-[^;]*\.toBeLess/,
      /\btook\w*\)\s*\.toBeLess/,
      /time\.(?:monotonic|perf_counter|time)\(\) - \w+ </,
    ];
    const problems = tests.flatMap((path) =>
      (path.endsWith(".ts") ? codeOf(repoText(path)) : repoText(path))
        .split("\n")
        .flatMap((line, index) =>
          patterns.some((pattern) => pattern.test(line)) ? [`${path}:${index + 1}: ${line.trim()}`] : [],
        ),
    );
    expect(patterns[0]?.test("expect(performance.now() - started).toBeLessThan(5)")).toBe(true);
    expect(patterns[2]?.test("assert time.monotonic() - started < 3")).toBe(true);
    expect(listed(problems)).toBe("");
  });

  it("become no other user, who may not enter the folders above this clone", () => {
    const other =
      /\b(?:setuid|setreuid|seteuid|setgid|initgroups)\b|\buid:\s*(?!\d+\.)[\d_]{2,}|--reuid|\brunuser\b/;
    const problems = [...tests, ...repoFiles().filter((path) => path.startsWith("tests/support/"))].filter(
      (path) => other.test(path.endsWith(".ts") ? codeOf(repoText(path)) : repoText(path)),
    );
    expect(other.test("spawn(node, args, { uid: 65_534 })")).toBe(true);
    expect(listed(problems)).toBe("");
  });
});

describe("tests that draw their cases", () => {
  it("draw the same ones every time", () => {
    const calls = typescript.flatMap((path) =>
      callsOf(repoText(path), "fc.assert").map((call) => ({ path, ...call })),
    );
    expect(calls.length).toBeGreaterThan(30);
    const unseeded = calls.filter(({ given }) => !/\bseed\b/.test(given[1] ?? ""));
    expect(listed(unseeded.map(({ path, line }) => `${path}:${line} has no seed`))).toBe("");
    const luck = {
      ts: /\bMath\.random\(/,
      py: /\bdefault_rng\(\)|\brandom\.(?:random|randint|choice|shuffle)\(/,
    };
    const drawn = tests.filter((path) =>
      path.endsWith(".ts") ? luck.ts.test(codeOf(repoText(path))) : luck.py.test(repoText(path)),
    );
    expect(luck.py.test("np.random.default_rng()")).toBe(true);
    expect(listed(drawn)).toBe("");
  });
});

describe("the time limits of a source", () => {
  it("are those of tests and hooks, whatever they are called by, and no other third words", () => {
    const source = [
      'it("a", () => {}, 5_000);',
      'maybe("b", async () => {}, patienceMs);',
      'it.each([1])("c %s", () => {}, 1);',
      "beforeAll(() => {}, 30);",
      'it("d", () => {});',
      "setTimeout(() => {}, 20);",
      "open(undefined, () => {}, { timeoutMs: 60 });",
      "it(`e`, () => {}, 2);",
      'open("f", () => {}, { timeoutMs: 60 });',
    ].join("\n");
    expect(testLimits(source).map(({ line, limit }) => `${line}: ${limit}`)).toEqual([
      "1: 5_000",
      "2: patienceMs",
      "3: 1",
      "4: 30",
      "8: 2",
    ]);
  });
});
