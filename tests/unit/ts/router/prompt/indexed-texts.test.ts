import fc from "fast-check";
import { readFeatures } from "../../../../../ts/router/prompt/features.ts";
import { indexTexts } from "../../../../../ts/router/prompt/indexed-texts.ts";
import { promptClasses } from "../../../../../ts/router/prompt/texts/examples.ts";

describe("indexed texts", () => {
  const indexed = indexTexts(
    [
      { text: "describe it", label: "report", family: "a" },
      { text: "cook it", label: "none", family: "b" },
      { text: "describe the scan", label: "report", family: "a" },
      { text: "which side", choices: ["left", "right"], label: "closed-vqa", family: "c" },
    ],
    promptClasses,
  );

  it("bring the texts of one family together, families in the order they first stand in", () => {
    expect(indexed.families).toEqual([0, 0, 1, 2]);
    expect(indexed.features[1]).toEqual(readFeatures({ text: "describe the scan" }));
  });

  it("number the classes, and read options with their text", () => {
    expect(indexed.labels.map((label) => promptClasses[label])).toEqual([
      "report",
      "report",
      "none",
      "closed-vqa",
    ]);
    expect(promptClasses[indexed.none]).toBe("none");
    expect(indexed.features[3]?.optionWords).toHaveLength(2);
  });

  it("take classes of any number and order", () => {
    const five = ["none", "a", "b", "c", "d"] as const;
    const own = indexTexts(
      five.map((label) => ({ text: label, label, family: label })),
      five,
    );
    expect([own.classes, own.none, own.labels]).toEqual([five, 0, [0, 1, 2, 3, 4]]);
  });

  it("keep every text once, and each family in one piece", () => {
    const texts = fc.array(
      fc.record({
        text: fc.string({ maxLength: 8 }),
        label: fc.constantFrom(...promptClasses),
        family: fc.constantFrom("a", "b", "c", "d"),
      }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(texts, (examples) => {
        const { families, labels, features } = indexTexts(examples, promptClasses);
        expect([labels.length, features.length]).toEqual([examples.length, examples.length]);
        expect([...families].sort((one, other) => one - other)).toEqual(families);
        expect(new Set(families).size).toBe(new Set(examples.map(({ family }) => family)).size);
        expect([...labels].sort()).toEqual(examples.map(({ label }) => promptClasses.indexOf(label)).sort());
      }),
      { seed: 3 },
    );
  });
});
