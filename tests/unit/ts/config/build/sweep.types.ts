// Compiled, never run: each @ts-expect-error below is a promise that the mistake under it does not compile.
import {
  defineExperiment,
  defineSweep,
  liftTo3d,
  phantomCt,
  reportTask,
  stage,
  tghMoe,
  tinyPhi3v,
  vqaTask,
} from "../../../../../ts/config/index.ts";

const experiment = defineExperiment({
  name: "swept",
  data: phantomCt({ seed: 1, volumes: { train: 4, validation: 2, test: 2 }, slices: 0 }),
  model: liftTo3d(
    tinyPhi3v({
      vision: { imageSize: 48, patchSize: 12, hidden: 32, layers: 4, heads: 2, mlp: 64 },
      language: { vocab: 420, hidden: 32, layers: 1, heads: 2, keyValueHeads: 2, mlp: 64, maxPositions: 512 },
      pretrain: [],
    }),
    { attention3d: { upperBlocks: 2 }, lora: false },
  ),
  router: tghMoe({ tokenExperts: 4, topK: 2, tasks: ["report", "closed-vqa"], balance: "bias" }),
  stages: [stage("shared", { trains: ["projector"], steps: 4, learningRate: 1e-3 })],
  tasks: {
    report: reportTask({ metrics: ["rouge1"] }),
    "closed-vqa": vqaTask({ closed: true, metrics: ["accuracy"] }),
  },
});

const objective = { metric: "closed-vqa/accuracy.micro", direction: "max" } as const;
const common = { name: "s", objective, budget: { trials: 2 } };

export const rates = defineSweep(experiment, {
  ...common,
  space: (s) => ({
    "stages.shared.learningRate": s.logFloat(1e-4, 1e-2),
    "stages.0.steps": s.int(10, 100),
    "router.topK": s.int(1, 4),
    "router.balance": s.choice(["bias", "loss"]),
    "router.balanceLossWeight": s.when("router.balance", "loss", s.float(0.001, 0.1)),
    "model.base.vision.hidden": s.choice([32, 64]),
    "stages.shared.weightDecay": s.float(0, 0.1),
    "stages.shared.objectives.facts": s.float(0.1, 1),
    "execution.precision": s.choice(["strict", "fast"]),
    "model.separators": s.choice([true, false]),
  }),
});
export const objectives = [
  defineSweep(experiment, {
    ...common,
    objective: { metric: "report/rouge1", direction: "max" },
    space: () => ({}),
  }),
  defineSweep(experiment, {
    ...common,
    objective: { metric: "closed-vqa/type.plane", direction: "min" },
    space: () => ({}),
  }),
  defineSweep(experiment, {
    ...common,
    // @ts-expect-error a metric that the recipe does not measure
    objective: { metric: "report/bleu1", direction: "max" },
    space: () => ({}),
  }),
  defineSweep(experiment, {
    ...common,
    // @ts-expect-error a task that it does not have
    objective: { metric: "open-vqa/exact", direction: "max" },
    space: () => ({}),
  }),
  defineSweep(experiment, {
    ...common,
    // @ts-expect-error a direction that is none
    objective: { metric: "report/rouge1", direction: "up" },
    space: () => ({}),
  }),
];

export const wrong = [
  // @ts-expect-error no option is called so
  defineSweep(experiment, { ...common, space: (s) => ({ "router.topk": s.int(1, 4) }) }),
  // @ts-expect-error nor behind the name of a stage
  defineSweep(experiment, { ...common, space: (s) => ({ "stages.shared.rate": s.float(1, 4) }) }),
  // @ts-expect-error a group is no value
  defineSweep(experiment, { ...common, space: (s) => ({ router: s.int(1, 4) }) }),
  // @ts-expect-error an end outside the option's range
  defineSweep(experiment, { ...common, space: (s) => ({ "router.topK": s.int(0, 4) }) }),
  // @ts-expect-error a share of more than the whole
  defineSweep(experiment, { ...common, space: (s) => ({ "router.confidenceThreshold": s.float(0, 2) }) }),
  // @ts-expect-error a rate of nothing
  defineSweep(experiment, { ...common, space: (s) => ({ "stages.shared.learningRate": s.float(0, 1) }) }),
  // @ts-expect-error whole numbers alone
  defineSweep(experiment, { ...common, space: (s) => ({ "stages.shared.steps": s.float(1, 5) }) }),
  // @ts-expect-error a choice that the option does not have
  defineSweep(experiment, { ...common, space: (s) => ({ "router.balance": s.choice(["bias", "luck"]) }) }),
  // @ts-expect-error a number of a choice outside the range
  defineSweep(experiment, { ...common, space: (s) => ({ "router.topK": s.choice([1, 0]) }) }),
  // @ts-expect-error numbers for an option of words
  defineSweep(experiment, { ...common, space: (s) => ({ "router.balance": s.int(1, 4) }) }),
  defineSweep(experiment, {
    ...common,
    // @ts-expect-error a condition on an option that the space does not have
    space: (s) => ({ "router.balanceLossWeight": s.when("router.balance", "loss", s.float(0.1, 1)) }),
  }),
  defineSweep(experiment, {
    ...common,
    space: (s) => ({
      "router.balance": s.choice(["bias", "loss"]),
      // @ts-expect-error the values of a conditional option are held against its range as well
      "router.balanceLossWeight": s.when("router.balance", "loss", s.float(-1, 1)),
    }),
  }),
];
