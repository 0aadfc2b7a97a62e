import type { Batch, RoutingPlan } from "../../../../../ts/schema/index.ts";
import {
  encodeBatch,
  encodeBatchVolume,
  encodeModelSpec,
  encodePlan,
  encodeQuery,
  encodeStageSpec,
  encodeTensorRef,
} from "../../../../../ts/worker/wire/encode.ts";
import { batch, model, plan, query, stage } from "../../../../fixtures/messages/nouns.ts";
import { caught } from "../../../../support/caught.ts";

describe("nouns to messages", () => {
  it("writes the count of every list, also of an empty one", () => {
    expect(encodePlan({ ...plan, groups: [], layers: [] })).toMatchObject({
      groupCount: 0,
      groups: [],
      layerCount: 0,
      layers: [],
    });
    expect(encodeQuery({ ...query, choices: [] })).toMatchObject({ choiceCount: 0, choices: [] });
    expect(encodeStageSpec(stage)).toMatchObject({ trainsCount: 2, objectiveCount: 2 });
    expect(encodeModelSpec(model)).toMatchObject({
      factCount: 0,
      moe: { blockCount: 0, taskCount: 1 },
      preprocess: { windowCount: 3, channelCount: 3 },
    });
  });

  it("keeps both ways a tensor travels apart", () => {
    expect(encodeTensorRef({ kind: "uploaded", uploadId: "u" })).toEqual({
      location: { $case: "uploaded", value: { uploadId: "u" } },
    });
    const region = { root: "r", path: "p", offsetBytes: 64, lengthBytes: 128, crc32: 7, generation: 2 };
    expect(encodeTensorRef({ kind: "region", region })).toEqual({
      location: {
        $case: "region",
        value: { root: "r", path: "p", offsetBytes: 64n, lengthBytes: 128n, crc32: 7, generation: 2n },
      },
    });
  });

  it("writes facts in the order of their names, however the record was filled", () => {
    const [volume] = batch.volumes;
    if (volume === undefined) throw new Error("no volume");
    const one = encodeBatchVolume({ ...volume, facts: { b: 1, a: 0, B: 2 } });
    const other = encodeBatchVolume({ ...volume, facts: { B: 2, a: 0, b: 1 } });
    expect(one).toEqual(other);
    expect(one.facts.map(({ name }) => name)).toEqual(["B", "a", "b"]);
  });

  const badBatches: readonly (readonly [string, Batch])[] = [
    ["Batch.step is -1", { ...batch, step: -1 }],
    [
      "Batch.items[1].lossWeight is NaN",
      {
        ...batch,
        items: batch.items.map((item, index) => (index === 1 ? { ...item, lossWeight: Number.NaN } : item)),
      },
    ],
    [
      "Batch.items[0].volumeIndex is 0.5",
      { ...batch, items: batch.items.map((item) => ({ ...item, volumeIndex: 0.5 })) },
    ],
    [
      "Batch.volumes[0].facts.side is 2147483648",
      { ...batch, volumes: batch.volumes.map((volume) => ({ ...volume, facts: { side: 2 ** 31 } })) },
    ],
    [
      "Batch.volumes[0].tensor.region.crc32 is 4294967296",
      {
        ...batch,
        volumes: batch.volumes.map((volume) => ({
          ...volume,
          tensor: {
            kind: "region" as const,
            region: { root: "r", path: "p", offsetBytes: 0, lengthBytes: 1, crc32: 2 ** 32, generation: 0 },
          },
        })),
      },
    ],
  ];
  it.each(badBatches)("refuses a batch before it leaves: %s", async (what, bad) => {
    const error = await caught(() => encodeBatch(bad));
    expect({ code: error.code, message: error.message }).toEqual({
      code: "WIRE_INVALID",
      message: `[WIRE_INVALID] ${what}`,
    });
  });

  const badPlans: readonly (readonly [string, RoutingPlan])[] = [
    ["RoutingPlan.topK is -2", { ...plan, topK: -2 }],
    ["RoutingPlan.zLossWeight is Infinity", { ...plan, zLossWeight: Number.POSITIVE_INFINITY }],
    [
      "RoutingPlan.layers[0].groups[1].expertBias[0] is NaN",
      { ...plan, layers: [{ block: 0, biasGE: [[0], [Number.NaN]] }] },
    ],
  ];
  it.each(badPlans)("refuses a plan of a user's policy before it leaves: %s", async (what, bad) => {
    const error = await caught(() => encodePlan(bad));
    expect({ code: error.code, message: error.message }).toEqual({
      code: "WIRE_INVALID",
      message: `[WIRE_INVALID] ${what}`,
    });
  });

  it("refuses a preprocess contract whose mean and std differ in length", async () => {
    const error = await caught(() =>
      encodeModelSpec({ ...model, preprocess: { ...model.preprocess, std: [1] } }),
    );
    expect({ code: error.code, message: error.message }).toEqual({
      code: "WIRE_INVALID",
      message: "[WIRE_INVALID] ModelSpec.preprocess.std is 1 long",
    });
  });
});
