import { contractDigest, contractInFull, preprocessConfig } from "../../../../../ts/run/prepare/contract.ts";
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

const layout = (name: string, more = "") =>
  resolvedWith(
    `data={"kind":"layout","layout":"${name}","path":"/data","sizeDHW":[16,24,24],"windowHu":{"low":-1000,"high":1000}${more}}`,
    "model.base.pretrain=[]",
  );

describe("the contract of a data set in a layout", () => {
  it("says that its volumes are pictures, where they are", () => {
    const common = { sizeDHW: [16, 24, 24], windowHu: { low: -1000, high: 1000 }, stack: "acquired" };
    expect(preprocessConfig(layout("m3d-cap"))).toEqual({ ...common, intensity: "picture" });
    expect(preprocessConfig(layout("ct-rate"))).toEqual(common);
    expect(preprocessConfig(layout("table", ',"intensity":"picture","stack":"axial"'))).toEqual({
      ...common,
      stack: "axial",
      intensity: "picture",
    });
  });

  it("carries the graph that the recipe asks for, and has another digest with any part of it", () => {
    const asked = [
      '"spacingMmDHW":[1.5,0.75,0.75]',
      '"crop":"foreground"',
      '"fit":"pad"',
      '"sampling":"linear"',
    ];
    expect(preprocessConfig(layout("table", `,${asked.join()}`))).toMatchObject({
      spacingMmDHW: [1.5, 0.75, 0.75],
      crop: "foreground",
      fit: "pad",
      sampling: "linear",
    });
    const digests = ["", ...asked.map((option) => `,${option}`)].map((more) =>
      contractDigest(layout("ct-rate", more)),
    );
    expect(new Set(digests).size).toBe(5);
  });

  it("has another digest for pictures, and that of a folder of scans for HU", () => {
    expect(contractDigest(layout("m3d-cap"))).not.toBe(contractDigest(layout("ct-rate")));
    expect(contractDigest(layout("ct-rate"))).toBe(contractDigest(folder("acquired")));
    expect(contractDigest(layout("m3d-cap", ',"intensity":"hu"'))).toBe(contractDigest(layout("ct-rate")));
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

describe("contractInFull", () => {
  it("is both halves and the version of the graph, as a checkpoint keeps them", () => {
    expect(contractInFull(resolvedWith())).toEqual({
      graph: "tomoe.preprocess/1",
      typescript: { sizeDHW: [16, 24, 24], windowHu: { low: -1024, high: 2000 }, stack: "acquired" },
      worker: expect.objectContaining({ mean: expect.any(Array), windows: expect.any(Array) }),
    });
  });
});
