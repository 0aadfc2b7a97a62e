import { contractDigest, preprocessConfig } from "../../../../../ts/run/prepare/contract.ts";
import { resolvedWith } from "../fixtures.ts";

const folder = (stack: "axial" | "acquired") =>
  resolvedWith(
    `data={"kind":"folder","path":"/data","sizeDHW":[16,24,24],"windowHu":{"low":-1000,"high":1000},"stack":"${stack}"}`,
    "model.base.pretrain=[]",
  );

describe("preprocessConfig", () => {
  it("is size, window and stack of the data; what is generated lies as it was acquired", () => {
    expect(preprocessConfig(resolvedWith())).toEqual({
      sizeDHW: [16, 24, 24],
      windowHu: { low: -1024, high: 2000 },
      stack: "acquired",
    });
    expect(preprocessConfig(folder("axial"))).toEqual({
      sizeDHW: [16, 24, 24],
      windowHu: { low: -1000, high: 1000 },
      stack: "axial",
    });
    expect(preprocessConfig(folder("acquired")).stack).toBe("acquired");
  });
});

describe("contractDigest", () => {
  it("changes with either half of the contract and with nothing else", () => {
    const digest = contractDigest(resolvedWith());
    for (const same of ["seed=77", "stages.shared.steps=9", "router.topK=2", "evaluation.maxNewTokens=3"])
      expect(contractDigest(resolvedWith(same))).toBe(digest);
    const others = [
      "data.windowHu.low=-1000",
      "data.sizeDHW=[32,24,24]",
      'model.channelWindowsHu=[{"low":-160,"high":240}]',
    ].map((set) => contractDigest(resolvedWith(set)));
    expect(new Set([digest, ...others]).size).toBe(4);
    expect(contractDigest(folder("axial"))).not.toBe(contractDigest(folder("acquired")));
  });
});
