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
