import type { ExperimentConfig } from "../schema/experiment.ts";
import { hardensBy, planNumbers, routerOptions } from "../schema/options/router.ts";
import type { Rows } from "../schema/options/row.ts";
import { predicts, taskIds } from "../schema/task.ts";
import type { WindowHu } from "../schema/volume.ts";
import type { Architecture } from "./bases/base.ts";
import { baseOf } from "./bases/index.ts";
import { phaseProblems } from "./check-stages.ts";
import { validationProblems } from "./measured.ts";
import { moeBlocks } from "./model-spec.ts";
import type { ConfigProblem } from "./problems.ts";
import { heldOutOf, sourceProblems } from "./sources.ts";

function modelProblems(config: ExperimentConfig): readonly ConfigProblem[] {
  const { architecture, problems } = baseOf(config);
  if (architecture === undefined) return problems;
  const { upperBlocks } = config.model.attention3d;
  return [
    ...problems,
    ...sizeProblems(config, architecture),
    ...adapterProblems(config, architecture),
    ...blockProblems(moeBlocks(config), architecture.blocksRead, upperBlocks),
  ];
}

/** What the sizes of a volume and of the base ask of one another. */
function sizeProblems(config: ExperimentConfig, architecture: Architecture): readonly ConfigProblem[] {
  const { imageSize, patchSize, blocksRead, slicesPerUnit, tokensPerSlice, maxPositions, fittedVocab } =
    architecture;
  const { poolDepth, poolKind, separators, attention3d } = config.model;
  const [depth, side] = config.data.sizeDHW;
  const grid = imageSize / patchSize;
  const hasSlices = "slices" in config.data && config.data.slices > 0;
  const bins = Math.floor(depth / poolDepth) * (poolKind === "mean-max" ? 2 : 1);
  const imageTokens = bins * tokensPerSlice;
  const rules: readonly (readonly [boolean, string, string])[] = [
    [
      attention3d.upperBlocks <= blocksRead,
      "model.attention3d.upperBlocks",
      `${attention3d.upperBlocks} is more than the ${blocksRead} blocks that the features read (what is behind the tap would train nothing)`,
    ],
    [depth % poolDepth === 0, "model.poolDepth", `${depth} slices are not a multiple of ${poolDepth}`],
    [
      depth % slicesPerUnit === 0,
      "data.sizeDHW",
      `${depth} slices are not a multiple of the ${slicesPerUnit} that the base joins into one`,
    ],
    [
      !hasSlices || side % grid === 0,
      "data.sizeDHW",
      `${side} rows and columns are not a multiple of the base's grid of ${grid} patches, which labels of slices are for`,
    ],
    [
      imageTokens < maxPositions,
      "model.poolDepth",
      `a volume is ${imageTokens} image tokens (${bins} bins of ${tokensPerSlice}), which leaves no room for a question in the base's ${maxPositions} positions: pool more slices, or take a smaller image size`,
    ],
    [
      !separators || fittedVocab !== undefined,
      "model.separators",
      "a published base has its own: layout of the base says which",
    ],
  ];
  return rules.filter(([holds]) => !holds).map(([, path, message]) => ({ path, message }));
}

function adapterProblems(
  { model: { lora } }: ExperimentConfig,
  { loraTargets, loraVisionTargets }: Architecture,
): readonly ConfigProblem[] {
  if (lora === false) return [];
  return [
    ...targetProblems("targets", "the decoder", lora.targets ?? [], loraTargets),
    ...targetProblems("visionTargets", "the vision blocks", lora.visionTargets, loraVisionTargets),
  ];
}

function targetProblems(
  option: string,
  of: string,
  asked: readonly string[],
  known: readonly string[],
): readonly ConfigProblem[] {
  return asked
    .filter((target) => !known.includes(target))
    .map((target) => ({
      path: `model.lora.${option}`,
      message: `"${target}" is no linear layer of ${of}: ${known.join(", ")}`,
    }));
}

function blockProblems(
  blocks: readonly number[],
  readBlocks: number,
  upperBlocks: number,
): readonly ConfigProblem[] {
  const path = "router.blocks";
  const low = readBlocks - Math.max(1, upperBlocks);
  const outside = blocks
    .filter((block) => block < low || block >= readBlocks)
    .map((block) => ({
      path,
      message: `block ${block} is not one of the upper blocks ${readBlocks - upperBlocks}..${readBlocks - 1}`,
    }));
  return blocks.every((block, at) => at === 0 || block > (blocks[at - 1] ?? block))
    ? outside
    : [...outside, { path, message: `${blocks.join(", ")} do not rise` }];
}

/** Options that exceed the one they may not exceed. */
function boundProblems(
  group: string,
  rows: Rows,
  values: { readonly [option: string]: unknown },
): readonly ConfigProblem[] {
  return Object.entries(rows).flatMap(([name, row]) => {
    if (!("notAbove" in row) || row.notAbove === undefined) return [];
    const [value, most] = [Number(values[name]), Number(values[row.notAbove])];
    // Beside none of what it counts (a dense model has no experts) a bound binds nothing.
    return most > 0 && value > most
      ? [{ path: `${group}.${name}`, message: `${value} is more than ${row.notAbove}, ${most}` }]
      : [];
  });
}

/** What keeps a choice of experts from hardening over the steps that are asked for. */
function softProblems(config: ExperimentConfig): readonly ConfigProblem[] {
  const { router, stages } = config;
  const { softSteps, tokenExperts } = router;
  if (softSteps === undefined) return [];
  const problem = (message: string): ConfigProblem => ({ path: "router.softSteps", message });
  const idle = `${softSteps} has no effect`;
  if (tokenExperts === 0) return [problem(`${idle} in a dense model: tokenExperts is 0`)];
  const { start, title } = baseOf(config);
  const [first] = stages;
  return [
    ...(hardensBy(router) === 0
      ? [problem(`${idle}: a token has all ${tokenExperts} experts from the first step to the last`)]
      : []),
    ...(start?.lifted === true ? [problem(`${idle}: a token has as many experts as ${title} left it`)] : []),
    ...(first !== undefined && softSteps > first.steps
      ? [
          problem(
            `${softSteps} is more than the ${first.steps} steps of "${first.name}", the first stage with experts`,
          ),
        ]
      : []),
  ];
}

function routerProblems(config: ExperimentConfig): readonly ConfigProblem[] {
  const { router, tasks } = config;
  const { balance, balanceLossWeight } = router;
  const problems = [...boundProblems("router", routerOptions, { ...router }), ...softProblems(config)];
  const add = (path: string, message: string): void => {
    problems.push({ path, message });
  };
  if ((balance === "loss") !== balanceLossWeight > 0)
    add(
      "router.balanceLossWeight",
      `balance "${balance}" with a weight of ${balanceLossWeight}: "loss" needs one above 0 (0.01 is usual), the others 0`,
    );
  // A plan's numbers that may be 0 are weights of losses, over the tokens that experts get.
  const held: { readonly [option: string]: unknown } = { ...router };
  for (const [name, row] of Object.entries(planNumbers))
    if (router.tokenExperts === 0 && "min" in row && row.min === 0 && Number(held[name]) > 0)
      add(
        `router.${name}`,
        `${String(held[name])} has no effect in a dense model: tokenExperts is 0, and no gate has a loss`,
      );
  if (new Set(router.tasks).size !== router.tasks.length) add("router.tasks", "a task is named twice");
  for (const task of Object.keys(tasks))
    if (!(router.tasks as readonly string[]).includes(task))
      add(`tasks.${task}`, "the router has no such task; add it to router.tasks");
  if (Object.keys(tasks).length === 0) add("tasks", "name at least one task to evaluate");
  return problems;
}

function evaluationProblems({ evaluation, data, tasks }: ExperimentConfig): readonly ConfigProblem[] {
  const { controls } = evaluation;
  const noChoice = !taskIds.some((task) => tasks[task] !== undefined && predicts(task, "choice"));
  const problems: ConfigProblem[] = [];
  if (new Set(controls).size !== controls.length)
    problems.push({ path: "evaluation.controls", message: "a control is named twice" });
  if (noChoice && controls.length > 0)
    problems.push({
      path: "evaluation.controls",
      message: "no task that is scored has questions with options",
    });
  if (noChoice && heldOutOf(data) > 0)
    problems.push({
      path: "data.heldOutSlices",
      message: "no task that is scored has questions with options",
    });
  return problems;
}

function windowProblems({ data, model }: ExperimentConfig): readonly ConfigProblem[] {
  const windows: readonly (readonly [string, WindowHu])[] = [
    ["data.windowHu", data.windowHu],
    ...model.channelWindowsHu.map((window, at) => [`model.channelWindowsHu.${at}`, window] as const),
  ];
  return windows
    .filter(([, { low, high }]) => high <= low)
    .map(([path]) => ({ path, message: "a window's high must lie above its low" }));
}

function executionProblems({ execution }: ExperimentConfig): readonly ConfigProblem[] {
  return execution.compile !== "none" && execution.precision === "strict"
    ? [
        {
          path: "execution.compile",
          message: `"${execution.compile}" needs execution.precision "fast": what is compiled does not repeat bit for bit`,
        },
      ]
    : [];
}

/** The rules over several options: what one key alone cannot see. */
export function crossCheck(config: ExperimentConfig): readonly ConfigProblem[] {
  return [
    ...modelProblems(config),
    ...windowProblems(config),
    ...routerProblems(config),
    ...evaluationProblems(config),
    ...sourceProblems(config.data, baseOf(config).pretrain.length > 0),
    ...phaseProblems(config),
    ...executionProblems(config),
    ...validationProblems(config),
  ];
}
