/**
 * What the house measures of itself: sizes, rooms, circles, tests, and how many files one option touches. The
 * definitions are those that the table in ARCHITECTURE.md states; measures.test.ts holds table and goals.
 */
import { posix } from "node:path";
import { cyclesOf, pythonFileEdges, tsEdges } from "./import-graph.ts";
import { workerFacts } from "./python-source.ts";
import { pythonSources, repoFiles, repoText, tsSources } from "./source-tree.ts";
import { blankTs, codeOf, tsDefinitions, tsFunctions } from "./ts-source.ts";

/** One row of the table. `goal` is what it shall be; `isReached` says whether it is. */
export interface Measure {
  readonly name: string;
  readonly value: string;
  readonly goal: string;
  readonly isReached: boolean;
  /** What keeps the goal from being reached, worst first; at most a few lines. */
  readonly left: readonly string[];
}

/** Lines of a text, blank ones and comments too. */
export const linesOf = (path: string): number => repoText(path).split("\n").length - 1;

/** Value at or below which the share `quantile` of the sizes lies: the nearest rank, the ceil(q n)-th. */
export function quantileOf(sizes: readonly number[], quantile: number): number {
  const sorted = [...sizes].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)] ?? 0;
}

/** The middle size, or the mean of the two middle ones. */
export function medianOf(sizes: readonly number[]): number {
  const sorted = [...sizes].sort((a, b) => a - b);
  const [low, high] = [Math.floor((sorted.length - 1) / 2), Math.ceil((sorted.length - 1) / 2)];
  return ((sorted[low] ?? 0) + (sorted[high] ?? 0)) / 2;
}

const worst = (sizes: readonly (readonly [string, number])[], limit: number, unit: string): string[] =>
  sizes
    .filter(([, size]) => size > limit)
    .sort(([, a], [, b]) => b - a)
    .map(([name, size]) => `${name} has ${size} ${unit}`);

const atMost = (name: string, value: number, limit: number, left: readonly string[] = []): Measure => ({
  name,
  value: String(value),
  goal: `at most ${limit}`,
  isReached: value <= limit,
  left,
});

const share = (
  name: string,
  part: number,
  whole: number,
  least: number,
  left: readonly string[],
): Measure => ({
  name,
  value: `${Math.floor((100 * part) / whole)} % of ${whole}`,
  goal: `at least ${100 * least} %`,
  isReached: part / whole >= least,
  left,
});

function fileSizes(): Measure[] {
  const languages = [
    { language: "TypeScript", paths: tsSources(), median: 100, ninth: 280, largest: 300 },
    { language: "Python", paths: pythonSources(), median: 200, ninth: 420, largest: 350 },
  ];
  return languages.flatMap(({ language, paths, median, ninth, largest }) => {
    const sizes = paths.map((path) => [path, linesOf(path)] as const);
    const lines = sizes.map(([, size]) => size);
    return [
      atMost(`lines of a file, median, ${language}`, medianOf(lines), median),
      atMost(`lines of a file, 90th percentile, ${language}`, quantileOf(lines, 0.9), ninth),
      atMost(
        `lines of the largest file, ${language}`,
        Math.max(...lines),
        largest,
        worst(sizes, largest, "lines"),
      ),
    ];
  });
}

function functionSizes(): Measure[] {
  const ts = tsSources().flatMap((path) =>
    tsFunctions(repoText(path)).map(({ line, lines }) => [`${path}:${line}`, lines] as const),
  );
  const python = [...workerFacts()].flatMap(([path, { functions }]) =>
    functions.map(({ line, lines }) => [`${path}:${line}`, lines] as const),
  );
  return [
    ["TypeScript", ts],
    ["Python", python],
  ].map(([language, sizes]) => {
    const all = sizes as readonly (readonly [string, number])[];
    return atMost(
      `lines of the longest function, ${language}`,
      Math.max(...all.map(([, lines]) => lines)),
      59,
      worst(all, 59, "lines"),
    );
  });
}

/** Source files of one folder, the doors not counted; most first. */
export function filesSideBySide(): (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const path of [...tsSources(), ...pythonSources()]) {
    if (/(?:^|\/)(?:index\.ts|__init__\.py)$/.test(path)) continue;
    counts.set(posix.dirname(path), (counts.get(posix.dirname(path)) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a);
}

/** Import circles over all imports, those of types alone too. */
export function importCycles(): string[] {
  const ts = tsEdges().inner.map(({ from, to }) => [from, to] as const);
  const python = pythonFileEdges().map(({ from, file }) => [from, file] as const);
  return [...new Set([...cyclesOf(ts), ...cyclesOf(python)])];
}

/** Places that throw an error of the language instead of a TomoeError. */
export function bareErrors(): string[] {
  const ts = tsSources().flatMap((path) =>
    codeOf(repoText(path))
      .split("\n")
      .flatMap((line, index) =>
        /\bthrow new (?:Type|Range|Syntax)?Error\(/.test(line) ? [`${path}:${index + 1}`] : [],
      ),
  );
  const python = [...workerFacts()].flatMap(([path, { bareRaises }]) =>
    bareRaises.map((line) => `${path}:${line}`),
  );
  return [...ts, ...python];
}

const sum = (paths: readonly string[]): number => paths.reduce((total, path) => total + linesOf(path), 0);

/** Paths below tests/unit at which each file that holds logic is tested, with its source. */
function mirrors(): { readonly source: string; readonly test: string }[] {
  // A door hands on and a list of texts is data: neither has logic of its own.
  const isDoor = (path: string): boolean => /(?:^|\/)(?:index\.ts|__init__\.py|__main__\.py)$/.test(path);
  const isData = (path: string): boolean =>
    /^ts\/(?:recipes|bench)\/|\/texts\/|^py-runtime\/bench\//.test(path);
  const ts = tsSources()
    .filter((path) => !isDoor(path) && !isData(path) && tsDefinitions(repoText(path)).length > 0)
    .map((path) => ({ source: path, test: `tests/unit/${path.replace(/\.ts$/, ".test.ts")}` }));
  const python = [...workerFacts()]
    .filter(([path, { definitions }]) => !isDoor(path) && !isData(path) && definitions.length > 0)
    .map(([path]) => ({
      source: path,
      test: path.replace("py-runtime/tomoe_worker/", "tests/unit/py/").replace(/(\w+)\.py$/, "test_$1.py"),
    }));
  return [...ts, ...python];
}

function tests(): Measure[] {
  const all = repoFiles().filter((path) => /^tests\/.*\.(?:ts|mjs|py)$/.test(path));
  const sources = [...tsSources(), ...pythonSources()];
  const ratio = Math.floor((100 * sum(all)) / sum(sources)) / 100;
  const nameOf = (path: string): string =>
    posix
      .basename(path)
      .replace(/^test_/, "")
      .replace(/(?:\.test|\.types)?\.(?:ts|py)$/, "");
  const tested = new Set(
    all.filter((path) => /\.(?:test|types)\.ts$|\/test_\w+\.py$/.test(path)).map(nameOf),
  );
  const named = sources.filter((path) => tested.has(nameOf(path)));
  const logic = mirrors(),
    files = new Set(repoFiles());
  const missing = logic.filter(({ test }) => !files.has(test));
  return [
    {
      name: "test lines to a source line",
      value: String(ratio),
      goal: "at least 1.2",
      isReached: ratio >= 1.2,
      left: [],
    },
    share("source files with a test of the same name", named.length, sources.length, 0.8, []),
    share(
      "logic files with a test at the mirrored path",
      logic.length - missing.length,
      logic.length,
      0.8,
      missing.map(({ source }) => `${source} has none`),
    ),
  ];
}

/**
 * Hand-written files that name an option, in camel or snake case as a whole word, outside comments and template
 * literals: ts/ without generated code, recipes and benchmarks, the worker, and proto/.
 */
export function filesThatName(option: string): string[] {
  const snake = option.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const word = new RegExp(`\\b(?:${option}|${snake})\\b`);
  const ts = tsSources().filter(
    (path) =>
      !/^ts\/(?:recipes|bench)\//.test(path) &&
      word.test(blankTs(repoText(path), { strings: false, templates: true })),
  );
  const python = [...workerFacts()]
    .filter(
      ([path, { withoutComments }]) =>
        path.startsWith("py-runtime/tomoe_worker/") && word.test(withoutComments),
    )
    .map(([path]) => path);
  const proto = repoFiles().filter(
    (path) => path.endsWith(".proto") && word.test(repoText(path).replaceAll(/\/\/.*/g, "")),
  );
  return [...ts, ...python, ...proto];
}

/** Options whose way through the house is counted, each with the most files that may name it. */
export const countedOptions = { topK: 11, zLossWeight: 8, ropeBase: 6, clipNorm: 6 } as const;

function options(): Measure[] {
  return Object.entries(countedOptions).map(([option, limit]) => {
    const files = filesThatName(option);
    return atMost(`files that name \`${option}\``, files.length, limit, files);
  });
}

/** Names of files and folders of the root. */
export function rootEntries(): string[] {
  return [...new Set(repoFiles().map((path) => path.split("/")[0] ?? ""))];
}

/** The whole table. */
export function measures(): readonly Measure[] {
  const folders = filesSideBySide(),
    cycles = importCycles(),
    bare = bareErrors();
  return [
    ...fileSizes(),
    ...functionSizes(),
    atMost("source files side by side", folders[0]?.[1] ?? 0, 12, worst(folders, 12, "files")),
    atMost("import circles, those of types too", cycles.length, 0, cycles),
    ...tests(),
    atMost("bare errors", bare.length, 0, bare),
    ...options(),
    atMost("root entries", rootEntries().length, 17, rootEntries()),
  ];
}
