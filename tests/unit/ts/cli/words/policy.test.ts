import { Flags } from "../../../../../ts/cli/words/command.ts";
import { policyOf } from "../../../../../ts/cli/words/policy.ts";
import { failureOf } from "../program.ts";

const read = (policy?: string) =>
  policyOf(new Flags(policy === undefined ? [] : [{ name: "policy", value: policy }]), { name: "inspect" });

describe("--policy", () => {
  it("is what the reader takes, in any order", () => {
    expect([read(), read("tilt=resample"), read("spacing=resample")]).toEqual([
      undefined,
      { tilt: "resample" },
      { spacing: "resample" },
    ]);
    expect(read("spacing=resample,tilt=resample")).toEqual({ tilt: "resample", spacing: "resample" });
  });

  it.each([
    ["spacing=resample,tilt", 'found "tilt"'],
    ["tilt=guess", 'found "tilt=guess"'],
    ["gap=resample,x", 'found "gap=resample,x"'],
    ["tilt=resample,", 'found ""'],
    ["tilt = resample", 'found "tilt = resample"'],
    ["tilt=resample,tilt=resample", 'found "tilt=resample" twice'],
  ])("is refused as %s", async (policy, said) => {
    const refused = await failureOf(() => read(policy));
    expect([refused.code, refused.message]).toEqual(["USAGE_INVALID", expect.stringContaining(said)]);
    expect(refused.message).toContain("tomoe inspect: --policy takes tilt=resample and spacing=resample");
  });
});
