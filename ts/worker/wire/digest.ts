import type { JsonValue } from "../../errors.ts";
import { bug, TomoeError } from "../../errors.ts";
import type { Batch } from "../../schema/batch.ts";
import { digestJson } from "../../schema/digest.ts";
import type { ModelSpec } from "../../schema/model.ts";
import type { RoutingPlan } from "../../schema/router.ts";
import type { StageSpec } from "../../schema/stage.ts";
import { encodeBatch, encodeModelSpec, encodePlan, encodeStageSpec } from "./encode.ts";

/**
 * A generated message in the shape proto-JSON gives it: lowerCamelCase names, 64-bit integers as decimal
 * strings, a oneof as the field
 * that is set, bytes as base64, repeated fields always present.
 *
 * @throws TomoeError `WIRE_INVALID` for a number that JSON cannot hold.
 */
export function toProtoJson(message: unknown): JsonValue {
  if (typeof message === "string" || typeof message === "boolean") return message;
  if (typeof message === "bigint") return message.toString();
  if (typeof message === "number") {
    if (!Number.isFinite(message))
      throw new TomoeError("WIRE_INVALID", `a message with ${message} has no digest`, {
        hint: "Only finite numbers travel.",
      });
    return message;
  }
  if (ArrayBuffer.isView(message))
    return Buffer.from(message.buffer, message.byteOffset, message.byteLength).toString("base64");
  if (Array.isArray(message)) return message.map(toProtoJson);
  if (typeof message !== "object" || message === null) throw bug(`a message cannot hold a ${typeof message}`);
  const fields: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(message)) {
    if (value === undefined) continue;
    if (isOneof(value)) fields[value.$case] = toProtoJson(value.value);
    else fields[name] = toProtoJson(value);
  }
  return fields;
}

/**
 * SHA-256, in hex, over the RFC 8785 canonical JSON of a generated message; `server/wire/walk.py` computes the
 * same from what it decoded.
 */
export function digestMessage(message: object): string {
  return digestJson(toProtoJson(message), "a message");
}

/**
 * Compares what the worker decoded with what was sent.
 *
 * @param what - the message: "RoutingPlan", "batch of step 3".
 * @throws TomoeError `WIRE_DIGEST` when they differ.
 */
export function requireSameDigest(what: string, here: string | undefined, there: string): void {
  if (here === there) return;
  throw new TomoeError(
    "WIRE_DIGEST",
    `the worker decoded another ${what}: ${there.slice(0, 12)} there, ${here?.slice(0, 12) ?? "none"} here`,
    {
      hint: "Both sides must be of the same build; install the same version.",
      details: { message: what, here: here ?? null, there },
    },
  );
}

/** Digest of a batch as the worker will see it. */
export function digestBatch(batch: Batch): string {
  return digestMessage(encodeBatch(batch));
}

/** Digest of a routing plan as the worker will see it. */
export function digestPlan(plan: RoutingPlan): string {
  return digestMessage(encodePlan(plan));
}

/** Digest of a model spec as the worker will see it. */
export function digestModelSpec(spec: ModelSpec): string {
  return digestMessage(encodeModelSpec(spec));
}

/** Digest of a stage spec as the worker will see it. */
export function digestStageSpec(spec: StageSpec): string {
  return digestMessage(encodeStageSpec(spec));
}

function isOneof(value: unknown): value is { $case: string; value: unknown } {
  return typeof value === "object" && value !== null && "$case" in value && typeof value.$case === "string";
}
