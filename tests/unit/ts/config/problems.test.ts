import type { Written } from "../../../../ts/config/place.ts";
import { problemsOf, raiseProblems } from "../../../../ts/config/problems.ts";
import { experimentSchema } from "../../../../ts/schema/experiment.ts";
import { experiment, raised } from "./experiment.ts";

const places: Written = { value: {}, setPaths: [] };
const issuesOf = (value: unknown) => experimentSchema.safeParse(value).error?.issues ?? [];

describe("problemsOf", () => {
  it("makes one problem a key, with the known key that is meant, wherever in the experiment it stands", () => {
    const { input } = experiment();
    const router = { ...input.router, topk: 2, zLosWeight: 0 };
    expect(problemsOf(issuesOf({ ...input, router, exection: {} }))).toEqual([
      { path: "router.topk", message: "unknown key", didYouMean: "topK" },
      { path: "router.zLosWeight", message: "unknown key", didYouMean: "zLossWeight" },
      { path: "exection", message: "unknown key", didYouMean: "execution" },
    ]);
  });

  it("guesses nothing where nothing is near", () => {
    const [problem] = problemsOf(issuesOf({ ...experiment().input, somethingElseAltogether: 1 }));
    expect(problem).toEqual({ path: "somethingElseAltogether", message: "unknown key" });
  });

  it("tells of several ways to write a value what is wrong with the one that fits best", () => {
    const [first] = experiment().input.stages;
    const stages = [{ ...first, learningRate: { lora: -1 } }];
    expect(problemsOf(issuesOf({ ...experiment().input, stages }))).toEqual([
      { path: "stages.0.learningRate.lora", message: "must be a number above 0" },
    ]);
  });
});

describe("raiseProblems", () => {
  it("tells one problem in one line, and more with their number", () => {
    const one = raised(() => raiseProblems([{ path: "seed", message: "no seed" }], places));
    expect(one.message).toBe("[CONFIG_INVALID] seed: no seed");
    const two = [
      { path: "seed", message: "no seed" },
      { path: "", message: "unknown key", didYouMean: "seed" },
    ];
    expect(raised(() => raiseProblems(two, places)).message).toBe(
      '[CONFIG_INVALID] 2 problems in the experiment:\n  seed: no seed\n  experiment: unknown key; did you mean "seed"?',
    );
  });

  it("says where each was written: by an override, or in the recipe at its line", () => {
    const written: Written = {
      value: { seed: -1, router: { topK: 0 } },
      setPaths: ["router.topK"],
      source: { file: "a.ts", text: "export const x = {\n  seed: -1,\n};\n" },
    };
    const problems = [
      { path: "seed", message: "too small" },
      { path: "router.topK", message: "too small" },
    ];
    const error = raised(() => raiseProblems(problems, written));
    expect(error.message).toContain("a.ts:2: seed: too small\n  --set router.topK: too small");
    expect(error.details.problems).toEqual([
      { path: "seed", message: "too small", file: "a.ts", line: 2 },
      { path: "router.topK", message: "too small", from: "--set" },
    ]);
  });

  it("has a code of its own where keys alone are wrong", () => {
    const unknown = { path: "x", message: "unknown key" };
    expect(raised(() => raiseProblems([unknown], places)).code).toBe("CONFIG_UNKNOWN_KEY");
    expect(raised(() => raiseProblems([unknown, { path: "y", message: "no" }], places)).code).toBe(
      "CONFIG_INVALID",
    );
  });
});
