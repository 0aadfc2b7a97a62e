import { defineExperiment } from "../../../../../ts/config/build/experiment.ts";
import { reportTask } from "../../../../../ts/config/build/task.ts";
import { resolveExperiment } from "../../../../../ts/config/index.ts";
import type { RouterPolicy } from "../../../../../ts/schema/router.ts";
import { experiment } from "../experiment.ts";

const written = experiment().input;
const parts = {
  name: "x",
  data: written.data,
  model: written.model,
  router: written.router,
  stages: [],
  tasks: { report: reportTask({ metrics: ["rouge1"] }) },
} as const;

describe("defineExperiment", () => {
  it("is plain data that goes through JSON as it stands, tasks by their metrics", () => {
    const { kind, input } = defineExperiment(parts);
    expect(kind).toBe("experiment");
    expect(input.tasks).toEqual({ report: { metrics: ["rouge1"] } });
    expect(JSON.parse(JSON.stringify(input))).toEqual(input);
  });

  it("fills nothing in: all that nobody wrote is a default by its origin", () => {
    expect(Object.keys(defineExperiment(parts).input).sort()).toEqual(Object.keys(parts).sort());
    const { origins } = resolveExperiment(written);
    expect(origins).toMatchObject({
      "stages.0.routing": "default",
      "stages.1.routing": "default",
      "stages.0.volumesPerStep": "default",
      "stages.0.objectives.language": "default",
      "model.base.pretrain.0.objectives.patches": "recipe",
      "evaluation.bootstrap.seed": "default",
      "stages.0.name": "recipe",
    });
  });

  it("keeps a policy of one's own beside what is hashed", () => {
    const policy = { id: "mine/1" } as RouterPolicy;
    const own = defineExperiment({ ...parts, policy });
    expect(own.policy).toBe(policy);
    expect(own.input).not.toHaveProperty("policy");
    expect(defineExperiment(parts)).not.toHaveProperty("policy");
  });
});
