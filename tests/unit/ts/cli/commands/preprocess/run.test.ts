import { optionsOf } from "../../../../../../ts/cli/commands/preprocess/run.ts";
import { Flags } from "../../../../../../ts/cli/words/command.ts";
import { failureOf } from "../../program.ts";

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

  it.each([
    [{ policy: "spacing=resample,tilt" }, 'found "tilt"'],
    [{ policy: "tilt=guess" }, 'found "tilt=guess"'],
  ])("are refused as %j", async (flags, message) => {
    const refused = await failureOf(() => optionsOf(given(flags)));
    expect(refused.code).toBe("USAGE_INVALID");
    expect(refused.message).toContain(message);
  });

  it("say that a policy is for a later version", async () => {
    const refused = await failureOf(() => optionsOf(given({ policy: "tilt=resample,spacing=resample" })));
    expect(refused.code).toBe("DATA_UNSUPPORTED");
    expect(refused.exitCode).toBe(65);
  });
});
