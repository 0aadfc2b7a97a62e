import { resolveExperiment } from "../../../../ts/config/index.ts";
import { higherIsBetter, measuredOf, measures, validatedTasks } from "../../../../ts/config/measured.ts";
import { experiment, raised } from "./experiment.ts";

const recipe = {
  tasks: { report: { metrics: ["rouge1", "rouge1.stem"] }, "closed-vqa": { metrics: ["accuracy"] } },
} as const;

describe("measuredOf", () => {
  it("names the numbers of each task as a scorecard does, tasks in the order of their table", () => {
    expect(measuredOf(recipe)).toEqual([
      "report/rouge1",
      "report/rouge1.stem",
      "closed-vqa/accuracy.micro",
      "closed-vqa/accuracy.macro",
    ]);
  });
});

describe("measures", () => {
  it.each([
    ["report/rouge1", true],
    ["closed-vqa/accuracy.macro", true],
    ["closed-vqa/type.plane", true],
    ["closed-vqa/accuracy", false],
    ["closed-vqa/type.", false],
    ["report/type.plane", false],
    ["open-vqa/exact", false],
    ["report/bleu1", false],
    ["rouge1", false],
    ["", false],
  ])("%s: %s", (metric, expected) => {
    expect(measures(recipe, metric)).toBe(expected);
  });
});

describe("validatedTasks", () => {
  const validation = { every: 1, volumes: 0, monitor: "loss", patience: 0 };

  it("are none without a validation, else those with options, or those that are named", () => {
    expect(validatedTasks(recipe)).toEqual({});
    expect(validatedTasks({ ...recipe, validation })).toEqual({ "closed-vqa": { metrics: ["accuracy"] } });
    expect(validatedTasks({ ...recipe, validation: { ...validation, tasks: ["report"] } })).toEqual({
      report: { metrics: ["rouge1", "rouge1.stem"] },
    });
    expect(validatedTasks({ ...recipe, validation: { ...validation, tasks: [] } })).toEqual({});
  });

  it("leave out metrics that two texts are not enough for, and a task that has no other", () => {
    const tasks = { report: { metrics: ["meteor", "rouge1"] }, "open-vqa": { metrics: ["meteor"] } } as const;
    const asked = { ...validation, tasks: ["report", "open-vqa"] } as const;
    expect(validatedTasks({ tasks, validation: asked })).toEqual({ report: { metrics: ["rouge1"] } });
  });
});

describe("higherIsBetter", () => {
  it.each([
    ["loss", false],
    ["closed-vqa/accuracy.micro", true],
    ["closed-vqa/type.plane", true],
    ["report/rouge1.stem", true],
    ["report/never", false],
  ])("%s: %s", (number, expected) => {
    expect(higherIsBetter(number)).toBe(expected);
  });
});

describe("a validation that cannot be", () => {
  const problemsOf = (...set: readonly string[]): readonly string[] => {
    const { details } = raised(() => resolveExperiment(experiment().input, { set }));
    return (details.problems ?? []).map(({ path, message }) => `${path}: ${message}`);
  };
  const valid = 'validation={"every":2}',
    cases = "data.volumes.validation=1";

  it("is refused before anything is read where the recipe gives its split no case", () => {
    expect(problemsOf(valid)).toEqual([
      "validation: the data have no case in the split it is measured on: give it some, or leave it out",
    ]);
    expect(() => resolveExperiment(experiment().input, { set: [valid, cases] })).not.toThrow();
  });

  it.each([
    [
      "a task that is not scored",
      'validation.tasks=["open-vqa"]',
      "validation.tasks: open-vqa is not scored by this recipe",
    ],
    [
      "a number that nobody measures",
      'validation.monitor="closed-vqa/acuracy.micro"',
      'validation.monitor: "closed-vqa/acuracy.micro" is not measured, did you mean "closed-vqa/accuracy.micro"?; it is one of loss, closed-vqa/accuracy.micro, closed-vqa/accuracy.macro',
    ],
    [
      "a number of a task that it does not ask",
      'validation.monitor="report/rouge1"',
      'validation.monitor: "report/rouge1" is not measured; it is one of loss, closed-vqa/accuracy.micro, closed-vqa/accuracy.macro',
    ],
  ])("names %s", (_what, set, problem) => {
    expect(problemsOf(valid, cases, set)).toEqual([problem]);
  });

  it("has no loss without a stage that trains language on volumes", () => {
    const facts = ["shared", "specific"].map((stage) => `stages.${stage}.objectives={"facts":1}`);
    const trains = ['stages.shared.trains=["upperVision","tokenExperts"]'];
    expect(problemsOf(valid, cases, ...facts, ...trains)).toEqual([
      "validation: no stage on volumes has the objective language, which its loss is of",
    ]);
  });
});
