import fc from "fast-check";
import { Batch } from "../../../../../ts/gen/tomoe/v1/batch.ts";
import { ScoreResponse } from "../../../../../ts/gen/tomoe/v1/generation.ts";
import { ModelSpec } from "../../../../../ts/gen/tomoe/v1/model.ts";
import { GroupPlan, RoutingPlan } from "../../../../../ts/gen/tomoe/v1/routing.ts";
import { LoadCheckpointResponse, TrainRequest, TrainResponse } from "../../../../../ts/gen/tomoe/v1/stage.ts";
import { PutTensorRequest, TensorRef } from "../../../../../ts/gen/tomoe/v1/tensor.ts";
import { runBounded } from "../../../../../ts/process/index.ts";
import type { Codec, Noun } from "../../../../../ts/worker/wire/walk.ts";
import { pack, unpack } from "../../../../../ts/worker/wire/walk.ts";
import { caught } from "../../../../support/caught.ts";
import type { AnyCodec } from "../../../../support/codecs.ts";
import { codecs } from "../../../../support/codecs.ts";
import type { Fields } from "../../../../support/descriptors.ts";
import { allMessages, anyMessage, countOf, filledMessage, leaves } from "../../../../support/descriptors.ts";

const messages = allMessages().map((message) => {
  const codec = codecs.get(message.name);
  if (codec === undefined) throw new Error(`${message.name} was not generated`);
  return { name: message.name, message, codec };
});

/** Neither side's types matter where any message is meant. */
const out = (codec: AnyCodec, noun: unknown): Fields => pack(codec as Codec<Fields>, noun as Noun<Fields>);
const into = (codec: AnyCodec, message: unknown): Fields =>
  unpack(codec as Codec<Fields>, message as Fields) as Fields;

async function refusal(check: () => unknown): Promise<string> {
  return (await caught(check)).message;
}

describe("every message of the contract", () => {
  it("has a generated type of its name", () => {
    expect(messages.length).toBeGreaterThan(50);
    expect([...codecs.keys()].sort()).toEqual(messages.map(({ name }) => name).sort());
  });

  it.each(messages)(
    "$name: any noun of it comes back as it was, over the bytes of the wire",
    ({ message, codec }) => {
      fc.assert(
        fc.property(anyMessage(message), (sent) => {
          const noun = into(codec, sent);
          expect(out(codec, noun)).toEqual(sent);
          const received = codec.decode(codec.encode(out(codec, noun)).finish());
          expect(into(codec, received)).toEqual(noun);
        }),
        { numRuns: 20, seed: 20261128 },
      );
    },
  );

  it.each(messages)(
    "$name: received without any one of its fields, is refused by the field's path",
    async ({ message, codec }) => {
      const paths = leaves(message, filledMessage(message)).map(({ path }) => path);
      for (const [index, path] of paths.entries()) {
        const lacking = filledMessage(message);
        const leaf = leaves(message, lacking)[index];
        if (leaf === undefined) throw new Error("the walk of the test changed");
        delete leaf.owner[leaf.key];
        expect(await refusal(() => into(codec, lacking))).toBe(`[WIRE_INCOMPLETE] the message lacks ${path}`);
      }
    },
  );

  it.each(messages)(
    "$name: made of a noun without any one of its fields, does not leave",
    async ({ message, codec }) => {
      const whole = (): Fields => into(codec, filledMessage(message));
      const paths = nounLeaves(whole(), message.name).map(({ path }) => path);
      for (const [index, path] of paths.entries()) {
        const lacking = whole();
        const leaf = nounLeaves(lacking, message.name)[index];
        if (leaf === undefined) throw new Error("the walk of the test changed");
        leaf.owner[leaf.key] = undefined;
        expect(await refusal(() => out(codec, lacking))).toBe(`[WIRE_INCOMPLETE] the message lacks ${path}`);
      }
    },
  );

  it.each(messages)(
    "$name: a count that differs from its list is refused with both numbers",
    async ({ name, message, codec }) => {
      for (const list of message.fields.filter(({ fieldKind }) => fieldKind === "list")) {
        const count = countOf(message, list).localName;
        const cut = { ...filledMessage(message), [count]: 3 };
        // Lists that share a count are compared in their order.
        const first = message.fields.find(
          (field) => field.fieldKind === "list" && countOf(message, field).localName === count,
        );
        expect(await refusal(() => into(codec, cut))).toBe(
          `[WIRE_INCOMPLETE] ${name}.${first?.localName} holds 2 items but ${name}.${count} says 3`,
        );
      }
    },
  );

  it.each(messages)("$name: what the contract lacks does not leave", async ({ name, message, codec }) => {
    const noun = { ...into(codec, filledMessage(message)), temperature: 1 };
    const error = await caught(() => out(codec, noun));
    expect({ code: error.code, what: error.what, details: error.details }).toEqual({
      code: "WIRE_INVALID",
      what: `${name} holds temperature, which the contract lacks`,
      details: { field: `${name}.temperature` },
    });
    expect(out(codec, { ...noun, temperature: undefined })).toEqual(filledMessage(message));
  });
});

describe("values", () => {
  it("are named by their path, however deep", async () => {
    const plan = { ...filledNoun(RoutingPlan, "RoutingPlan") };
    const bias = (value: unknown): unknown => ({
      ...plan,
      layers: [{ site: "vision.blocks.0.mlp", groups: [{ expertBias: [0] }, { expertBias: [0, value] }] }],
    });
    expect(await refusal(() => pack(RoutingPlan, bias(Number.NaN) as never))).toBe(
      "[WIRE_INVALID] RoutingPlan.layers[0].groups[1].expertBias[1] is NaN",
    );
    expect(await refusal(() => pack(RoutingPlan, bias("0.5") as never))).toBe(
      "[WIRE_INVALID] RoutingPlan.layers[0].groups[1].expertBias[1] is a value of type string",
    );
    expect(await refusal(() => pack(RoutingPlan, bias(undefined) as never))).toBe(
      "[WIRE_INCOMPLETE] the message lacks RoutingPlan.layers[0].groups[1].expertBias[1]",
    );
  });

  it("of another shape are refused: a text for a list, a number for a message, null for a field", async () => {
    const batch = filledNoun(Batch, "Batch");
    expect(await refusal(() => pack(Batch, { ...batch, items: "none" } as never))).toBe(
      "[WIRE_INVALID] Batch.items is a value of type string",
    );
    expect(await refusal(() => pack(Batch, { ...batch, items: [7] } as never))).toBe(
      "[WIRE_INVALID] Batch.items[0] is a value of type number",
    );
    expect(await refusal(() => pack(Batch, { ...batch, step: null } as never))).toBe(
      "[WIRE_INCOMPLETE] the message lacks Batch.step",
    );
  });

  it("that are zero, empty or false are there: present is not truthy", () => {
    const none = {
      effectiveFromStep: 0,
      topK: 0,
      balanceLossWeight: 0,
      zLossWeight: -0,
      groups: [],
      layers: [],
    };
    expect(pack(RoutingPlan, none)).toEqual({ ...none, groupCount: 0, layerCount: 0 });
    expect(unpack(LoadCheckpointResponse, { state: emptyState })).toEqual({ state: emptyState });
  });

  it("that are not finite come in where a diverged loss is a fact, and nowhere else", async () => {
    const result = filledMessage(resultMessage(), { "TrainResponse.event": "step" }) as {
      event: { value: { loss: number; seconds: number } };
    };
    result.event.value.loss = Number.POSITIVE_INFINITY;
    const received = result as unknown as TrainResponse;
    expect(unpack(TrainResponse, received, ["loss"])).toMatchObject({ event: { value: { loss: Infinity } } });
    expect(await refusal(() => unpack(TrainResponse, received))).toBe(
      "[WIRE_INVALID] TrainResponse.step.loss is Infinity",
    );
    result.event.value.seconds = Number.NaN;
    expect(await refusal(() => unpack(TrainResponse, received, ["loss"]))).toBe(
      "[WIRE_INVALID] TrainResponse.step.seconds is NaN",
    );
    expect(
      await refusal(() =>
        unpack(ScoreResponse, { queryId: "q", choiceCount: 1, logProbs: [-Infinity], optionTokens: [2] }),
      ),
    ).toBe("[WIRE_INVALID] ScoreResponse.logProbs[0] is -Infinity");
  });

  it("beyond what a number holds exactly do not come in", async () => {
    const columns = [{ name: "volume", dtype: "int16", rows: 2n ** 53n, rank: 0, shape: [] }];
    const codec = codecs.get("OpenTensorResponse");
    if (codec === undefined) throw new Error("no codec");
    expect(await refusal(() => into(codec, { columnCount: 1, columns }))).toBe(
      "[WIRE_INVALID] OpenTensorResponse.columns[0].rows is 9007199254740992, beyond 2^53-1",
    );
  });
});

describe("lists that share a count", () => {
  it("are refused when they differ in length, going out and coming in", async () => {
    const spec = filledNoun(ModelSpec, "ModelSpec");
    const preprocess = { digest: "d", windows: [], mean: [0, 0], std: [1] };
    expect(await refusal(() => pack(ModelSpec, { ...spec, preprocess }))).toBe(
      "[WIRE_INVALID] ModelSpec.preprocess.std is 1 long",
    );
    const codec = codecs.get("PreprocessSpec");
    if (codec === undefined) throw new Error("no codec");
    expect(await refusal(() => into(codec, { ...preprocess, windowCount: 0, channelCount: 2 }))).toBe(
      "[WIRE_INCOMPLETE] PreprocessSpec.std holds 1 items but PreprocessSpec.channelCount says 2",
    );
  });

  it("may all be empty", () => {
    expect(pack(GroupPlan, { expertBias: [] })).toEqual({ expertCount: 0, expertBias: [] });
  });
});

describe("a oneof", () => {
  it("keeps which of its fields is set, and its value is walked", async () => {
    const value = { uploadId: "u" };
    expect(pack(TensorRef, { location: { $case: "uploaded", value } })).toEqual({
      location: { $case: "uploaded", value },
    });
    expect(
      await refusal(() =>
        pack(TensorRef, { location: { $case: "uploaded", value: { uploadId: "\ud800" } } }),
      ),
    ).toBe(
      "[WIRE_INVALID] TensorRef.uploaded.uploadId is a text with a lone surrogate, which UTF-8 cannot hold",
    );
    const chunk = new Uint8Array([1, 2]);
    expect(pack(PutTensorRequest, { part: { $case: "chunk", value: chunk } }).part?.value).toBe(chunk);
  });

  it.each([
    [{ $case: "nothing", value: {} }, '[WIRE_INVALID] TrainRequest.command is "nothing"'],
    [{ value: {} }, "[WIRE_INVALID] TrainRequest.command is nothing"],
    [{ $case: "step" }, "[WIRE_INCOMPLETE] the message lacks TrainRequest.step"],
    [undefined, "[WIRE_INCOMPLETE] the message lacks TrainRequest.command"],
  ])("that is %j is refused", async (command, message) => {
    expect(await refusal(() => pack(TrainRequest, { command } as never))).toBe(message);
    expect(await refusal(() => unpack(TrainRequest, { command } as never))).toBe(message);
  });

  it("names the fields it may be", async () => {
    const error = await caught(() => pack(TensorRef, { location: { $case: "cloud" } } as never));
    expect(error.hint).toBe("It must be one of region, uploaded.");
  });
});

it("reads the contract at the first message, not when it is loaded", async () => {
  const [walk, routing, descriptors] = [
    "worker/wire/walk.ts",
    "gen/tomoe/v1/routing.ts",
    "gen/descriptors.ts",
  ].map((path) => new URL(`../../../../../ts/${path}`, import.meta.url).href);
  const script = `
    const { descriptorSet } = await import(${JSON.stringify(descriptors)});
    const from = Buffer.from;
    let decoded = 0;
    Buffer.from = (value, encoding) => ((decoded += value === descriptorSet ? 1 : 0), from(value, encoding));
    const { pack } = await import(${JSON.stringify(walk)});
    const { GroupPlan } = await import(${JSON.stringify(routing)});
    const counts = [decoded];
    for (const _ of [1, 2]) {
      pack(GroupPlan, { expertBias: [0] });
      counts.push(decoded);
    }
    console.log(JSON.stringify(counts));`;
  const { stdout } = await runBounded({
    command: process.execPath,
    args: ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", script],
    timeoutMs: 300_000,
    maxOutputBytes: 1000,
  });
  expect(JSON.parse(Buffer.from(stdout).toString())).toEqual([0, 1, 1]);
});

it("knows no message that the contract lacks: that is a bug of ours", async () => {
  const stranger: Codec<object> = { $type: "tomoe.v1.Stranger", decode: () => ({}) };
  expect(await refusal(() => pack(stranger, {}))).toBe(
    "[INTERNAL] the contract has no message tomoe.v1.Stranger",
  );
});

const emptyState = {
  stage: "",
  nextStep: 0,
  lifted: false,
  routing: "",
  preprocessDigest: "",
  tokenizerDigest: "",
  weightsDigest: "",
};

function filledNoun<M>(codec: Codec<M>, name: string): Noun<M> {
  const found = messages.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no message ${name}`);
  return unpack(codec, filledMessage(found.message) as M);
}

/** A TrainResponse that holds a StepResult, filled. */
function resultMessage() {
  const found = messages.find(({ name }) => name === "TrainResponse");
  if (found === undefined) throw new Error("no TrainResponse");
  return found.message;
}

/** Every place of a noun that can be missing, lists and their items too, with the path an error gives it. */
function nounLeaves(noun: Fields, path: string): { owner: Fields; key: string; path: string }[] {
  return Object.entries(noun).flatMap(([key, value]) => {
    const where = `${path}.${key}`;
    const own = { owner: noun, key, path: where };
    if (Array.isArray(value))
      return [
        own,
        ...value.flatMap((item, index) => (isFields(item) ? nounLeaves(item, `${where}[${index}]`) : [])),
      ];
    if (!isFields(value)) return [own];
    if (typeof value.$case !== "string") return [own, ...nounLeaves(value, where)];
    return isFields(value.value) ? [own, ...nounLeaves(value.value, `${path}.${value.$case}`)] : [own];
  });
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !ArrayBuffer.isView(value) && !Array.isArray(value);
}
