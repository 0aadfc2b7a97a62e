import { folderBase, weightsBase } from "../../../../../ts/config/bases/published.ts";
import { exampleFacts } from "../../../../support/base-facts.ts";

const plain = { kind: "folder", path: "weights/phi", pretrain: [], redraw: [] } as const;

describe("a published base", () => {
  it("says where its files lie and how they are to be opened, by no path of a machine for weights", () => {
    const asked = { kind: "weights", name: "w", pretrain: [], redraw: [], imageSize: 56 } as const;
    expect(weightsBase(asked).toOpen).toEqual({
      of: "files",
      place: { from: "weights", name: "w" },
      use: { imageSize: 56 },
    });
    expect(folderBase(plain).toOpen).toEqual({
      of: "files",
      place: { from: "folder", path: "weights/phi" },
      use: {},
    });
    expect(folderBase(plain).files).toEqual({ from: "folder", path: "weights/phi" });
  });

  it("is what its facts say, and travels with what was asked to be drawn anew", () => {
    const base = folderBase({ ...plain, redraw: ["vision"], facts: exampleFacts });
    const { spec, ...numbers } = base.architecture ?? { spec: () => undefined };
    expect(numbers).toEqual({
      imageSize: 28,
      patchSize: 7,
      blocksRead: 3,
      slicesPerUnit: 1,
      tokensPerSlice: 4,
      maxPositions: 512,
      loraTargets: exampleFacts.loraTargets,
      loraVisionTargets: exampleFacts.loraVisionTargets,
      fittedVocab: undefined,
    });
    expect(spec({ vocab: 1, separators: false })).toEqual({
      kind: "published",
      family: "internvl",
      config: exampleFacts.config,
      weightsDigest: exampleFacts.weightsDigest,
      imageSize: 28,
      maxPositions: 512,
      layout: "internvl",
      redraw: ["vision"],
    });
    expect(base.pixels).toEqual(exampleFacts.pixels);
    expect(base.problems).toEqual([]);
  });

  it("is refused while nobody has opened it, without a tokenizer, and when it was opened for another use", () => {
    expect(folderBase(plain).problems).toEqual([
      { path: "model.base", message: expect.stringContaining('"weights/phi" was not opened') },
    ]);
    const facts = { ...exampleFacts, text: null };
    const other = { ...plain, imageSize: 56, maxPositions: 512, layout: "x" } as const;
    expect(folderBase({ ...other, facts }).problems).toEqual([
      { path: "model.base.imageSize", message: "56 is asked for, the base was opened with 28" },
      { path: "model.base.layout", message: "x is asked for, the base was opened with internvl" },
      { path: "model.base", message: expect.stringContaining("no tokenizer.json") },
    ]);
  });
});
