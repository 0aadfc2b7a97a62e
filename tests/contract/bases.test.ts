// The suite of every base model: a base is a row of ts/config/bases, and comes with an example here.

import { baseOf } from "../../ts/config/bases/index.ts";
import { sourceProblems } from "../../ts/config/sources.ts";
import type { ExperimentConfig } from "../../ts/schema/experiment.ts";
import { modelOptions } from "../../ts/schema/options/model.ts";
import { componentNames } from "../../ts/schema/stage.ts";
import { encodeModelSpec } from "../../ts/worker/wire/encode.ts";
import { model } from "../fixtures/messages/nouns.ts";
import { exampleFacts } from "../support/base-facts.ts";
import { resolvedWith } from "../unit/ts/run/fixtures.ts";

type BaseConfig = ExperimentConfig["model"]["base"];

const { config } = resolvedWith();
/** A new base does not compile without one. */
const examples: { readonly [K in BaseConfig["kind"]]: BaseConfig } = {
  "tiny-phi3v": config.model.base,
  weights: { kind: "weights", name: "some-weights", pretrain: [], redraw: ["vision"], facts: exampleFacts },
  folder: { kind: "folder", path: "weights/phi-3-vision", pretrain: [], redraw: [], facts: exampleFacts },
  run: {
    kind: "run",
    run: "latest",
    facts: {
      runId: "20261128-000000-small-aaaa",
      checkpoint: "000001-shared-00000002",
      weightsDigest: "d".repeat(64),
      lifted: true,
      routing: "shared",
      base: config.model.base as Exclude<BaseConfig, { readonly kind: "run" }>,
    },
  },
};

describe("every base", () => {
  it("that a recipe may name has an example here", () => {
    const kinds = modelOptions.base.of.map(({ options }) => options.kind.value);
    expect(Object.keys(examples).sort()).toEqual([...kinds].sort());
  });

  it.each(Object.keys(examples))(
    "%s that was not opened is refused, unless its recipe says it all",
    (kind) => {
      const { facts: _facts, ...bare } = examples[kind as BaseConfig["kind"]] as { readonly facts?: unknown };
      const { architecture, problems, toOpen } = baseOf({
        model: { ...config.model, base: bare as BaseConfig },
      });
      expect(architecture === undefined).toBe(toOpen !== undefined);
      expect(problems.map(({ message }) => /was not opened/.test(message))).toEqual(
        toOpen === undefined ? [] : [true],
      );
    },
  );

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
      expect(architecture.blocksRead).toBeGreaterThan(0);
      expect(architecture.imageSize % architecture.patchSize).toBe(0);
      expect(architecture.tokensPerSlice).toBeLessThan(architecture.maxPositions);
      const spec = architecture.spec({ vocab: 300, separators: false });
      expect(encodeModelSpec({ ...model, base: spec })).toBeDefined();
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
        expect(trains.filter((name) => !components.some((own) => own === name))).toEqual([]);
      if (pretrain.length > 0) expect(sourceProblems(config.data, true)).toEqual([]);
    },
  );
});
