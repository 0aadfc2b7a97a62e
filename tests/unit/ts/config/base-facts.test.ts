import { baseFacts } from "../../../../ts/config/base-facts.ts";

describe("the facts of a base", () => {
  it("are Phi-3-V's: CLIP's normalisation, quick GELU, a tap before the last block", () => {
    expect(baseFacts["tiny-phi3v"]).toEqual({
      vision: { activation: "quick_gelu", normEpsilon: 1e-5, blocksUnread: 1 },
      language: { normEpsilon: 1e-5, initialWidth: 3072 },
      pixels: {
        mean: [0.48145466, 0.4578275, 0.40821073],
        std: [0.26862954, 0.26130258, 0.27577711],
      },
    });
  });

  it("are the same for a folder in the same layout", () => {
    expect(baseFacts.checkpoint).toEqual(baseFacts["tiny-phi3v"]);
  });

  it.each(Object.keys(baseFacts) as (keyof typeof baseFacts)[])(
    "normalise each of three channels of %s by a deviation above 0",
    (kind) => {
      const { mean, std } = baseFacts[kind].pixels;
      expect([mean.length, std.length]).toEqual([3, 3]);
      expect(std.every((value) => value > 0)).toBe(true);
    },
  );
});
