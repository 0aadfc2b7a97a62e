import { statSync } from "node:fs";
import { join, posix } from "node:path";
import { workerFacts } from "../support/python-source.ts";
import { listed, pythonSources, repoFiles, repoRoot, repoText, tsSources } from "../support/source-tree.ts";
import { codeOf, linesOfKind } from "../support/ts-source.ts";

const isText = (path: string): boolean =>
  /\.(?:ts|mjs|cjs|js|json|md|py|proto|toml|txt|cff|lock|yml|yaml|jsonl|svg|css|html)$/.test(path) ||
  /^(?:\.ci\/run|\.npmrc|\.gitignore|LICENSE)$|(?:^|\/)\.gitattributes$/.test(path);

/** Lines of the files that fit `pattern`, as "path:line: text". */
function matches(
  paths: readonly string[],
  pattern: RegExp,
  textOf: (path: string) => string = repoText,
): string[] {
  return paths.flatMap((path) =>
    textOf(path)
      .split("\n")
      .flatMap((line, index) =>
        pattern.test(line) ? [`${path}:${index + 1}: ${line.trim().slice(0, 160)}`] : [],
      ),
  );
}

describe("what tracked files must not hold", () => {
  const texts = repoFiles().filter(isText);

  it("holds no path of one machine", () => {
    // Written in parts, so that this file does not find itself.
    const folders = ["work", "farm", "root", "home/[a-z]", "Users/[A-Za-z]"].join("|");
    const pattern = new RegExp(`(?<![\\w.@~)}-])/(?:${folders})(?:/|\\b)(?=[\\w.-]*)`);
    expect(pattern.test(`cd /${"work"}/main`)).toBe(true);
    expect(pattern.test(`../${"work"}/main and art/${"work"}/x`)).toBe(false);
    expect(listed(matches(texts, pattern))).toBe("");
  });

  it("writes temporary files where the system says, not to a fixed folder", () => {
    const code = repoFiles().filter((path) =>
      /^(?:ts|py-runtime|scripts|tests)\/.*\.(?:ts|mjs|py)$/.test(path),
    );
    const pattern = new RegExp(`["'\`]/${"tmp"}(?:/|["'\`])`);
    expect(listed(matches(code, pattern))).toBe("");
  });

  it("names no host of a package registry", () => {
    const pattern = new RegExp(
      [
        ["registry", "npmjs"],
        ["pypi", "org"],
        ["files", "pythonhosted"],
        ["deb", "debian"],
        ["download", "pytorch"],
      ]
        .map((parts) => parts.join("\\."))
        .join("|"),
    );
    expect(listed(matches(texts, pattern))).toBe("");
  });

  it("holds none of the words that mark unfinished work", () => {
    const words = [
      ["to", "do"],
      ["fix", "me"],
      ["place", "holder"],
      ["stu", "b"],
      ["dum", "my"],
      ["not imple", "mented"],
      ["NotImple", "mentedError"],
      ["xx", "x"],
    ].map((parts) => parts.join(""));
    const pattern = new RegExp(`\\b(?:${words.join("|")})\\b`, "i");
    const sources = repoFiles().filter(
      (path) => /^(?:ts|py-runtime|scripts)\//.test(path) && isText(path) && !/\/gen\//.test(path),
    );
    expect(listed(matches(sources, pattern))).toBe("");
  });

  it("holds no file over one megabyte", () => {
    expect(listed(repoFiles().filter((path) => statSync(join(repoRoot, path)).size > 1_000_000))).toBe("");
  });

  it("is ASCII wherever code is", () => {
    const code = [
      ...tsSources(),
      ...pythonSources(),
      ...repoFiles().filter((path) => /^scripts\/.*\.mjs$|^proto\/.*\.proto$/.test(path)),
    ];
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the whole ASCII range is meant.
    expect(listed(matches(code, /[^\x00-\x7f]/))).toBe("");
  });
});

describe("names", () => {
  it("names files in kebab-case for TypeScript and snake_case for Python", () => {
    const ts = repoFiles()
      .filter((path) => /^(?:ts|tests|scripts)\/.*\.(?:ts|mjs)$/.test(path) && !path.startsWith("ts/gen/"))
      .filter(
        (path) => !/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.test|\.types)?\.(?:ts|mjs)$/.test(posix.basename(path)),
      );
    const python = repoFiles()
      .filter((path) => path.endsWith(".py"))
      .filter((path) => !/^(?:__[a-z]+__|[a-z0-9]+(?:_[a-z0-9]+)*)\.py$/.test(posix.basename(path)));
    expect(listed([...ts, ...python])).toBe("");
  });

  it("calls no file or folder by a word that says nothing", () => {
    const banned = /^(?:utils?|helpers?|common|misc|managers?)$/;
    const problems = repoFiles().filter((path) =>
      path.split("/").some((part) =>
        part
          .replace(/\..*$/, "")
          .split(/[-_]/)
          .some((word) => banned.test(word)),
      ),
    );
    expect(listed(problems)).toBe("");
  });

  it("keeps the top-level folders to those of the design", () => {
    const folders = [
      ...new Set(
        repoFiles()
          .filter((path) => path.includes("/"))
          .map((path) => path.split("/")[0]),
      ),
    ].sort();
    expect(folders).toEqual([".ci", "proto", "py-runtime", "scripts", "tests", "ts"]);
  });
});

describe("TypeScript style", () => {
  const kinds = (...names: readonly string[]): string[] =>
    tsSources().flatMap((path) => linesOfKind(repoText(path), ...names).map((line) => `${path}:${line}`));

  it("has no default exports and no star exports", () => {
    expect(listed(kinds("ExportDefaultDeclaration", "ExportAllDeclaration"))).toBe("");
  });

  it("has no any, no non-null assertion and no silenced type error", () => {
    expect(listed(kinds("TSAnyKeyword", "TSNonNullExpression"))).toBe("");
    expect(listed(matches(tsSources(), /@ts-(?:ignore|expect-error|nocheck)/))).toBe("");
    const rules = JSON.parse(repoText("scripts/lint.json")).linter.rules;
    expect([rules.suspicious.noExplicitAny, rules.style.noNonNullAssertion]).toEqual(["error", "error"]);
    const options = JSON.parse(repoText("tsconfig.json")).compilerOptions;
    expect([
      options.strict,
      options.noUncheckedIndexedAccess,
      options.exactOptionalPropertyTypes,
      options.erasableSyntaxOnly,
    ]).toEqual([true, true, true, true]);
  });

  it("says in words why a lint rule is off", () => {
    const silenced = matches(
      repoFiles().filter((path) => /\.(?:ts|mjs)$/.test(path)),
      /biome-ignore/,
    ).filter(
      (line) => !/biome-ignore(?:-\w+)? \S+: \S+ \S+/.test(line) && !line.startsWith("tests/repo/hygiene"),
    );
    expect(listed(silenced)).toBe("");
  });
});

describe("Python style", () => {
  it("silences no type error without naming it", () => {
    expect(listed(matches(pythonSources(), /#\s*type:\s*ignore(?!\[)/))).toBe("");
    expect(listed(matches(pythonSources(), /#\s*noqa(?!:)/))).toBe("");
  });

  it("gives the wire's dataclasses no default values", () => {
    const fields = workerFacts().get("py-runtime/tomoe_worker/spec.py")?.fields ?? [];
    expect(fields.length).toBeGreaterThan(50);
    expect(
      listed(fields.filter(({ hasDefault }) => hasDefault).map(({ name, line }) => `${name}, line ${line}`)),
    ).toBe("");
    expect([...new Set(fields.map(({ decorators }) => decorators.join()))]).toEqual([
      "dataclass(frozen=True, kw_only=True)",
    ]);
  });
});

describe("tests that are switched off", () => {
  const tests = repoFiles().filter((path) => /^tests\/.*\.(?:test\.ts|py)$/.test(path));

  it("narrows no file to some of its tests", () => {
    expect(
      listed(
        matches(
          tests.filter((path) => path.endsWith(".ts")),
          /\b(?:it|test|describe)\.only\b|\bfit\(|\bfdescribe\(/,
          (path) => codeOf(repoText(path)),
        ),
      ),
    ).toBe("");
  });

  it("skips a test only on a condition, and prints the reason", () => {
    const problems = tests
      .filter((path) => path.endsWith(".ts"))
      .flatMap((path) => {
        const skips = matches(
          [path],
          /\b(?:it|test|describe)\.(?:skip|todo)\b|\bxit\(|\bxdescribe\(/,
          (file) => codeOf(repoText(file)),
        );
        const uncalled = skips.filter(
          (line) =>
            !/\?.*(?:it|test|describe)\s*:\s*(?:it|test|describe)\.skip\b|\?\s*(?:it|test|describe)\.skip\s*:/.test(
              line,
            ),
        );
        const isSilent =
          skips.length > 0 &&
          !/console\.(?:warn|log|info|error)\(|process\.std(?:out|err)\.write\(/.test(repoText(path));
        return [...uncalled, ...(isSilent ? [`${path} skips without printing why`] : [])];
      });
    const python = tests
      .filter((path) => path.endsWith(".py"))
      .flatMap((path) => [
        ...matches([path], /pytest\.mark\.(?:skip\b(?!if)|xfail)/),
        ...matches([path], /pytest\.mark\.skipif\((?!.*reason=)|pytest\.skip\(\s*\)/).filter(
          (line) => !/skipif\(\s*$/.test(line),
        ),
        ...(/pytest\.mark\.skipif\(/.test(repoText(path)) && !/reason\s*=/.test(repoText(path))
          ? [`${path} skips without a reason`]
          : []),
      ]);
    expect(listed([...problems, ...python])).toBe("");
  });
});

describe("tests mirror the source", () => {
  it("has unit tests for every folder of ts/ that decides something", () => {
    const folders = [
      ...new Set(
        tsSources()
          .filter((path) => path.split("/").length > 2)
          .map((path) => path.split("/")[1] ?? ""),
      ),
    ];
    // Recipes and benchmarks are run as they are; the schemas are tested where they are parsed.
    const missing = folders
      .filter((folder) => !["recipes", "schema", "bench"].includes(folder))
      .filter(
        (folder) =>
          !repoFiles().some(
            (path) => path.startsWith(`tests/unit/ts/${folder}/`) && path.endsWith(".test.ts"),
          ),
      );
    expect(listed(missing.map((folder) => `ts/${folder} has no tests below tests/unit/ts/${folder}`))).toBe(
      "",
    );
  });

  it("has unit tests for every package of the worker", () => {
    const packages = [
      ...new Set(
        pythonSources()
          .map((path) => /^py-runtime\/tomoe_worker\/(\w+)\/\w+\.py$/.exec(path)?.[1])
          .filter((name) => name !== undefined),
      ),
    ];
    expect(packages.length).toBeGreaterThan(3);
    const missing = packages.filter(
      (name) => !repoFiles().some((path) => path.startsWith(`tests/unit/py/${name}/test_`)),
    );
    expect(
      listed(
        missing.map((name) => `py-runtime/tomoe_worker/${name} has no tests below tests/unit/py/${name}`),
      ),
    ).toBe("");
  });

  it("keeps unit tests where the source they test lies", () => {
    const homes = new Set(
      [
        ...tsSources(),
        ...pythonSources().map((path) => path.replace(/^py-runtime\/(?:tomoe_worker\/)?/, "py/")),
      ].map((path) => posix.dirname(path)),
    );
    const stray = repoFiles()
      .filter((path) => /^tests\/unit\/.*(?:\.test\.ts|\/test_\w+\.py)$/.test(path))
      .filter((path) => !homes.has(posix.dirname(path).replace("tests/unit/", "")));
    expect(listed(stray.map((path) => `${path} mirrors no source folder`))).toBe("");
  });
});
