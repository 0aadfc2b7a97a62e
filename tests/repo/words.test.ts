import { basename } from "node:path";
import { readPython, workerFacts } from "../support/python-source.ts";
import { listed, repoFiles, repoText, tsSources } from "../support/source-tree.ts";
import { textsOf, type WrittenText } from "../support/ts-shapes.ts";
import { blankTs } from "../support/ts-source.ts";

/** A sentence, or one that ends in a command to copy, which no full stop may follow. */
function isSentence({ first, last }: WrittenText): boolean {
  const begins = first === "" || /^[A-Z"`']/.test(first);
  const ends =
    last === "" || /[.?!]["`)]?$/.test(last) || /:\s(?:npm|npx|pip|tomoe|export)\s\S.*$/s.test(last);
  return begins && ends;
}

describe("hints", () => {
  it("are sentences, in both languages", () => {
    const ts = tsSources().flatMap((path) => textsOf(repoText(path), "hint").map((text) => ({ path, text })));
    const python = [...workerFacts()].flatMap(([path, { hints }]) => hints.map((text) => ({ path, text })));
    expect([ts.length > 150, python.length > 50]).toEqual([true, true]);
    const problems = [...ts, ...python].filter(({ text }) => !isSentence(text));
    expect(
      listed(problems.map(({ path, text }) => `${path}:${text.line}: ${text.first} ... ${text.last}`)),
    ).toBe("");
  });

  it("are told from what is no sentence", () => {
    const texts = textsOf(
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the text holds templates on purpose.
      'f({ hint: "go on" }); g({ hint: a ? `Take ${b}.` : "Run: npm run setup" }); h({ hint: `See ${c}` });',
      "hint",
    );
    expect(texts.map((text) => isSentence(text))).toEqual([false, true, true, true]);
    const [facts] = readPython([
      'raise E("a", hint=f"give {x} bytes.")\nE(hint="Give it. "\n  "Then end.")\n',
    ]);
    expect(facts?.hints.map((text) => isSentence(text))).toEqual([false, true]);
  });
});

describe("pages that code and prose name", () => {
  it("are in the repository, or are files that Tomoe writes", () => {
    const known = new Set(
      repoFiles()
        .filter((path) => path.endsWith(".md"))
        .map((path) => basename(path)),
    );
    const written = new Set(["scorecard.md", "sweep.md", "DATA.md"]);
    const problems = repoFiles()
      .filter((path) => /\.(?:ts|mjs|py|md|proto|toml)$/.test(path))
      .flatMap((path) =>
        repoText(path)
          .split("\n")
          .flatMap((line, index) =>
            [...line.matchAll(/(?<![\w*<])[A-Za-z][\w-]*\.md\b/g)]
              .map(([page]) => page)
              .filter((page) => !known.has(page) && !written.has(page))
              .map((page) => `${path}:${index + 1} names ${page}`),
          ),
      );
    expect(listed(problems)).toBe("");
  });
});

describe("constants", () => {
  it("are named like values in TypeScript, whoever shouts elsewhere", () => {
    const shouted = /\b(?:const|let)\s+[A-Z][A-Z0-9_]+\b|^\s+[A-Z][A-Z0-9]*_[A-Z0-9_]+ = /;
    const problems = tsSources().flatMap((path) =>
      blankTs(repoText(path), { strings: true, templates: true })
        .split("\n")
        .flatMap((line, index) => (shouted.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
    );
    expect(shouted.test("const SMOOTHING = 3;")).toBe(true);
    expect(listed(problems)).toBe("");
  });
});
