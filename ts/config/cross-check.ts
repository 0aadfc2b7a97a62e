import type { ExperimentConfig, StageConfig } from "../schema/experiment.ts";
import type { ComponentName } from "../schema/stage.ts";
import { moeBlocks, readBlocks } from "./model-spec.ts";
import type { ConfigProblem } from "./problems.ts";

/** Components the configured model and router have. */
export function componentsOf(config: ExperimentConfig): ReadonlySet<ComponentName> {
  const components: ComponentName[] = [
    "lowerVision",
    "upperVision",
    "projector",
    "language",
    "tokenExperts",
    "tokenRouter",
    "taskExperts",
  ];
  if (config.model.base.kind === "tiny-phi3v") components.push("patchHead", "factHeads");
  if (config.model.lora !== false) components.push("lora");
  return new Set(components);
}

function modelProblems(config: ExperimentConfig): ConfigProblem[] {
  const { base, attention3d, poolDepth } = config.model;
  if (base.kind === "checkpoint") {
    return [
      {
        path: "model.base.path",
        message: `"${base.path}": this version trains a tiny Phi-3-V from scratch; loading a checkpoint folder comes with \`tomoe import\``,
      },
    ];
  }
  const problems: ConfigProblem[] = [];
  const { vision, language } = base;
  const grid = vision.imageSize / vision.patchSize;
  const check = (holds: boolean, path: string, message: string): void => {
    if (!holds) problems.push({ path, message });
  };
  check(
    Number.isInteger(grid),
    "model.base.vision.patchSize",
    `imageSize ${vision.imageSize} is not a multiple of patchSize ${vision.patchSize}`,
  );
  check(
    vision.hidden % vision.heads === 0 && (vision.hidden / vision.heads) % 2 === 0,
    "model.base.vision.heads",
    `hidden ${vision.hidden} over ${vision.heads} heads is not an even head width`,
  );
  check(
    language.hidden % language.heads === 0,
    "model.base.language.heads",
    `hidden ${language.hidden} is not a multiple of ${language.heads} heads`,
  );
  check(
    language.heads % language.keyValueHeads === 0,
    "model.base.language.keyValueHeads",
    `${language.heads} heads are not a multiple of ${language.keyValueHeads} key-value heads`,
  );
  check(
    !Number.isInteger(grid) || grid % base.mergeSize === 0,
    "model.base.mergeSize",
    `a grid of ${grid} patches a side does not divide by ${base.mergeSize}`,
  );
  const blocks = readBlocks(config);
  check(
    attention3d.upperBlocks <= blocks,
    "model.attention3d.upperBlocks",
    `${attention3d.upperBlocks} is more than the ${blocks} blocks that the features read (the last layer is behind the tap)`,
  );
  check(
    config.data.sizeDHW[0] % poolDepth === 0,
    "model.poolDepth",
    `${config.data.sizeDHW[0]} slices are not a multiple of ${poolDepth}`,
  );
  for (const block of moeBlocks(config)) {
    check(
      block < blocks && block >= blocks - Math.max(1, attention3d.upperBlocks),
      "router.blocks",
      `block ${block} is not one of the upper blocks ${blocks - attention3d.upperBlocks}..${blocks - 1}`,
    );
  }
  return problems;
}

function stageProblems(
  config: ExperimentConfig,
  stage: StageConfig,
  path: string,
  pretraining: boolean,
): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const components = componentsOf(config);
  const add = (key: string, message: string): void => {
    problems.push({ path: `${path}.${key}`, message });
  };
  for (const component of stage.trains)
    if (!components.has(component)) add("trains", `"${component}" is not part of this model and router`);
  if (pretraining !== (stage.data === "slices"))
    add("data", pretraining ? "a pre-training stage sees slices" : "a stage after the lift sees volumes");
  if (typeof stage.learningRate === "object") {
    for (const component of stage.trains)
      if (stage.learningRate[component] === undefined) add("learningRate", `no rate for "${component}"`);
    for (const component of Object.keys(stage.learningRate))
      if (!(stage.trains as readonly string[]).includes(component))
        add("learningRate", `"${component}" is not trained by this stage`);
  }
  if (Object.keys(stage.objectives).length === 0) add("objectives", "name at least one objective");
  if (!pretraining && stage.objectives.patches !== undefined)
    add("objectives", "patch labels exist for slices alone");
  if (
    pretraining &&
    stage.trains.some((component) =>
      ["tokenExperts", "tokenRouter", "taskExperts", "lora"].includes(component),
    )
  )
    add("trains", "experts and adapters exist after the lift");
  const perTask = stage.routing === "per-task";
  if (perTask && stage.trains.includes("tokenExperts"))
    add("trains", "a per-task stage trains taskExperts: the shared tokenExperts have been cloned into them");
  if (!perTask && stage.trains.includes("taskExperts"))
    add("trains", "taskExperts exist in a per-task stage alone");
  if (stage.volumesPerStep % config.execution.ranks !== 0)
    add(
      "volumesPerStep",
      `${stage.volumesPerStep} volumes do not divide over ${config.execution.ranks} ranks`,
    );
  return problems;
}

function orderProblems(config: ExperimentConfig): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const firstPerTask = config.stages.findIndex((stage) => stage.routing === "per-task");
  config.stages.forEach((stage, index) => {
    if (firstPerTask >= 0 && index > firstPerTask && stage.routing === "shared")
      problems.push({
        path: `stages.${index}.routing`,
        message: "a shared stage cannot follow a per-task one",
      });
  });
  const names = [
    ...(config.model.base.kind === "tiny-phi3v" ? config.model.base.pretrain : []),
    ...config.stages,
  ].map((stage) => stage.name);
  for (const name of new Set(names))
    if (names.filter((other) => other === name).length > 1)
      problems.push({ path: "stages", message: `the stage name "${name}" is used twice` });
  return problems;
}

/** The rules that one key alone cannot see. */
export function crossCheck(config: ExperimentConfig): ConfigProblem[] {
  const problems = [...modelProblems(config), ...orderProblems(config)];
  const { router, data, tasks } = config;
  if (router.topK > router.tokenExperts)
    problems.push({
      path: "router.topK",
      message: `${router.topK} experts a token of only ${router.tokenExperts}`,
    });
  for (const task of Object.keys(tasks))
    if (!(router.tasks as readonly string[]).includes(task))
      problems.push({
        path: `tasks.${task}`,
        message: "the router has no such task; add it to router.tasks",
      });
  if (Object.keys(tasks).length === 0)
    problems.push({ path: "tasks", message: "name at least one task to evaluate" });
  if (new Set(router.tasks).size !== router.tasks.length)
    problems.push({ path: "router.tasks", message: "a task is named twice" });
  if (data.kind === "folder" && data.split !== undefined) {
    const sum = data.split.train + data.split.validation + data.split.test;
    if (Math.abs(sum - 1) > 1e-9)
      problems.push({ path: "data.split", message: `the shares sum to ${sum}, not 1` });
  }
  const pretrain = config.model.base.kind === "tiny-phi3v" ? config.model.base.pretrain : [];
  if (pretrain.length > 0 && data.kind === "phantom" && data.slices === 0)
    problems.push({ path: "data.slices", message: "2D pre-training needs slices; give their number" });
  if (pretrain.length > 0 && data.kind === "folder")
    problems.push({
      path: "model.base.pretrain",
      message: "2D pre-training draws its slices from PhantomCT; with a folder of scans leave it empty",
    });
  pretrain.forEach((stage, index) => {
    problems.push(...stageProblems(config, stage, `model.base.pretrain.${index}`, true));
  });
  config.stages.forEach((stage, index) => {
    problems.push(...stageProblems(config, stage, `stages.${index}`, false));
  });
  return problems;
}
