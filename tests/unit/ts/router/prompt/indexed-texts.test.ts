import { readFeatures } from "../../../../../ts/router/prompt/features.ts";
import { indexCorpus, noneLabel } from "../../../../../ts/router/prompt/indexed-texts.ts";
import { promptClasses } from "../../../../../ts/router/prompt/texts/examples.ts";

describe("an indexed corpus", () => {
  const corpus = indexCorpus([
    { text: "describe it", label: "report", family: "a" },
    { text: "cook it", label: "none", family: "b" },
    { text: "describe the scan", label: "report", family: "a" },
    { text: "which side", choices: ["left", "right"], label: "closed-vqa", family: "c" },
  ]);

  it("brings the texts of one family together, families in the order they first stand in", () => {
    expect(corpus.families).toEqual([0, 0, 1, 2]);
    expect(corpus.features[1]).toEqual(readFeatures({ text: "describe the scan" }));
  });

  it("numbers the classes, and reads options with their text", () => {
    expect(corpus.labels.map((label) => promptClasses[label])).toEqual([
      "report",
      "report",
      "none",
      "closed-vqa",
    ]);
    expect(promptClasses[noneLabel]).toBe("none");
    expect(corpus.features[3]?.optionWords).toHaveLength(2);
  });
});
