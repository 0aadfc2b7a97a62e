import { type CompileError, compileErrors, importing } from "../../../../support/compiler.ts";

const builders = [
  "defineExperiment",
  "defineSweep",
  "folder",
  "fromRun",
  "liftTo3d",
  "phantomCt",
  "reportTask",
  "stage",
  "tghMoe",
  "vqaTask",
  "weights",
];
const parts = `const parts = {
  name: "x",
  data: phantomCt({ volumes: { train: 8, validation: 0, test: 4 } }),
  model: liftTo3d("weights", { attention3d: { upperBlocks: 8 }, lora: false }),
  router: tghMoe({ tokenExperts: 4, topK: 2, tasks: ["report"] }),
  stages: [stage("shared", { trains: ["projector"], steps: 10, learningRate: 5e-5 })],
  tasks: { report: reportTask({ metrics: ["rouge1"] }) },
} as const;
defineExperiment(parts);`;

/** A mistake on a line of its own, and what its error must say. */
const mistakes: readonly (readonly [string, string, string])[] = [
  [
    "a metric that choices do not have",
    'vqaTask({ closed: true, metrics: ["rouge1"] });',
    `Type '"rouge1"' is not assignable to type '"accuracy"'.`,
  ],
  [
    "a metric that reports do not have",
    'reportTask({ metrics: ["accuracy"] });',
    `Type '"accuracy"' is not assignable to type '"bleu1" | "bleu1.corpus" | "bleu2" | "bleu2.corpus" |`,
  ],
  [
    "a misspelt component",
    'defineExperiment({ ...parts, stages: [stage("shared", { trains: ["eyes"], steps: 9, learningRate: 1 })] });',
    `Type '"eyes"' is not assignable to type '"factHeads" | "language" | "lora" |`,
  ],
  [
    "a component that this model lacks",
    'defineExperiment({ ...parts, stages: [stage("shared", { trains: ["lora"], steps: 9, learningRate: 1 })] });',
    'NoSuchComponent<"lora">',
  ],
  [
    "a component that a model of published weights lacks",
    'defineExperiment({ ...parts, model: liftTo3d(weights("w"), { attention3d: { upperBlocks: 2 }, lora: false }), stages: [stage("shared", { trains: ["lora"], steps: 9, learningRate: 1 })] });',
    'NoSuchComponent<"lora">',
  ],
  [
    "an option that published weights do not have",
    'weights("w", { patchSize: 14 });',
    "'patchSize' does not exist in type",
  ],
  [
    "a part of a base that cannot be drawn anew",
    'folder("w", { redraw: ["tower"] });',
    `Type '"tower"' is not assignable to type '"language" | "projector" | "vision"'.`,
  ],
  [
    "a size out of range",
    'folder("w", { imageSize: 0 });',
    'OutOfRange<"imageSize is a whole number of at least 1">',
  ],
  [
    "an option that a run does not have",
    'fromRun("latest", { stage: "shared" });',
    "'stage' does not exist in type",
  ],
  [
    "a task that the router lacks",
    'defineExperiment({ ...parts, tasks: { "closed-vqa": vqaTask({ closed: true, metrics: ["accuracy"] }) } });',
    'NotATaskOfTheRouter<"closed-vqa">',
  ],
  [
    "a task that the router lacks, beside one it has",
    'defineExperiment({ ...parts, tasks: { ...parts.tasks, "open-vqa": vqaTask({ closed: false, metrics: ["exact"] }) } });',
    'NotATaskOfTheRouter<"open-vqa">',
  ],
  [
    "a misspelt task",
    'tghMoe({ tokenExperts: 4, topK: 2, tasks: ["reports"] });',
    `Did you mean '"report"'?`,
  ],
  [
    "a kind of pooling that there is not",
    'liftTo3d("weights", { attention3d: { upperBlocks: 8 }, poolKind: "avg" });',
    `Type '"avg"' is not assignable to type '"mean" | "mean-max"'.`,
  ],
  [
    "a rank in place of adapters",
    'liftTo3d("weights", { attention3d: { upperBlocks: 8 }, lora: 8 });',
    "Type 'number' is not assignable to type 'false | { readonly rank?: number;",
  ],
  [
    "a misspelt option",
    'stage("shared", { trains: ["lora"], steps: 10, learningrate: 5e-5 });',
    "Did you mean to write 'learningRate'?",
  ],
  [
    "a misspelt objective",
    'stage("shared", { trains: ["lora"], steps: 10, learningRate: 5e-5, objectives: { langauge: 1 } });',
    'UnknownOption<"langauge">',
  ],
  [
    "a value out of range",
    'stage("shared", { trains: ["lora"], steps: 0, learningRate: 5e-5 });',
    'OutOfRange<"steps is a whole number of at least 1">',
  ],
  [
    "a value above another option",
    'tghMoe({ tokenExperts: 4, topK: 5, tasks: ["report"] });',
    'OutOfRange<"topK is at most 4">',
  ],
  [
    "a value out of range inside the experiment",
    "defineExperiment({ ...parts, evaluation: { bootstrap: { resamples: 99 } } });",
    'OutOfRange<"resamples is a whole number of at least 100">',
  ],
  [
    "an objective of a sweep that the experiment does not measure",
    'defineSweep(defineExperiment(parts), { name: "s", objective: { metric: "report/rouge2", direction: "max" }, space: (s) => ({ "router.topK": s.int(1, 2) }) });',
    `Type '"report/rouge2"' is not assignable to type '"report/rouge1"'.`,
  ],
  [
    "a sampler of a sweep that there is not",
    'defineSweep(defineExperiment(parts), { name: "s", sampler: "gp", objective: { metric: "report/rouge1", direction: "max" }, space: (s) => ({ "router.balance": s.choice(["bias"]) }) });',
    `Type '"gp"' is not assignable to type`,
  ],
];

describe("what the compiler says of a mistake in a recipe", () => {
  const text = importing(
    builders,
    "ts/config/index.ts",
    `${parts}\n${mistakes.map(([, line]) => line).join("\n")}`,
  );
  const firstLine = text.split("\n").length - mistakes.length;
  let errors: readonly CompileError[];
  beforeAll(() => {
    errors = compileErrors(text);
  });

  it("is nothing where there is none", () => {
    expect(errors.filter(({ line }) => line < firstLine)).toEqual([]);
  });

  it.each(mistakes.map(([what, source, says], at) => [what, source, says, at] as const))(
    "is one error of at most two lines for %s",
    (_what, _source, says, at) => {
      const found = errors.filter(({ line }) => line === firstLine + at);
      expect(found).toHaveLength(1);
      expect(found[0]?.lines.length).toBeLessThanOrEqual(2);
      expect(found[0]?.lines.join("\n")).toContain(says);
      for (const line of found[0]?.lines ?? []) expect(line.length).toBeLessThan(400);
    },
  );
});
