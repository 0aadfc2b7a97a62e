import { type ResolvedExperiment, workerPreprocess } from "../../config/index.ts";
import { type PreprocessConfig, preprocessDigest, preprocessGraph, statedConfig } from "../../data/index.ts";
import { defined } from "../../defined.ts";
import type { JsonValue } from "../../errors.ts";
import { sourceOf } from "./sources.ts";

/** TypeScript's half of the preprocess contract of an experiment. */
export function preprocessConfig(resolved: ResolvedExperiment): PreprocessConfig {
  const { data } = resolved.config;
  const source = sourceOf(data);
  const { sizeDHW, windowHu } = data;
  return {
    sizeDHW,
    windowHu,
    stack: source.stack(data),
    ...defined({ intensity: source.intensity(data), ...source.graph(data) }),
  };
}

/** Digest of both halves of the preprocess contract of an experiment. */
export function contractDigest(resolved: ResolvedExperiment): string {
  return preprocessDigest(preprocessConfig(resolved), workerHalf(resolved));
}

/** Both halves of the preprocess contract in full, and the version of the graph between them. */
export function contractInFull(resolved: ResolvedExperiment): { readonly [half: string]: JsonValue } {
  return {
    graph: preprocessGraph,
    typescript: statedConfig(preprocessConfig(resolved)),
    worker: workerHalf(resolved),
  };
}

function workerHalf(resolved: ResolvedExperiment): JsonValue {
  return workerPreprocess(resolved.config) as unknown as JsonValue;
}
