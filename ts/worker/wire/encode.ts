import type * as BatchWire from "../../gen/tomoe/v1/batch.ts";
import type * as GenerationWire from "../../gen/tomoe/v1/generation.ts";
import type * as ModelWire from "../../gen/tomoe/v1/model.ts";
import type * as RoutingWire from "../../gen/tomoe/v1/routing.ts";
import type * as StageWire from "../../gen/tomoe/v1/stage.ts";
import type * as TensorWire from "../../gen/tomoe/v1/tensor.ts";
import type { Batch, BatchItem, BatchVolume, Query } from "../../schema/batch.ts";
import type { ModelSpec } from "../../schema/model.ts";
import type { RoutingPlan } from "../../schema/router.ts";
import type { StageSpec } from "../../schema/stage.ts";
import type { TensorRef } from "../../schema/tensor.ts";
import { double, int32, sameLength, text, toUint64, uint32 } from "./fields.ts";

/*
 * Nouns -> messages, every field written out: a proto field without a line here fails tests/contract. Each
 * value is checked before it
 * leaves; the path in an error is the message's name.
 */

/** @throws TomoeError `WIRE_INVALID` naming the field, as every function here. */
export function encodeTensorRef(tensor: TensorRef, path = "TensorRef"): TensorWire.TensorRef {
  if (tensor.kind === "uploaded")
    return {
      location: {
        $case: "uploaded",
        value: { uploadId: text(tensor.uploadId, `${path}.uploaded.uploadId`) },
      },
    };
  const { region } = tensor;
  return {
    location: {
      $case: "region",
      value: {
        root: text(region.root, `${path}.region.root`),
        path: text(region.path, `${path}.region.path`),
        offsetBytes: toUint64(region.offsetBytes, `${path}.region.offsetBytes`),
        lengthBytes: toUint64(region.lengthBytes, `${path}.region.lengthBytes`),
        crc32: uint32(region.crc32, `${path}.region.crc32`),
        generation: toUint64(region.generation, `${path}.region.generation`),
      },
    },
  };
}

export function encodeBatchVolume(volume: BatchVolume, path = "BatchVolume"): BatchWire.BatchVolume {
  // Sorted, so that the digest does not depend on the order in which a caller filled the record.
  const facts = Object.entries(volume.facts).sort(([left], [right]) => (left < right ? -1 : 1));
  return {
    volumeId: text(volume.volumeId, `${path}.volumeId`),
    slot: uint32(volume.slot, `${path}.slot`),
    tensor: encodeTensorRef(volume.tensor, `${path}.tensor`),
    row: uint32(volume.row, `${path}.row`),
    factCount: facts.length,
    facts: facts.map(([name, classIndex]) => ({
      name: text(name, `${path}.facts.name`),
      classIndex: int32(classIndex, `${path}.facts.${name}`),
    })),
    hasPatchLabels: volume.hasPatchLabels,
  };
}

export function encodeBatchItem(item: BatchItem, path = "BatchItem"): BatchWire.BatchItem {
  return {
    itemId: text(item.itemId, `${path}.itemId`),
    volumeIndex: uint32(item.volumeIndex, `${path}.volumeIndex`),
    prompt: text(item.prompt, `${path}.prompt`),
    target: text(item.target, `${path}.target`),
    task: text(item.task, `${path}.task`),
    lossWeight: double(item.lossWeight, `${path}.lossWeight`),
  };
}

export function encodeBatch(batch: Batch): BatchWire.Batch {
  return {
    step: uint32(batch.step, "Batch.step"),
    globalVolumeCount: uint32(batch.globalVolumeCount, "Batch.globalVolumeCount"),
    volumeCount: batch.volumes.length,
    volumes: batch.volumes.map((volume, index) => encodeBatchVolume(volume, `Batch.volumes[${index}]`)),
    itemCount: batch.items.length,
    items: batch.items.map((item, index) => encodeBatchItem(item, `Batch.items[${index}]`)),
  };
}

export function encodePlan(plan: RoutingPlan): RoutingWire.RoutingPlan {
  return {
    effectiveFromStep: uint32(plan.effectiveFromStep, "RoutingPlan.effectiveFromStep"),
    topK: uint32(plan.topK, "RoutingPlan.topK"),
    balanceLossWeight: double(plan.balanceLossWeight, "RoutingPlan.balanceLossWeight"),
    zLossWeight: double(plan.zLossWeight, "RoutingPlan.zLossWeight"),
    groupCount: plan.groups.length,
    groups: plan.groups.map((group, index) => text(group, `RoutingPlan.groups[${index}]`)),
    layerCount: plan.layers.length,
    layers: plan.layers.map((layer, layerIndex) => ({
      block: uint32(layer.block, `RoutingPlan.layers[${layerIndex}].block`),
      groupCount: layer.biasGE.length,
      groups: layer.biasGE.map((biasE, groupIndex) => ({
        expertCount: biasE.length,
        expertBias: biasE.map((bias, expert) =>
          double(bias, `RoutingPlan.layers[${layerIndex}].groups[${groupIndex}].expertBias[${expert}]`),
        ),
      })),
    })),
  };
}

export function encodeStageSpec(spec: StageSpec): StageWire.StageSpec {
  return {
    name: text(spec.name, "StageSpec.name"),
    steps: uint32(spec.steps, "StageSpec.steps"),
    seed: uint32(spec.seed, "StageSpec.seed"),
    trainsCount: spec.trains.length,
    trains: spec.trains.map(({ component, learningRate }, index) => ({
      component: text(component, `StageSpec.trains[${index}].component`),
      learningRate: double(learningRate, `StageSpec.trains[${index}].learningRate`),
    })),
    objectiveCount: spec.objectives.length,
    objectives: spec.objectives.map(({ objective, weight }, index) => ({
      objective: text(objective, `StageSpec.objectives[${index}].objective`),
      weight: double(weight, `StageSpec.objectives[${index}].weight`),
    })),
    warmupFraction: double(spec.warmupFraction, "StageSpec.warmupFraction"),
    weightDecay: double(spec.weightDecay, "StageSpec.weightDecay"),
    clipNorm: double(spec.clipNorm, "StageSpec.clipNorm"),
    routing: text(spec.routing, "StageSpec.routing"),
  };
}

export function encodeModelSpec(spec: ModelSpec): ModelWire.ModelSpec {
  const { vision, projector, language, lift, moe } = spec;
  return {
    vision: {
      imageSize: uint32(vision.imageSize, "ModelSpec.vision.imageSize"),
      patchSize: uint32(vision.patchSize, "ModelSpec.vision.patchSize"),
      hidden: uint32(vision.hidden, "ModelSpec.vision.hidden"),
      layers: uint32(vision.layers, "ModelSpec.vision.layers"),
      heads: uint32(vision.heads, "ModelSpec.vision.heads"),
      mlp: uint32(vision.mlp, "ModelSpec.vision.mlp"),
    },
    projector: {
      mergeSize: uint32(projector.mergeSize, "ModelSpec.projector.mergeSize"),
      poolDepth: uint32(projector.poolDepth, "ModelSpec.projector.poolDepth"),
      poolKind: text(projector.poolKind, "ModelSpec.projector.poolKind"),
      separators: projector.separators,
    },
    language: encodeLanguage(language),
    lift: {
      upperBlocks: uint32(lift.upperBlocks, "ModelSpec.lift.upperBlocks"),
      depthRope: lift.depthRope,
      ropeBase: double(lift.ropeBase, "ModelSpec.lift.ropeBase"),
      depth: uint32(lift.depth, "ModelSpec.lift.depth"),
    },
    moe: {
      tokenExperts: uint32(moe.tokenExperts, "ModelSpec.moe.tokenExperts"),
      blockCount: moe.blocks.length,
      blocks: moe.blocks.map((block, index) => uint32(block, `ModelSpec.moe.blocks[${index}]`)),
      textWidth: uint32(moe.textWidth, "ModelSpec.moe.textWidth"),
      taskCount: moe.tasks.length,
      tasks: moe.tasks.map((task, index) => text(task, `ModelSpec.moe.tasks[${index}]`)),
    },
    preprocess: encodePreprocess(spec.preprocess),
    factCount: spec.facts.length,
    facts: spec.facts.map(({ name, classes }, index) => ({
      name: text(name, `ModelSpec.facts[${index}].name`),
      classes: uint32(classes, `ModelSpec.facts[${index}].classes`),
    })),
    patchClasses: uint32(spec.patchClasses, "ModelSpec.patchClasses"),
  };
}

function encodeLanguage(language: ModelSpec["language"]): ModelWire.LanguageSpec {
  return {
    vocab: uint32(language.vocab, "ModelSpec.language.vocab"),
    hidden: uint32(language.hidden, "ModelSpec.language.hidden"),
    layers: uint32(language.layers, "ModelSpec.language.layers"),
    heads: uint32(language.heads, "ModelSpec.language.heads"),
    keyValueHeads: uint32(language.keyValueHeads, "ModelSpec.language.keyValueHeads"),
    mlp: uint32(language.mlp, "ModelSpec.language.mlp"),
    maxPositions: uint32(language.maxPositions, "ModelSpec.language.maxPositions"),
    ropeTheta: double(language.ropeTheta, "ModelSpec.language.ropeTheta"),
    loraRank: uint32(language.loraRank, "ModelSpec.language.loraRank"),
    loraAlpha: double(language.loraAlpha, "ModelSpec.language.loraAlpha"),
  };
}

function encodePreprocess(preprocess: ModelSpec["preprocess"]): ModelWire.PreprocessSpec {
  return {
    digest: text(preprocess.digest, "ModelSpec.preprocess.digest"),
    windowCount: preprocess.windows.length,
    windows: preprocess.windows.map(({ low, high }, index) => ({
      low: double(low, `ModelSpec.preprocess.windows[${index}].low`),
      high: double(high, `ModelSpec.preprocess.windows[${index}].high`),
    })),
    channelCount: sameLength(
      preprocess.mean,
      preprocess.std,
      "ModelSpec.preprocess.std",
      "ModelSpec.preprocess.mean",
    ),
    mean: preprocess.mean.map((value, index) => double(value, `ModelSpec.preprocess.mean[${index}]`)),
    std: preprocess.std.map((value, index) => double(value, `ModelSpec.preprocess.std[${index}]`)),
  };
}

export function encodeQuery(query: Query, path = "Query"): GenerationWire.Query {
  return {
    queryId: text(query.queryId, `${path}.queryId`),
    volumeIndex: uint32(query.volumeIndex, `${path}.volumeIndex`),
    prompt: text(query.prompt, `${path}.prompt`),
    task: text(query.task, `${path}.task`),
    choiceCount: query.choices.length,
    choices: query.choices.map((choice, index) => text(choice, `${path}.choices[${index}]`)),
  };
}
