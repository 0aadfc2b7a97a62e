import fc from "fast-check";
import {
  decodeHealth,
  decodeHello,
  decodeLoadedState,
  decodeTrainEvent,
} from "../../../../../ts/worker/wire/decode.ts";
import { caught } from "../../../../support/caught.ts";

// That every field is required, and every count compared, is tested for all messages at once in walk.test.ts.

const load = {
  step: 3,
  layerCount: 2,
  groupCount: 1,
  expertCount: 3,
  count: 6,
  tokens: [0n, 1n, 2n, 3n, 4n, 5n],
  bodyTokens: [0n, 0n, 2n, 1n, 0n, 5n],
  gateCount: 2,
  gateEntropy: [0.5, 0],
};
const result = {
  step: 3,
  loss: Number.NaN,
  gradientNorm: Number.POSITIVE_INFINITY,
  learningRateScale: 0.5,
  objectiveCount: 1,
  objectiveLosses: [{ objective: "language", loss: 2 }],
  termCount: 2,
  terms: [
    { objective: "language", loss: 2 },
    { objective: "balance", loss: 0.25 },
  ],
  cosineCount: 1,
  cosines: [{ block: "vision.blocks.2", one: "report", other: "closed-vqa", cosine: -0.5 }],
  planDigest: "p",
  batchDigest: "b",
  expertLoad: load,
  seconds: 0.1,
  rank: 0,
};

const stepOf = (changed: object) =>
  decodeTrainEvent({ event: { $case: "step", value: { ...result, ...changed } } }).value;

describe("messages to nouns", () => {
  it("puts the load back into layers, groups and experts", () => {
    expect(stepOf({})).toMatchObject({
      expertLoad: {
        step: 3,
        tokensLGE: [[[0, 1, 2]], [[3, 4, 5]]],
        bodyLGE: [[[0, 0, 2]], [[1, 0, 5]]],
        gateEntropyLG: [[0.5], [0]],
      },
    });
    const none = {
      step: 0,
      layerCount: 0,
      groupCount: 1,
      expertCount: 4,
      count: 0,
      tokens: [],
      bodyTokens: [],
      gateCount: 0,
      gateEntropy: [],
    };
    expect(stepOf({ expertLoad: none })).toMatchObject({ expertLoad: { step: 0, tokensLGE: [] } });
  });

  it("keeps every count at its place, whatever the grid", () => {
    const size = fc.integer({ min: 0, max: 4 });
    fc.assert(
      fc.property(size, size, size, (layerCount, groupCount, expertCount) => {
        const count = layerCount * groupCount * expertCount;
        const tokens = Array.from({ length: count }, (_, index) => BigInt(index));
        const gateEntropy = Array.from({ length: layerCount * groupCount }, (_, index) => index / 8);
        const gates = { gateCount: gateEntropy.length, gateEntropy };
        const counts = { layerCount, groupCount, expertCount, count, tokens, bodyTokens: tokens, ...gates };
        const read = stepOf({ expertLoad: { step: 1, ...counts } });
        const grid = "expertLoad" in read ? read.expertLoad.tokensLGE : [];
        expect("expertLoad" in read ? read.expertLoad.bodyLGE : []).toEqual(grid);
        expect(grid.flat(2)).toEqual(tokens.map(Number));
        const entropy = "expertLoad" in read ? (read.expertLoad.gateEntropyLG ?? []) : [];
        expect(entropy.flat()).toEqual(gateEntropy);
        expect(entropy.map((layer) => layer.length)).toEqual(Array(layerCount).fill(groupCount));
        expect(grid.map((layer) => layer.map((group) => group.length))).toEqual(
          Array.from({ length: layerCount }, () => Array(groupCount).fill(expertCount)),
        );
      }),
      { seed: 20261128 },
    );
  });

  it("refuses a load whose shape is not its counts", async () => {
    const error = await caught(() => stepOf({ expertLoad: { ...load, expertCount: 4 } }));
    expect({ code: error.code, message: error.message }).toEqual({
      code: "WIRE_INVALID",
      message: "[WIRE_INVALID] ExpertLoad.tokens holds 6 counts, not 2 layers x 1 groups x 4 experts",
    });
  });

  it("refuses gates that are not those of the load's layers and groups", async () => {
    const error = await caught(() => stepOf({ expertLoad: { ...load, gateCount: 1, gateEntropy: [0.5] } }));
    expect({ code: error.code, message: error.message }).toEqual({
      code: "WIRE_INVALID",
      message: "[WIRE_INVALID] ExpertLoad.gateEntropy holds 1 numbers, not 2 layers x 1 groups",
    });
  });

  it("keeps a loss that diverged as it is, and refuses a learning rate that cannot be", async () => {
    expect(stepOf({})).toMatchObject({
      loss: Number.NaN,
      gradientNorm: Number.POSITIVE_INFINITY,
      objectiveLosses: { language: 2 },
      terms: { language: 2, balance: 0.25 },
      cosines: [{ block: "vision.blocks.2", one: "report", other: "closed-vqa", cosine: -0.5 }],
    });
    const diverged = [{ objective: "language", loss: Number.NEGATIVE_INFINITY }];
    expect(stepOf({ objectiveLosses: diverged })).toMatchObject({ objectiveLosses: { language: -Infinity } });
    const error = await caught(() => stepOf({ learningRateScale: Number.NaN }));
    expect(error.message).toBe("[WIRE_INVALID] TrainResponse.step.learningRateScale is NaN");
  });

  it("passes the stage's beginning and end on as they are", () => {
    const ready = {
      name: "s",
      specDigest: "d",
      firstStep: 4,
      trainableParameters: 5n,
      keptTensors: 3,
      optimizerGroups: [],
      baseDigest: "b",
    };
    const value = { ...ready, optimizerGroupCount: 0 };
    expect(decodeTrainEvent({ event: { $case: "stageReady", value } })).toEqual({
      $case: "stageReady",
      value: { ...ready, trainableParameters: 5 },
    });
    const ended = { $case: "stageEnded" as const, value: { name: "s", stepsDone: 9 } };
    expect(decodeTrainEvent({ event: ended })).toEqual(ended);
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
      '[WIRE_INVALID] LoadCheckpointResponse.state.routing is "mixed"',
    );
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
