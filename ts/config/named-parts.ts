import type { ExperimentConfig, StageConfig } from "../schema/experiment.ts";
import type { ComponentName, PartName, TrainedName } from "../schema/stage.ts";
import { baseOf } from "./bases/index.ts";

const blocks = "vision.blocks.";
const experts = "vision.experts.";

/** The components that hold something of each part; blocks and groups of experts are read off their names. */
const holders = {
  vision: ["lowerVision", "upperVision", "tokenExperts", "tokenRouter", "taskExperts"],
  "vision.lower": ["lowerVision"],
  "vision.upper": ["upperVision"],
  "vision.embedding": ["lowerVision"],
  "vision.norm": ["lowerVision"],
  "vision.blocks": ["lowerVision", "upperVision"],
  "vision.experts": ["tokenExperts", "taskExperts"],
  "vision.gates": ["tokenRouter"],
  "vision.lora": ["visionLora"],
  "language.lora": ["lora"],
  heads: ["patchHead", "factHeads", "wordHead"],
  "heads.patch": ["patchHead"],
  "heads.facts": ["factHeads"],
  "heads.words": ["wordHead"],
} as const satisfies Record<Exclude<PartName, `vision.${string}.${string}`>, readonly ComponentName[]>;

/** The group of experts that a name is of, "shared" or a task; undefined for any other name. */
export function groupNamed(name: TrainedName): string | undefined {
  return name.startsWith(experts) ? name.slice(experts.length) : undefined;
}

/** The components that hold something of what a name stands for. */
export function componentsNamed(name: TrainedName): readonly ComponentName[] {
  const group = groupNamed(name);
  if (group !== undefined) return [group === "shared" ? "tokenExperts" : "taskExperts"];
  if (name.startsWith(blocks)) return holders["vision.blocks"];
  return Object.hasOwn(holders, name) ? holders[name as keyof typeof holders] : [name as ComponentName];
}

/** The vision blocks that a configuration's features read; undefined where the base does not say. */
function blocksRead(config: ExperimentConfig): number | undefined {
  return baseOf(config).architecture?.blocksRead;
}

/** Why no block is called so; undefined for a block that is read, and for any other name. */
export function blockProblem(config: ExperimentConfig, name: TrainedName): string | undefined {
  const read = blocksRead(config);
  if (!name.startsWith(blocks) || read === undefined || Number(name.slice(blocks.length)) < read) return;
  return `"${name}" is behind the last block that is read, ${read - 1}`;
}

/** What a name stands for, in pieces that two names share or do not. */
function piecesOf(config: ExperimentConfig, stage: StageConfig, name: TrainedName): readonly string[] {
  const group = groupNamed(name);
  if (group !== undefined) return [experts + group];
  if (name.startsWith(blocks)) return [name];
  const groups = stage.routing === "per-task" ? config.router.tasks : ["shared"];
  const read = blocksRead(config) ?? 0;
  const upper = Math.max(0, read - config.model.attention3d.upperBlocks);
  const block = (from: number, to: number): readonly string[] =>
    Array.from({ length: Math.max(0, to - from) }, (_, at) => `${blocks}${from + at}`);
  const pieces: Partial<Record<ComponentName, readonly string[]>> = {
    lowerVision: ["vision.embedding", "vision.norm", ...block(0, upper)],
    upperVision: block(upper, read),
    tokenExperts: groups.map((of) => experts + of),
    taskExperts: groups.map((of) => experts + of),
  };
  if (name === "vision.blocks") return block(0, read);
  if (name === "vision.embedding" || name === "vision.norm") return [name];
  return componentsNamed(name).flatMap((component) => pieces[component] ?? [component]);
}

/** The first two of a stage's names that stand for something together; undefined where none do. */
export function overlapOf(
  config: ExperimentConfig,
  stage: StageConfig,
): readonly [TrainedName, TrainedName] | undefined {
  const held = new Map<string, TrainedName>();
  for (const name of new Set(stage.trains))
    for (const piece of piecesOf(config, stage, name)) {
      const other = held.get(piece);
      if (other !== undefined && other !== name) return [other, name];
      held.set(piece, name);
    }
  return undefined;
}
