import type { JsonValue } from "../../../../../ts/errors.ts";
import { type Option, optionsOf } from "../../../../../ts/run/knobs/options.ts";
import { exampleFacts } from "../../../../support/base-facts.ts";
import { resolvedOn, resolvedWith } from "../fixtures.ts";

const all = optionsOf(resolvedWith().config);

function at(path: string, options: readonly Option[] = all): Option {
  const found = options.find((option) => option.path === path);
  if (found === undefined) throw new RangeError(`no option ${path}`);
  return found;
}

describe("optionsOf", () => {
  it("has a line for every leaf that the configuration says who decided, and no other", () => {
    const resolved = resolvedWith();
    const paths = optionsOf(resolved.config).map(({ path }) => path);
    expect(new Set(paths).size).toBe(paths.length);
    expect([...paths].sort()).toEqual(Object.keys(resolved.origins).sort());
  });

  it("has them under any base, what was found out about it as one leaf", () => {
    const resolved = resolvedOn(exampleFacts);
    const paths = optionsOf(resolved.config).map(({ path }) => path);
    expect([...paths].sort()).toEqual(Object.keys(resolved.origins).sort());
    expect(paths).toContain("model.base.facts");
  });

  it.each<readonly [path: string, value: JsonValue, kind: string, travels: string | undefined]>([
    ["stages.0.steps", 6, "whole", "stage.steps"],
    ["stages.1.clipNorm", 1, "number", "stage.clipNorm"],
    ["stages.0.optimizer.betas.1", 0.98, "number", "stage.optimizer.betas[]"],
    ["stages.0.optimizer.schedule", "cosine", "choice", "stage.optimizer.schedule"],
    ["stages.0.objectives.language", 1, "number", "stage.objectives[].weight"],
    ["stages.0.trains.2", "tokenRouter", "choice", undefined],
    ["model.base.pretrain.0.learningRate", 1e-3, "number", "stage.trains[].learningRate"],
    ["router.topK", 1, "whole", "plan.topK"],
    ["router.blocks.0", 1, "whole", undefined],
    ["data.sizeDHW.2", 24, "whole", undefined],
    ["model.lora", false, "constant", undefined],
  ])("finds the row of %s", (path, value, kind, travels) => {
    const option = at(path, optionsOf(resolvedWith("router.blocks=[1]").config));
    expect([option.row.kind, option.travels]).toEqual([kind, travels]);
    if (path !== "router.blocks.0") expect(option.value).toEqual(value);
  });

  it("sends a rate by name where one rate for all goes, and knows the name", () => {
    const rates = '{"taskExperts":0.001,"tokenRouter":0.002}';
    const option = at(
      "stages.1.learningRate.tokenRouter",
      optionsOf(resolvedWith(`stages.specific.learningRate=${rates}`).config),
    );
    expect(option).toMatchObject({
      key: "tokenRouter",
      value: 0.002,
      travels: "stage.trains[].learningRate",
      standard: undefined,
    });
  });

  it("takes the rows of what was written where there are several ways to write it", () => {
    const lora = '{"rank":4,"alpha":8}';
    const option = at("model.lora.rank", optionsOf(resolvedWith(`model.lora=${lora}`).config));
    expect([option.value, option.travels, option.row.kind]).toEqual([4, "model.lora.rank", "whole"]);
  });

  it.each<readonly [path: string, standard: JsonValue | undefined]>([
    ["stages.0.clipNorm", 1],
    ["stages.0.optimizer.epsilon", 1e-8],
    ["stages.0.optimizer.betas.0", 0.9],
    ["stages.0.routing", "shared"],
    ["stages.1.routing", "per-task"],
    ["stages.1.objectives.language", 1],
    ["stages.0.steps", undefined],
    ["router.topK", undefined],
    ["router.balanceLossWeight", 0],
    ["evaluation.maxNewTokens", 80],
    ["execution.diskWaitSeconds", 300],
  ])("knows what %s is when nobody writes it", (path, standard) => {
    expect(at(path).standard).toEqual(standard);
  });

  it("knows the other options of a group", () => {
    expect(at("router.topK").beside).toMatchObject({ tokenExperts: 2, balance: "bias" });
    expect(at("seed").beside).toMatchObject({ name: "small" });
  });
});
