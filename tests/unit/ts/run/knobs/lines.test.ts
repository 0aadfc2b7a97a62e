import { isAsked, linesOf, requireEffects, trainedOutcomes } from "../../../../../ts/run/knobs/lines.ts";
import { optionsOf } from "../../../../../ts/run/knobs/options.ts";
import type { Outcome, StageOutcome } from "../../../../../ts/run/knobs/outcome.ts";
import { caught } from "../../../../support/caught.ts";
import { resolvedWith } from "../fixtures.ts";
import { optionAt } from "./stages.ts";

const resolved = resolvedWith("stages.specific.weightDecay=0.1", "stages.shared.clipNorm=1");
const options = optionsOf(resolved.config);

const outcome = (path: string, change: Partial<Outcome> = {}): Outcome => ({
  path,
  tried: 0,
  effect: "none",
  change: 0,
  ...change,
});

const stage = (change: Partial<StageOutcome> = {}): StageOutcome => ({
  stage: "shared",
  path: "stages.0",
  secondsPerStep: 1,
  unreached: [],
  still: [],
  stray: [],
  idle: [],
  options: [],
  ...change,
});

describe("linesOf", () => {
  const lines = linesOf(resolved, options, {
    outcomes: [outcome("stages.1.weightDecay", { effect: "update", change: 0.25 })],
    dear: [optionAt("stages.0.optimizer.epsilon", resolved)],
  });
  const line = (path: string) => lines.find(({ option }) => option === path);

  it("has one for every option of the recipe, in its order", () => {
    expect(lines.map(({ option }) => option)).toEqual(options.map(({ path }) => path));
    expect(lines.map(({ option }) => option).sort()).toEqual(Object.keys(resolved.origins).sort());
  });

  it("says what was tried and what that changed", () => {
    expect(line("stages.1.weightDecay")).toEqual({
      option: "stages.1.weightDecay",
      value: 0.1,
      from: "--set",
      tried: 0,
      effect: "update",
      change: 0.25,
    });
  });

  it.each([
    ["stages.0.optimizer.epsilon", "not tried: trials cost at most 5 % of a run's steps"],
    ["stages.0.steps", "how long the stage is"],
    ["stages.1.routing", "which experts the stage has"],
    ["stages.0.optimizer.kind", "nothing else may stand there"],
    ["router.textWidth", "of the model: in its description and digest"],
    ["evaluation.maxNewTokens", "not of the training step"],
    ["router.route", "where items go: tried where it is asked for, unless the policy is your own"],
    ["stages.0.augment.flip", "no mirror image is made where no stage asks for one"],
    ["router.biasRate", "what a policy of your own makes of it is its own"],
    ["seed", "not of the training step"],
  ])("says why %s was not", (path, effect) => {
    expect(line(path)).toMatchObject({ tried: null, change: null, effect });
  });
});

describe("isAsked", () => {
  it.each([
    ["stages.1.weightDecay", true],
    // Written, and no other than nobody would have written.
    ["stages.0.clipNorm", false],
    ["stages.0.weightDecay", false],
    ["stages.0.checkpointEvery", true],
    ["router.topK", true],
  ])("%s: %s", (path, asked) => {
    expect(isAsked(resolved, optionAt(path, resolved))).toBe(asked);
  });
});

describe("requireEffects", () => {
  const require = (outcomes: readonly Outcome[], stages: readonly StageOutcome[] = []): void => {
    requireEffects(resolved, { options, outcomes, stages });
  };

  it("refuses what was asked for and does nothing, by its path in the recipe", async () => {
    const error = await caught(() => require([outcome("stages.1.weightDecay")]));
    expect(error).toMatchObject({
      code: "CONFIG_INVALID",
      what: "stages.1.weightDecay: 0.1 has no effect: at 0 loss and update are the same",
      details: {
        problems: [
          { path: "stages.1.weightDecay", message: "0.1 has no effect: at 0 loss and update are the same" },
        ],
      },
    });
    expect(error.hint).toContain("knobs.json");
    expect(error.exitCode).toBe(64);
  });

  it("lets stand what acts, what nobody wrote, and what has to be written", () => {
    require([
      outcome("stages.1.weightDecay", { effect: "update", change: 0.5 }),
      outcome("stages.0.weightDecay"),
      outcome("stages.0.clipNorm"),
      outcome("router.topK"),
      outcome("of.another.recipe"),
    ]);
  });

  it("refuses what is named as trained and gets no gradient, all problems at once", async () => {
    const error = await caught(() =>
      require([outcome("stages.1.weightDecay")], [
        stage({ idle: ["tokenRouter", "language"], unreached: ["a"], still: ["b"] }),
        stage({ path: "stages.1", idle: ["taskExperts"] }),
      ]),
    );
    expect(error.what.split("\n  ")).toEqual([
      "stages.1.weightDecay: 0.1 has no effect: at 0 loss and update are the same",
      'stages.0.trains: no gradient reaches "tokenRouter"',
      'stages.0.trains: no gradient reaches "language"',
      "stages.0.trains: no gradient reaches a",
      'stages.1.trains: no gradient reaches "taskExperts"',
    ]);
  });

  it("refuses single tensors that the loss does not depend on, the first of them in words and all in its details", async () => {
    const names = Array.from({ length: 11 }, (_, at) => `prompt_guide.${at}.weight`);
    const error = await caught(() => require([], [stage({ path: "stages.1", unreached: names })]));
    const message = `no gradient reaches ${names.slice(0, 8).join(", ")} and 3 more`;
    expect(error).toMatchObject({
      code: "CONFIG_INVALID",
      what: `stages.1.trains: ${message}`,
      details: { problems: [{ path: "stages.1.trains", message, tensors: names }] },
    });
    expect(error.hint).toContain("a stage may name a part of a component");
  });

  it("lets stand a gradient of 0 and experts that wait for a token: knobs.json names them", () => {
    require([], [stage({ still: ["fact_heads.out.side.bias", "vision.mlp.groups.report.router.weight"] })]);
  });

  it("takes a gradient of a frozen tensor for a bug of ours", async () => {
    const error = await caught(() => require([], [stage({ stray: ["projector.weight"] })]));
    expect(error).toMatchObject({ code: "INTERNAL", details: { tensors: ["projector.weight"] } });
  });
});

describe("trainedOutcomes", () => {
  it("says of each name that a stage trains whether a gradient came there", () => {
    expect(trainedOutcomes([stage({ idle: ["language"] })], options)).toEqual(
      [0, 1, 2, 3].map((at) => ({
        path: `stages.0.trains.${at}`,
        tried: null,
        effect: at === 3 ? "none" : "gradient",
        change: null,
      })),
    );
  });
});
