import {
  decodeColumns,
  decodeExpertLoad,
  decodeHealth,
  decodeHello,
  decodeLoadedState,
  decodeScored,
  decodeStepResult,
} from "../../../../../ts/worker/wire/decode.ts";
import { caught } from "../../../../support/caught.ts";

// That every field is required, and every count compared, is tested for all replies at once in
// tests/contract/wire.test.ts.

const load = {
  step: 3,
  layerCount: 2,
  groupCount: 1,
  expertCount: 3,
  count: 6,
  tokens: [0n, 1n, 2n, 3n, 4n, 5n],
};
const result = {
  step: 3,
  loss: Number.NaN,
  gradientNorm: Number.POSITIVE_INFINITY,
  learningRateScale: 0.5,
  objectiveCount: 1,
  objectiveLosses: [{ objective: "language", loss: 2 }],
  planDigest: "p",
  batchDigest: "b",
  expertLoad: load,
  seconds: 0.1,
  rank: 0,
};

describe("messages to nouns", () => {
  it("puts the load back into layers, groups and experts", () => {
    expect(decodeExpertLoad(load)).toEqual({ step: 3, tokensLGE: [[[0, 1, 2]], [[3, 4, 5]]] });
    expect(
      decodeExpertLoad({ step: 0, layerCount: 0, groupCount: 1, expertCount: 4, count: 0, tokens: [] }),
    ).toEqual({ step: 0, tokensLGE: [] });
  });

  it("refuses a load whose shape is not its counts", async () => {
    const error = await caught(() => decodeExpertLoad({ ...load, expertCount: 4 }));
    expect({ code: error.code, message: error.message }).toEqual({
      code: "WIRE_INVALID",
      message: "[WIRE_INVALID] ExpertLoad.tokens holds 6 counts, not 2 layers x 1 groups x 4 experts",
    });
  });

  it("keeps a loss that diverged as it is, and refuses a learning rate that cannot be", async () => {
    expect(decodeStepResult(result)).toMatchObject({
      loss: Number.NaN,
      gradientNorm: Number.POSITIVE_INFINITY,
      objectiveLosses: { language: 2 },
    });
    const error = await caught(() => decodeStepResult({ ...result, learningRateScale: Number.NaN }));
    expect(error.message).toBe("[WIRE_INVALID] StepResult.learningRateScale is NaN");
  });

  it("refuses scores that are not finite", async () => {
    const error = await caught(() =>
      decodeScored({ queryId: "q", choiceCount: 2, logProbs: [-1, Number.NEGATIVE_INFINITY] }),
    );
    expect({ code: error.code, message: error.message }).toEqual({
      code: "WIRE_INVALID",
      message: "[WIRE_INVALID] ScoreResponse.logProbs[1] is -Infinity",
    });
  });

  it("refuses words outside their lists", async () => {
    expect(
      (await caught(() => decodeHealth({ progress: 0n, state: "dreaming", residentBytes: 0n }))).message,
    ).toBe('[WIRE_INVALID] HealthResponse.state is "dreaming"');
    const state = {
      stage: "s",
      nextStep: 1,
      lifted: true,
      routing: "mixed",
      preprocessDigest: "p",
      tokenizerDigest: "t",
      weightsDigest: "w",
    };
    expect((await caught(() => decodeLoadedState({ state }))).message).toBe(
      '[WIRE_INVALID] ModelStateSummary.routing is "mixed"',
    );
  });

  it("reads the columns of a tensor with their shapes", () => {
    expect(
      decodeColumns([{ name: "volume", dtype: "int16", rows: 2n, rank: 3, shape: [1, 2, 3] }], 1, "X"),
    ).toEqual([{ name: "volume", dtype: "int16", rows: 2, shape: [1, 2, 3] }]);
  });

  const hello = {
    protocolMajor: 1,
    protocolMinor: 0,
    rank: 0,
    worldSize: 1,
    node: "n",
    device: "cpu",
    descriptorDigest: "d",
  };
  it.each([
    ["{", "is no JSON"],
    ["[1]", "is no JSON object"],
    ["null", "is no JSON object"],
    ['{"torch":{"a":1}}', "holds torch, which is no plain value"],
  ])("refuses an environment that is %s", async (environmentJson, what) => {
    const error = await caught(() => decodeHello({ ...hello, environmentJson }));
    expect({ code: error.code, message: error.message }).toEqual({
      code: "WIRE_INVALID",
      message: `[WIRE_INVALID] HelloResponse.environmentJson ${what}`,
    });
  });

  it("keeps the environment's plain values", () => {
    expect(
      decodeHello({
        ...hello,
        environmentJson: '{"torch":"2.13.0","threads":2,"deterministic":true,"gpu":null}',
      }).environment,
    ).toEqual({ torch: "2.13.0", threads: 2, deterministic: true, gpu: null });
  });
});
