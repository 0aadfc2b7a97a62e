import type { Batch, RoutingPlan } from "../../../../../ts/schema/index.ts";
import {
  encodeBatch,
  encodeModelSpec,
  encodePlan,
  encodeStageSpec,
  planShape,
  tensorShape,
  volumeShape,
} from "../../../../../ts/worker/wire/encode.ts";
import { batch, model, plan, publishedModel, stage } from "../../../../fixtures/messages/nouns.ts";
import { caught } from "../../../../support/caught.ts";

describe("nouns to messages", () => {
  it("writes the count of every list, also of an empty one", () => {
    expect(encodePlan({ ...plan, groups: [], layers: [] })).toMatchObject({
      groupCount: 0,
      groups: [],
      layerCount: 0,
      layers: [],
    });
    expect(encodeStageSpec(stage)).toMatchObject({ trainsCount: 2, objectiveCount: 2 });
    expect(encodeModelSpec(model)).toMatchObject({
      factCount: 0,
      moe: { siteCount: 0, taskCount: 1 },
      preprocess: { windowCount: 3, channelCount: 3 },
    });
  });

  it("keeps both ways a tensor travels apart", () => {
    expect(tensorShape({ kind: "uploaded", uploadId: "u" })).toEqual({
      location: { $case: "uploaded", value: { uploadId: "u" } },
    });
    const region = { root: "r", path: "p", offsetBytes: 64, lengthBytes: 128, crc32: 7, generation: 2 };
    expect(tensorShape({ kind: "region", region })).toEqual({
      location: { $case: "region", value: region },
    });
  });

  it("writes facts in the order of their names, however the record was filled", () => {
    const [volume] = batch.volumes;
    if (volume === undefined) throw new Error("no volume");
    const one = volumeShape({ ...volume, facts: { b: 1, a: 0, B: 2 } });
    const other = volumeShape({ ...volume, facts: { B: 2, a: 0, b: 1 } });
    expect(one).toEqual(other);
    expect(one.facts.map(({ name }) => name)).toEqual(["B", "a", "b"]);
  });

  it("gives each group of a layer's bias a message of its own, in order", () => {
    const shape = planShape({
      ...plan,
      layers: [{ site: "vision.blocks.3.mlp", biasGE: [[0, 1], [2, 3], []] }],
    });
    expect(shape.layers).toEqual([
      {
        site: "vision.blocks.3.mlp",
        groups: [{ expertBias: [0, 1] }, { expertBias: [2, 3] }, { expertBias: [] }],
      },
    ]);
    expect(planShape({ ...plan, layers: [] }).layers).toEqual([]);
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
      "Batch.volumes[0].facts[0].classIndex is 2147483648",
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
      { ...plan, layers: [{ site: "vision.blocks.0.mlp", biasGE: [[0], [Number.NaN]] }] },
    ],
  ];
  it.each(badPlans)("refuses a plan of a user's policy before it leaves: %s", async (what, bad) => {
    const error = await caught(() => encodePlan(bad));
    expect({ code: error.code, message: error.message }).toEqual({
      code: "WIRE_INVALID",
      message: `[WIRE_INVALID] ${what}`,
    });
  });

  it("refuses what a user's policy adds to a plan, by name: it would be lost on the way", async () => {
    const more = { ...plan, temperature: 0.5 };
    expect((await caught(() => encodePlan(more))).message).toBe(
      "[WIRE_INVALID] RoutingPlan holds temperature, which the contract lacks",
    );
    const layers = [{ site: "vision.blocks.0.mlp", biasGE: [[0]], noise: 1 }];
    expect((await caught(() => encodePlan({ ...plan, layers }))).message).toBe(
      "[WIRE_INVALID] RoutingPlan.layers[0] holds noise, which the contract lacks",
    );
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

describe("a union", () => {
  it("is the field that its kind names, without the kind", () => {
    expect(encodeModelSpec(model).base).toMatchObject({
      $case: "phi3v",
      value: { projector: { mergeSize: 2 } },
    });
    const published = encodeModelSpec(publishedModel).base;
    expect(published).toMatchObject({ $case: "published", value: { family: "internvl" } });
    expect(published?.value).not.toHaveProperty("kind");
  });

  it("is refused with a kind that the contract lacks, naming the known ones", async () => {
    const base = { ...model.base, kind: "qwen" } as unknown as typeof model.base;
    const error = await caught(() => encodeModelSpec({ ...model, base }));
    expect([error.code, error.hint]).toEqual(["WIRE_INVALID", "It must be one of phi3v, published."]);
    expect(error.message).toContain("ModelSpec.base");
  });
});
