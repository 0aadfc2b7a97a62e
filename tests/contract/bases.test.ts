// The suite of every base model: a base is a row of ts/config/bases, and comes with an example here.
import { baseOf } from "../../ts/config/bases/index.ts";
import { sourceProblems } from "../../ts/config/sources.ts";
import type { ExperimentConfig } from "../../ts/schema/experiment.ts";
import { modelOptions } from "../../ts/schema/options/model.ts";
import { componentNames } from "../../ts/schema/stage.ts";
import { resolvedWith } from "../unit/ts/run/fixtures.ts";

type BaseConfig = ExperimentConfig["model"]["base"];

const { config } = resolvedWith();
/** A new base does not compile without one. */
const examples: { readonly [K in BaseConfig["kind"]]: BaseConfig } = {
  "tiny-phi3v": config.model.base,
  checkpoint: { kind: "checkpoint", path: "weights/phi-3-vision" },
};

describe("every base", () => {
  it("that a recipe may name has an example here", () => {
    const kinds = modelOptions.base.of.map(({ options }) => options.kind.value);
    expect(Object.keys(examples).sort()).toEqual([...kinds].sort());
  });

  it.each(Object.entries(examples))("%s has components of the wire's, each once", (kind, example) => {
    expect(example.kind).toBe(kind);
    const { components } = baseOf({ model: { ...config.model, base: example } });
    expect(components.length).toBeGreaterThan(2);
    expect(new Set(components).size).toBe(components.length);
    expect(components.filter((name) => !componentNames.includes(name))).toEqual([]);
    // What the lift and the adapters add is not the base's.
    expect(components.filter((name) => /Expert|Router|lora/.test(name))).toEqual([]);
  });

  it.each(Object.entries(examples))("%s normalises each channel by finite numbers", (_kind, example) => {
    const { mean, std } = baseOf({ model: { ...config.model, base: example } }).pixels;
    expect([mean.length, std.length]).toEqual([3, 3]);
    expect([...mean, ...std].filter((value) => !Number.isFinite(value))).toEqual([]);
    expect(std.filter((value) => value <= 0)).toEqual([]);
  });

  it.each(Object.entries(examples))("%s gives its sizes, or says why it has none", (_kind, example) => {
    const { architecture, problems, title } = baseOf({ model: { ...config.model, base: example } });
    expect(title).not.toBe("");
    if (architecture === undefined) expect(problems.length).toBeGreaterThan(0);
    else {
      expect(problems).toEqual([]);
      expect(architecture.vision.blocksRead).toBeGreaterThan(0);
      expect(architecture.vision.blocksRead).toBeLessThanOrEqual(architecture.vision.layers);
      expect(architecture.language.heads % architecture.language.keyValueHeads).toBe(0);
    }
    for (const { path, message } of problems) {
      expect(path).toMatch(/^model\.base(?:\.|$)/);
      expect(message).not.toBe("");
    }
  });

  it.each(Object.entries(examples))(
    "%s pre-trains what it has, in phases of different names",
    (_kind, example) => {
      const { components, pretrain } = baseOf({ model: { ...config.model, base: example } });
      expect(new Set(pretrain.map(({ name }) => name)).size).toBe(pretrain.length);
      for (const { trains } of pretrain)
        expect(trains.filter((name) => !components.includes(name))).toEqual([]);
      if (pretrain.length > 0) expect(sourceProblems(config.data, true)).toEqual([]);
    },
  );
});
