import * as batch from "../../ts/gen/tomoe/v1/batch.ts";
import * as error from "../../ts/gen/tomoe/v1/error.ts";
import * as generation from "../../ts/gen/tomoe/v1/generation.ts";
import * as model from "../../ts/gen/tomoe/v1/model.ts";
import * as routing from "../../ts/gen/tomoe/v1/routing.ts";
import * as stage from "../../ts/gen/tomoe/v1/stage.ts";
import * as telemetry from "../../ts/gen/tomoe/v1/telemetry.ts";
import * as tensor from "../../ts/gen/tomoe/v1/tensor.ts";
import * as trial from "../../ts/gen/tomoe/v1/trial.ts";
import * as service from "../../ts/gen/tomoe/v1/worker_service.ts";

/** A generated message type whose messages are seen as plain objects. */
export interface AnyCodec {
  readonly $type: string;
  encode(message: object): { finish(): Uint8Array };
  decode(bytes: Uint8Array): object;
}

const isCodec = (value: unknown): value is AnyCodec =>
  typeof value === "object" && value !== null && "$type" in value && "decode" in value;

/** Every message type of the contract by its name, e.g. "StepResult". */
export const codecs: ReadonlyMap<string, AnyCodec> = new Map(
  [batch, error, generation, model, routing, stage, telemetry, tensor, trial, service]
    .flatMap((module) => Object.values(module) as unknown[])
    .filter(isCodec)
    .map((codec) => [codec.$type.slice("tomoe.v1.".length), codec]),
);
