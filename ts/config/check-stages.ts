import type { ExperimentConfig, StageConfig } from "../schema/experiment.ts";
import type { ComponentName } from "../schema/stage.ts";
import { baseOf } from "./bases/index.ts";
import { blockProblem, componentsNamed, groupNamed, overlapOf } from "./named-parts.ts";
import type { ConfigProblem } from "./problems.ts";

/** Components that exist after the lift alone. */
const afterTheLift: readonly ComponentName[] = ["tokenExperts", "tokenRouter", "taskExperts"];

function adapterComponents(lora: ExperimentConfig["model"]["lora"]): readonly ComponentName[] {
  if (lora === false) return [];
  return lora.visionTargets.length === 0 ? ["lora"] : ["lora", "visionLora"];
}

/** Components the configured model and router have. */
function componentsOf(config: ExperimentConfig): ReadonlySet<ComponentName> {
  return new Set<ComponentName>([
    ...baseOf(config).components,
    ...(config.router.tokenExperts === 0 ? [] : (["tokenExperts", "tokenRouter", "taskExperts"] as const)),
    ...adapterComponents(config.model.lora),
  ]);
}

type Add = (key: string, message: string) => void;

function rateProblems({ learningRate, trains }: StageConfig, add: Add): void {
  if (typeof learningRate === "number") return;
  for (const component of trains)
    if (learningRate[component] === undefined) add("learningRate", `no rate for "${component}"`);
  for (const component of Object.keys(learningRate))
    if (!(trains as readonly string[]).includes(component))
      add("learningRate", `"${component}" is not trained by this stage`);
}

function componentProblems(
  config: ExperimentConfig,
  stage: StageConfig,
  isPretraining: boolean,
  add: Add,
): void {
  const components = componentsOf(config);
  const perTask = stage.routing === "per-task";
  for (const name of stage.trains) {
    const named = componentsNamed(name);
    const group = groupNamed(name);
    if (!named.some((component) => components.has(component)))
      add("trains", `"${name}" is not part of this model and router`);
    if (isPretraining && named.every((component) => afterTheLift.includes(component)))
      add("trains", "experts exist after the lift");
    const block = blockProblem(config, name);
    if (block !== undefined) add("trains", block);
    if (perTask && (name === "tokenExperts" || group === "shared"))
      add(
        "trains",
        "a per-task stage trains taskExperts: the shared tokenExperts have been cloned into them",
      );
    if (!perTask && (name === "taskExperts" || (group !== undefined && group !== "shared")))
      add("trains", "taskExperts exist in a per-task stage alone");
    if (
      perTask &&
      group !== undefined &&
      group !== "shared" &&
      !config.router.tasks.some((task) => task === group)
    )
      add("trains", `"${name}" names no task of this router: ${config.router.tasks.join(", ")}`);
  }
  const twice = stage.trains.find((name, at) => stage.trains.indexOf(name) !== at);
  if (twice !== undefined) add("trains", `"${twice}" stands twice`);
  const overlapping = overlapOf(config, stage);
  if (overlapping !== undefined)
    add("trains", `"${overlapping[0]}" and "${overlapping[1]}" overlap: both train the same tensors`);
}

function stageProblems(
  config: ExperimentConfig,
  stage: StageConfig,
  path: string,
  isPretraining: boolean,
): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const add: Add = (key, message) => {
    problems.push({ path: `${path}.${key}`, message });
  };
  componentProblems(config, stage, isPretraining, add);
  if (isPretraining !== (stage.data === "slices"))
    add("data", isPretraining ? "a pre-training stage sees slices" : "a stage after the lift sees volumes");
  rateProblems(stage, add);
  if (Object.keys(stage.objectives).length === 0) add("objectives", "name at least one objective");
  if (!isPretraining && stage.objectives.patches !== undefined)
    add("objectives", "patch labels exist for slices alone");
  const { flip, rotateDegrees } = stage.augment;
  if (isPretraining && (flip > 0 || rotateDegrees > 0))
    add("augment", "slices are mirrored and turned by nothing: their patch labels stay where they are");
  if (stage.volumesPerStep % config.execution.ranks !== 0)
    add(
      "volumesPerStep",
      `${stage.volumesPerStep} volumes do not divide over ${config.execution.ranks} ranks`,
    );
  const ofRank = stage.volumesPerStep / config.execution.ranks;
  if (stage.microBatch > ofRank)
    add("microBatch", `${stage.microBatch} is more than the ${ofRank} volumes that a rank has in a step`);
  if (stage.sharePrefix && stage.objectives.language === undefined)
    add("sharePrefix", "no text passes where language is no objective");
  if (stage.sharePrefix && stage.itemsPerVolume === 1)
    add("sharePrefix", "one item a volume (itemsPerVolume) has nothing to share with");
  return problems;
}

function orderProblems(config: ExperimentConfig): readonly ConfigProblem[] {
  const { pretrain, start, title } = baseOf(config);
  const firstPerTask = config.stages.findIndex((stage) => stage.routing === "per-task");
  const names = [...pretrain, ...config.stages].map((stage) => stage.name);
  const twice = [...new Set(names.filter((name, at) => names.indexOf(name) !== at))];
  return [
    ...config.stages.flatMap((stage, index) =>
      firstPerTask >= 0 && index > firstPerTask && stage.routing === "shared"
        ? [{ path: `stages.${index}.routing`, message: "a shared stage cannot follow a per-task one" }]
        : [],
    ),
    ...config.stages.flatMap((stage, index) =>
      start?.routing === "per-task" && stage.routing === "shared"
        ? [
            {
              path: `stages.${index}.routing`,
              message: `a shared stage cannot follow ${title}, whose experts are one group a task`,
            },
          ]
        : [],
    ),
    ...twice.map((name) => ({ path: "stages", message: `the stage name "${name}" is used twice` })),
  ];
}

/** What is wrong with the training phases: each beside model, router and ranks, and in their order. */
export function phaseProblems(config: ExperimentConfig): readonly ConfigProblem[] {
  return [
    ...orderProblems(config),
    ...baseOf(config).pretrain.flatMap((stage, index) =>
      stageProblems(config, stage, `model.base.pretrain.${index}`, true),
    ),
    ...config.stages.flatMap((stage, index) => stageProblems(config, stage, `stages.${index}`, false)),
  ];
}
