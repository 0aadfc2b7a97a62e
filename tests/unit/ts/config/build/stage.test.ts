import { pretrain2d, stage } from "../../../../../ts/config/build/stage.ts";
import { stageOptions } from "../../../../../ts/schema/options/stage.ts";
import { schemaOf } from "../../../../../ts/schema/options/zod.ts";

const written = { trains: ["language"], steps: 3, learningRate: 1e-3 } as const;

describe("a training phase", () => {
  it("is on volumes after the lift and on slices before it, and fills nothing in", () => {
    expect(stage("shared", written)).toEqual({ name: "shared", data: "volumes", ...written });
    expect(pretrain2d("flat", written)).toEqual({ name: "flat", data: "slices", ...written });
  });

  it("leaves its routing to the table, where it follows the name", () => {
    const schema = schemaOf(stageOptions);
    expect(schema.parse(stage("specific", written)).routing).toBe("per-task");
    expect(schema.parse(stage("shared", written)).routing).toBe("shared");
    expect(schema.parse(pretrain2d("flat", written))).toMatchObject({
      volumesPerStep: 16,
      objectives: { language: 1 },
    });
  });

  it("keeps one rate a component, and weights of facts by their name", () => {
    const rates = { taskExperts: 1e-3, tokenRouter: 1e-4 } as const;
    const objectives = { language: 1, "facts:phase": 0.5 } as const;
    const built = stage("specific", {
      trains: ["taskExperts", "tokenRouter"],
      steps: 3,
      learningRate: rates,
      objectives,
    });
    expect(built).toMatchObject({ learningRate: rates, objectives });
  });
});
