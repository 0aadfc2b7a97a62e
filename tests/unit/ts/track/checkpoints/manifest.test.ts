import { compareManifests } from "../../../../../ts/track/read/index.ts";
import { facts } from "../fixtures.ts";

describe("comparing what a checkpoint was made with and what is here", () => {
  it("never calls a fast run equal, and refuses to go on from strict in fast", () => {
    const fast = { ...facts, execution: "fast" } as const;
    expect(compareManifests(fast, { ...fast })).toEqual({
      verdict: "compatible",
      reasons: ["execution.precision is fast: its sums do not repeat bit for bit"],
    });
    expect(compareManifests(facts, fast)).toEqual({
      verdict: "refuse",
      reasons: ["execution.precision was strict and is fast: the weights were trained in the other"],
    });
  });

  it("is equal when nothing differs", () => {
    expect(compareManifests(facts, { ...facts })).toEqual({ verdict: "equal" });
  });

  it.each([
    ["torch", "2.14.1", "the version of torch was 2.13.0+cpu and is 2.14.1: kernels may differ"],
    ["threads", 4, "the number of threads was 2 and is 4: sums are split differently"],
    ["cpuCapability", "AVX2", "the CPU capability was AVX512 and is AVX2: its kernels round differently"],
    [
      "device",
      "cuda:NVIDIA H100",
      "the device was cpu and is cuda:NVIDIA H100: its kernels round differently",
    ],
    ["worldSize", 2, "the number of ranks was 1 and is 2: sums over ranks are split differently"],
    ["tomoe", "0.2.0", "the version of Tomoe was 0.1.0 and is 0.2.0: code may have changed"],
    ["python", "3.12.1", "the version of Python was 3.11.7 and is 3.12.1: libraries may differ"],
  ])("is compatible but not bit-exact, and says why, when %s differs", (fact, value, reason) => {
    expect(compareManifests(facts, { ...facts, [fact]: value })).toEqual({
      verdict: "compatible",
      reasons: [reason],
    });
  });

  it.each([
    ["configDigest", "the resolved experiment"],
    ["corpusFingerprint", "the dataset"],
    ["preprocessDigest", "the preprocess contract"],
    ["tokenizerDigest", "the tokenizer"],
  ])("refuses when %s differs, whatever else does", (fact, word) => {
    const compared = compareManifests(facts, { ...facts, [fact]: "0".repeat(64), threads: 8 });
    expect(compared).toEqual({
      verdict: "refuse",
      reasons: [
        expect.stringContaining(`${word} was ${facts[fact as "configDigest"]} and is ${"0".repeat(64)}`),
      ],
    });
  });

  it("lists every difference", () => {
    const compared = compareManifests(facts, { ...facts, torch: "2.14.1", threads: 1, device: "cuda:0" });
    expect(compared.verdict === "compatible" ? compared.reasons.length : 0).toBe(3);
  });
});
