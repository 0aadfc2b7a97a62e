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

  it("carry the graph on, every window that stands there in its order", () => {
    const flags = new Flags(
      Object.entries({ preset: "ct-hu", out: "x.npy", crop: "foreground", fit: "pad", sampling: "linear" })
        .map(([name, value]) => ({ name, value }))
        .concat([
          { name: "window", value: "-1000,200" },
          { name: "window", value: "-160,240" },
        ]),
    );
    expect(optionsOf(flags)).toMatchObject({
      crop: "foreground",
      fit: "pad",
      sampling: "linear",
      windowHu: [
        { low: -1000, high: 200 },
        { low: -160, high: 240 },
      ],
    });
    expect(optionsOf(given({}))).not.toHaveProperty("windowHu");
  });

  it("carry the policy on", () => {
    expect(optionsOf(given({ policy: "spacing=resample" })).policy).toEqual({ spacing: "resample" });
    expect(optionsOf(given({}))).not.toHaveProperty("policy");
  });
});
