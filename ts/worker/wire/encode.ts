import type { BatchVolume as BatchVolumeMessage } from "../../gen/tomoe/v1/batch.ts";
import { Batch as BatchMessage } from "../../gen/tomoe/v1/batch.ts";
import { ModelSpec as ModelSpecMessage } from "../../gen/tomoe/v1/model.ts";
import { RoutingPlan as RoutingPlanMessage } from "../../gen/tomoe/v1/routing.ts";
import { StageSpec as StageSpecMessage } from "../../gen/tomoe/v1/stage.ts";
import type { TensorRef as TensorRefMessage } from "../../gen/tomoe/v1/tensor.ts";
import type { Batch, BatchVolume } from "../../schema/batch.ts";
import type { ModelSpec } from "../../schema/model.ts";
import type { RoutingPlan } from "../../schema/router.ts";
import type { StageSpec } from "../../schema/stage.ts";
import type { TensorRef } from "../../schema/tensor.ts";
import type { Noun } from "./walk.ts";
import { chosen, pack } from "./walk.ts";

/*
 * Nouns -> messages: the four with a digest, and the three nouns whose shape is not their message's. All else
 * is `pack` as it stands. Every function here throws as `pack`.
 */

export function encodeBatch(batch: Batch): BatchMessage {
  return pack(BatchMessage, batchShape(batch));
}

/** Its volumes are shaped otherwise on the wire. */
export function batchShape(batch: Batch): Noun<BatchMessage> {
  return { ...batch, volumes: batch.volumes.map(volumeShape) };
}

export function encodePlan(plan: RoutingPlan): RoutingPlanMessage {
  return pack(RoutingPlanMessage, planShape(plan));
}

export function encodeStageSpec(spec: StageSpec): StageSpecMessage {
  return pack(StageSpecMessage, spec);
}

export function encodeModelSpec(spec: ModelSpec): ModelSpecMessage {
  return pack(ModelSpecMessage, modelShape(spec));
}

/** A base is one of a union. */
export function modelShape({ base, ...plain }: ModelSpec): Noun<ModelSpecMessage> {
  return { ...plain, base: chosen(base) };
}

/** A tensor is one of two kinds by its `kind` here, by a oneof on the wire. */
export function tensorShape(tensor: TensorRef): Noun<TensorRefMessage> {
  const location =
    tensor.kind === "region"
      ? { $case: tensor.kind, value: tensor.region }
      : { $case: tensor.kind, value: { uploadId: tensor.uploadId } };
  return { location };
}

/** Facts are a record here and a list there: sorted, so that the digest does not depend on who filled it. */
export function volumeShape({ tensor, facts, ...plain }: BatchVolume): Noun<BatchVolumeMessage> {
  return {
    ...plain,
    tensor: tensorShape(tensor),
    facts: Object.entries(facts)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, classIndex]) => ({ name, classIndex })),
  };
}

/** A layer's bias is a grid here; on the wire each group has a message of its own. */
export function planShape({ layers, ...plain }: RoutingPlan): Noun<RoutingPlanMessage> {
  return {
    ...plain,
    layers: layers.map(({ biasGE, ...layer }) => ({
      ...layer,
      groups: biasGE.map((expertBias) => ({ expertBias })),
    })),
  };
}
