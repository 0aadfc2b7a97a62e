import { optionsOf } from "../../../../../../ts/cli/commands/preprocess/run.ts";
import { Flags } from "../../../../../../ts/cli/words/command.ts";

const given = (flags: Readonly<Record<string, string>>): Flags =>
  new Flags(
    Object.entries({ preset: "ct-hu", out: "x.npy", ...flags }).map(([name, value]) => ({ name, value })),
  );

describe("the flags of preprocess", () => {
  it("become the reader's options, the output an absolute path", () => {
    expect(
      optionsOf(
        given({
          size: "32,256,256",
          window: "-1000,400",
          orientation: "radiological",
          series: "abc",
        }),
      ),
    ).toEqual({
      preset: "ct-hu",
      out: expect.stringMatching(/^\/.*x\.npy$/),
      sizeDHW: [32, 256, 256],
      windowHu: { low: -1000, high: 400 },
      orientation: "radiological",
      series: "abc",
    });
    expect(optionsOf(given({ spacing: "3,0.7,0.7" }))).toMatchObject({
      spacingMmDHW: [3, 0.7, 0.7],
    });
  });

  it("carry the policy on", () => {
    expect(optionsOf(given({ policy: "spacing=resample" })).policy).toEqual({ spacing: "resample" });
    expect(optionsOf(given({}))).not.toHaveProperty("policy");
  });
});
