import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { descriptorDigest } from "../../ts/gen/descriptor-digest.ts";
import { FeedResponse } from "../../ts/gen/tomoe/v1/batch.ts";
import { ErrorDetail } from "../../ts/gen/tomoe/v1/error.ts";
import { GenerateResponse, MeasureResponse, ScoreResponse } from "../../ts/gen/tomoe/v1/generation.ts";
import { CreateModelResponse, FitTokenizerResponse, LiftModelResponse } from "../../ts/gen/tomoe/v1/model.ts";
import {
  LoadCheckpointResponse,
  SaveCheckpointResponse,
  TrainResponse,
} from "../../ts/gen/tomoe/v1/stage.ts";
import { TelemetryEvent } from "../../ts/gen/tomoe/v1/telemetry.ts";
import { DropTensorResponse, OpenTensorResponse, PutTensorResponse } from "../../ts/gen/tomoe/v1/tensor.ts";
import { HealthResponse, HelloResponse, ShutdownResponse } from "../../ts/gen/tomoe/v1/worker_service.ts";
import * as decode from "../../ts/worker/wire/decode.ts";
import { digestMessage, toProtoJson } from "../../ts/worker/wire/digest.ts";
import { goldenMessages } from "../fixtures/messages/messages.ts";
import { caught } from "../support/caught.ts";
import type { Fields } from "./descriptors.ts";
import { countOf, descriptor, filledMessage, leaves, serviceMessages } from "./descriptors.ts";

interface GoldenRow {
  readonly name: string;
  readonly noun: string;
  readonly bytes: string;
  readonly digest: string;
}
interface ReplyRow {
  readonly name: string;
  readonly choice: string;
  readonly bytes: string;
  readonly digest: string;
}

const read = <T>(file: string): T =>
  JSON.parse(readFileSync(new URL(`../fixtures/messages/${file}`, import.meta.url), "utf8")) as T;

/** Decoders of the replies, each with what its message must hold besides samples. */
const replies: Readonly<
  Record<
    string,
    { readonly decode: (message: never) => unknown; readonly values?: Readonly<Record<string, unknown>> }
  >
> = {
  StepResult: {
    decode: decode.decodeStepResult,
    values: {
      "StepResult.expertLoad.layerCount": 1,
      "StepResult.expertLoad.groupCount": 1,
      "StepResult.expertLoad.expertCount": 2,
    },
  },
  StageReady: { decode: decode.decodeStageReady },
  StageEnded: { decode: decode.decodeStageEnded },
  CreateModelResponse: { decode: decode.decodeCreatedModel },
  LiftModelResponse: { decode: decode.decodeLiftReport },
  FitTokenizerResponse: { decode: decode.decodeTokenizer },
  GenerateResponse: { decode: decode.decodeGenerated },
  ScoreResponse: { decode: decode.decodeScored },
  MeasureResponse: { decode: decode.decodeMeasured },
  SaveCheckpointResponse: { decode: decode.decodeCheckpointFiles },
  LoadCheckpointResponse: {
    decode: decode.decodeLoadedState,
    values: { "LoadCheckpointResponse.state.routing": "shared" },
  },
  HealthResponse: { decode: decode.decodeHealth, values: { "HealthResponse.state": "idle" } },
  HelloResponse: { decode: decode.decodeHello, values: { "HelloResponse.environmentJson": '{"torch":"2"}' } },
};

/**
 * Replies whose few fields their callers read in place: covered against the real worker, and by their own
 * unit tests.
 */
const readInPlace = [
  "PutTensorResponse",
  "OpenTensorResponse",
  "DropTensorResponse",
  "FeedResponse",
  "TrainResponse",
  "ShutdownResponse",
];

const codecs = {
  ErrorDetail,
  TelemetryEvent,
  FeedResponse,
  GenerateResponse,
  MeasureResponse,
  ScoreResponse,
  CreateModelResponse,
  FitTokenizerResponse,
  LiftModelResponse,
  LoadCheckpointResponse,
  SaveCheckpointResponse,
  TrainResponse,
  DropTensorResponse,
  OpenTensorResponse,
  PutTensorResponse,
  HealthResponse,
  HelloResponse,
  ShutdownResponse,
} as const;

describe("messages that go out", () => {
  const golden = read<readonly GoldenRow[]>("golden.json");

  it.each(goldenMessages())(
    "gives $name ($noun) the golden bytes and digest",
    ({ name, noun, bytes, digest }) => {
      const row = golden.find((one) => one.name === name && one.noun === noun);
      expect({ bytes: Buffer.from(bytes).toString("base64"), digest }).toEqual({
        bytes: row?.bytes,
        digest: row?.digest,
      });
    },
  );

  it.each(goldenMessages())(
    "sets every field of $name ($noun) and the count of every list",
    ({ name, message }) => {
      for (const { owner, key, path } of leaves(descriptor(name), message as Fields))
        expect({ path, missing: owner[key] === undefined }).toEqual({ path, missing: false });
      for (const field of descriptor(name).fields) {
        if (field.fieldKind === "list")
          expect((message as Fields)[countOf(descriptor(name), field).localName]).toBe(
            ((message as Fields)[field.localName] as unknown[]).length,
          );
      }
    },
  );
});

describe("replies that come in", () => {
  it("has a decoder for every reply of the service", () => {
    const known = [...Object.keys(replies), ...readInPlace];
    expect(serviceMessages("output").filter((name) => !known.includes(name))).toEqual([]);
  });

  it.each(Object.entries(replies))(
    "refuses a %s that lacks any one field, by the field's name",
    async (name, { decode: decodeReply, values }) => {
      const whole = (): Fields => filledMessage(descriptor(name), values);
      expect(() => decodeReply(whole() as never)).not.toThrow();
      const count = leaves(descriptor(name), whole()).length;
      expect(count).toBeGreaterThan(0);
      for (let index = 0; index < count; index += 1) {
        const message = whole();
        const leaf = leaves(descriptor(name), message)[index];
        if (leaf === undefined) throw new Error("the walk changed");
        leaf.owner[leaf.key] = undefined;
        const error = await caught(() => decodeReply(message as never));
        expect(error.code).toBe("WIRE_INCOMPLETE");
        // A nested message is named by its own type: "ModelStateSummary.stage" for
        // "LoadCheckpointResponse.state.stage".
        expect(leaf.path.split(".").at(-1)).toBe(error.message.split(".").at(-1));
      }
    },
  );

  it.each(Object.entries(replies))(
    "refuses a %s whose count differs from its list",
    async (name, { decode: decodeReply, values }) => {
      for (const field of descriptor(name).fields.filter(({ fieldKind }) => fieldKind === "list")) {
        const message = filledMessage(descriptor(name), values);
        message[countOf(descriptor(name), field).localName] = 3;
        const error = await caught(() => decodeReply(message as never));
        expect(error.code).toBe("WIRE_INCOMPLETE");
        expect(error.message).toMatch(/holds 2 items but .* says 3$/);
      }
    },
  );

  it.each(read<readonly ReplyRow[]>("replies.json"))(
    "reads $name $choice as Python wrote it, with the same digest",
    ({ name, bytes, digest }) => {
      const codec = codecs[name as keyof typeof codecs];
      const message: object = codec.decode(Buffer.from(bytes, "base64"));
      expect(digestMessage(message)).toBe(digest);
      expect(Buffer.from(codec.encode(message as never).finish()).toString("base64")).toBe(bytes);
      expect(toProtoJson(message)).toEqual(expect.any(Object));
    },
  );
});

it("carries the digest of the committed descriptor set", () => {
  const bytes = readFileSync(
    new URL("../../py-runtime/tomoe_worker/server/gen/tomoe_v1.binpb", import.meta.url),
  );
  expect(descriptorDigest).toBe(createHash("sha256").update(bytes).digest("hex"));
});
