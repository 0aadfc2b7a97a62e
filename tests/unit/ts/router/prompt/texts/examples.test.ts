import { promptTexts } from "../../../../../../ts/router/gen/prompt-texts.ts";
import type { PromptClass, PromptExample } from "../../../../../../ts/router/index.ts";
import { defaultPromptExamples } from "../../../../../../ts/router/index.ts";

describe("the default prompt texts", () => {
  const examples = defaultPromptExamples();
  const familiesOf = (label: PromptClass): number =>
    new Set(examples.filter((one) => one.label === label).map((one) => one.family)).size;

  it("hold the phrasings it promises: reports, questions with and without options, and much that is neither", () => {
    expect(familiesOf("report")).toBeGreaterThanOrEqual(60);
    expect(familiesOf("open-vqa")).toBeGreaterThanOrEqual(150);
    expect(familiesOf("closed-vqa")).toBeGreaterThanOrEqual(150);
    expect(familiesOf("none")).toBeGreaterThanOrEqual(200);
  });

  it("leave no gap unfilled and no option empty", () => {
    expect(
      examples.filter(({ text }) =>
        /[{}]/.test(text.replace(/\{ ?(sum|return|"key|\}|h1)|[{}]/g, (part) => (part.length > 1 ? "" : ""))),
      ).length,
    ).toBe(0);
    expect(
      examples.filter(({ text }) => /\{(x|q|[1-4]|organ|finding|plane|phase|place|region)\}/.test(text)),
    ).toEqual([]);
    expect(examples.flatMap(({ choices }) => choices ?? []).filter((choice) => choice.trim() === "")).toEqual(
      [],
    );
  });

  it("never give one text two classes", () => {
    const seen = new Map<string, PromptExample>();
    const clashes = examples.filter((example) => {
      const key = JSON.stringify([example.text, example.choices]);
      const other = seen.get(key);
      seen.set(key, example);
      return other !== undefined && other.label !== example.label;
    });
    expect(clashes).toEqual([]);
  });
});

describe("the lists of prompt texts", () => {
  const lists = Object.entries(promptTexts) as readonly (readonly [string, readonly string[]])[];
  const known = ["organ", "finding", "plane", "phase", "place", "region"];

  it("hold lines without spaces at their ends, in ASCII, each once", () => {
    const problems = lists.flatMap(([list, lines]) =>
      lines.flatMap((line, at) => [
        ...(line === line.trim() && line !== "" ? [] : [`${list}: "${line}" has spaces at an end`]),
        ...(/^[\x20-\x7e]*$/.test(line) ? [] : [`${list}: "${line}" is not ASCII`]),
        // An organ, a finding or a noun that stands twice is meant: it fills gaps more often.
        ...(/^(?:terms|nouns)\//.test(list) || lines.indexOf(line) === at
          ? []
          : [`${list}: "${line}" is there twice`]),
      ]),
    );
    expect(problems).toEqual([]);
  });

  it("are read from their files line by line: comments are left out, a text that begins with # is not", () => {
    expect(promptTexts["none/technical"]).toContain("#include <stdio.h>");
    expect(lists.flatMap(([, lines]) => lines.filter((line) => line.startsWith("# ")))).toEqual([]);
    expect(lists.filter(([, lines]) => lines.length === 0)).toEqual([]);
  });

  it("have gaps of known names alone: of a list of terms in questions and requests, {x} in frames", () => {
    const gapsOf = (lines: readonly string[]): readonly string[] =>
      lines.flatMap((line) => [...line.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? ""));
    for (const [list, lines] of lists) {
      const gaps = [...new Set(gapsOf(lines))];
      if (/^(?:questions|tasks)\//.test(list)) expect(gaps.filter((gap) => !known.includes(gap))).toEqual([]);
      if (/^frames\//.test(list)) {
        expect(gaps).toEqual(["x"]);
        expect(lines.filter((line) => !line.includes("{x}"))).toEqual([]);
      }
      if (/^(?:terms|nouns)\//.test(list)) expect(gaps).toEqual([]);
    }
    for (const gap of known) expect(Object.keys(promptTexts)).toContain(`terms/${gap}`);
  });

  it("have four options a set, and layouts that show the question and at least two of them", () => {
    for (const list of ["options/scan", "options/other"] as const)
      expect(promptTexts[list].filter((line) => line.split(" | ").length !== 4)).toEqual([]);
    const short = promptTexts["options/layouts"].filter((layout) => !/\{q\}.*\{1\}.*\{2\}/.test(layout));
    expect(short).toEqual([]);
  });

  it("are all used: every line, term and noun stands in some training text", () => {
    const texts = defaultPromptExamples();
    const all = texts.map(({ text, choices }) => [text, ...(choices ?? [])].join("\n")).join("\n");
    for (const list of [
      "terms/organ",
      "terms/finding",
      "nouns/everyday",
      "terms/plane",
      "terms/phase",
    ] as const)
      expect(promptTexts[list].filter((term) => !all.includes(term))).toEqual([]);
    const families = new Set(texts.map(({ family }) => family));
    for (const [list, lines] of lists)
      if (/^(?:tasks|questions|frames|none)\//.test(list))
        expect(lines.filter((line) => !families.has(line))).toEqual([]);
  });
});

describe("a training text", () => {
  const examples = defaultPromptExamples();

  it("is the same each time it is made", () => {
    expect(defaultPromptExamples()).toEqual(examples);
  });

  it("of a question stands once without options as an open one and once with them as a closed one", () => {
    const family = "Which organ is abnormal?";
    const mine = examples.filter((one) => one.family === family);
    expect(mine.map(({ label }) => label).slice(0, 2)).toEqual(["open-vqa", "closed-vqa"]);
    const [open, closed] = mine;
    expect(open).toMatchObject({ text: family });
    expect(closed?.choices?.length === 4 || (closed?.text.length ?? 0) > family.length).toBe(true);
  });

  it("is misspelt in every eighth copy, in the same class and family, and never beyond recognition", () => {
    const count = Math.floor((examples.length * 8) / 9);
    const copies = examples.slice(count);
    expect(copies.length).toBe(Math.ceil(count / 8));
    for (const [turn, copy] of copies.entries()) {
      const original = examples[turn * 8];
      expect([copy.label, copy.family]).toEqual([original?.label, original?.family]);
      expect(Math.abs(copy.text.length - (original?.text.length ?? 0))).toBeLessThanOrEqual(
        (original?.text.length ?? 0) / 4,
      );
    }
    expect(copies.filter((copy, turn) => copy.text !== examples[turn * 8]?.text).length).toBeGreaterThan(
      copies.length / 2,
    );
  });
});
