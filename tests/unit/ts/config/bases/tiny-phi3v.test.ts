import * as fc from "fast-check";
import { phi3v } from "../../../../../ts/config/bases/phi3v.ts";
import { tinyPhi3vBase } from "../../../../../ts/config/bases/tiny-phi3v.ts";
import { resolveExperiment } from "../../../../../ts/config/index.ts";
import { experiment } from "../experiment.ts";

type Tiny = Parameters<typeof tinyPhi3vBase>[0];
const { base } = resolveExperiment(experiment().input).config.model;
const tiny = base as Tiny;

describe("a small Phi-3-V", () => {
  it("reads all blocks but the last, and says what its family fixes", () => {
    const { architecture, pixels } = tinyPhi3vBase(tiny);
    const around = { vocab: 300, separators: false };
    expect(architecture?.spec(around)).toMatchObject({
      vision: {
        ...tiny.vision,
        blocksRead: tiny.vision.layers - 1,
        activation: "quick_gelu",
        normEpsilon: 1e-5,
      },
      projector: { mergeSize: 1, separators: false },
      language: { vocab: 300 },
    });
    expect(architecture).toMatchObject({
      blocksRead: 4,
      patchSize: 12,
      tokensPerSlice: 16,
      fittedVocab: 512,
    });
    expect(pixels).toEqual({
      mean: [0.48145466, 0.4578275, 0.40821073],
      std: [0.26862954, 0.26130258, 0.27577711],
    });
  });

  it("starts wider where it is narrower than the family, by the root of the ratio", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4096 }), (hidden) => {
        const language = { ...tiny.language, hidden };
        const spec = tinyPhi3vBase({ ...tiny, language }).architecture?.spec({
          vocab: 300,
          separators: false,
        });
        const std = spec?.kind === "phi3v" ? spec.language.initialStd : 0;
        expect(std * std * hidden).toBeCloseTo(0.02 ** 2 * phi3v.language.initialWidth, 9);
      }),
      { seed: 20261128 },
    );
  });

  it("has heads for the labels of its pre-training", () => {
    expect(tinyPhi3vBase(tiny).components).toEqual([
      ...phi3v.components,
      "patchHead",
      "factHeads",
      "wordHead",
    ]);
    expect(tinyPhi3vBase(tiny).pretrain).toBe(tiny.pretrain);
  });

  it("names nothing where its sizes fit", () => {
    expect(tinyPhi3vBase(tiny).problems).toEqual([]);
  });

  it.each([
    ["vision.patchSize", { vision: { patchSize: 13 } }, "imageSize 48 is not a multiple of patchSize 13"],
    ["vision.heads", { vision: { heads: 64 } }, "hidden 64 over 64 heads is not an even head width"],
    ["vision.heads", { vision: { heads: 3 } }, "hidden 64 over 3 heads is not an even head width"],
    ["language.heads", { language: { heads: 64, keyValueHeads: 64 } }, "hidden 64 over 64 heads"],
    ["language.keyValueHeads", { language: { keyValueHeads: 3 } }, "4 heads are not a multiple of 3"],
    ["mergeSize", { mergeSize: 3 }, "a grid of 4 patches a side does not divide by 3"],
  ])("names %s where it does not fit", (path, change, message) => {
    const parts: { readonly vision?: object; readonly language?: object; readonly mergeSize?: number } =
      change;
    const changed = {
      ...tiny,
      vision: { ...tiny.vision, ...parts.vision },
      language: { ...tiny.language, ...parts.language },
      mergeSize: parts.mergeSize ?? 1,
    } as Tiny;
    expect(tinyPhi3vBase(changed).problems).toEqual([
      { path: `model.base.${path}`, message: expect.stringContaining(message) },
    ]);
  });
});
