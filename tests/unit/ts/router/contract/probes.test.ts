import {
  probeContexts,
  probeEnd,
  probeLoads,
  probePrompts,
  probeSwitches,
} from "../../../../../ts/router/contract/probes.ts";
import { checkLoad, zeroBiasPlan } from "../../../../../ts/router/plan/shape.ts";
import { taskIds } from "../../../../../ts/schema/task.ts";

const weights = { topK: 1, balanceLossWeight: 0, zLossWeight: 0 };
const plans = probeContexts().map((context) => zeroBiasPlan(context, weights));

describe("the prompts a policy is asked", () => {
  const prompts = probePrompts();

  it("have options beside the text, options inside it, and neither", () => {
    expect(prompts.some(({ choices }) => choices !== undefined && choices.length === 4)).toBe(true);
    expect(prompts.some(({ text, choices }) => choices === undefined && /A\) .* B\) /.test(text))).toBe(true);
    expect(prompts.some(({ text, choices }) => choices === undefined && text.endsWith("?"))).toBe(true);
  });

  it("have nothing, blanks, noise and a text of thousands of characters among them", () => {
    expect(prompts.filter(({ text }) => text.trim() === "").map(({ text }) => text)).toEqual(["", "   \n\t"]);
    expect(prompts.map(({ text }) => text)).toContain("asdf qwer");
    expect(Math.max(...prompts.map(({ text }) => text.length))).toBeGreaterThan(4000);
  });

  it("are made anew for each policy, so that one that writes to them spoils them for no other", () => {
    expect(probePrompts()[0]).not.toBe(prompts[0]);
    expect(probePrompts()).toEqual(prompts);
  });
});

describe("the stages a policy plans for", () => {
  it("have one shared group, every task, and some of the tasks", () => {
    expect(probeContexts().map(({ groups }) => groups)).toEqual([
      ["shared"],
      [...taskIds],
      taskIds.slice(0, 2),
    ]);
  });

  it("have one layer and several, neighbours and apart, and different numbers of experts", () => {
    const contexts = probeContexts();
    expect(new Set(contexts.map(({ sites }) => sites.length)).size).toBe(contexts.length);
    expect(new Set(contexts.map(({ experts }) => experts)).size).toBe(contexts.length);
    for (const { sites } of contexts) expect(new Set(sites).size).toBe(sites.length);
  });
});

describe("the switches of stages a policy plans for", () => {
  it("have a shared group that stays one, one that is cloned for each task, and clones that stay apart", () => {
    const groups = probeSwitches().map(({ from, to }) => [from.groups.length, to.groups.length]);
    expect(groups).toEqual([
      [1, 1],
      [3, 3],
      [1, 3],
      [2, 2],
      [1, 2],
    ]);
    for (const { from, to } of probeSwitches()) {
      expect(from.sites).toEqual(to.sites);
      expect(from.experts).toBe(to.experts);
    }
  });

  it("come after plans whose biases all differ, from one another and from 0", () => {
    for (const plan of plans) {
      const biases = probeEnd(plan).layers.flatMap(({ biasGE }) => biasGE.flat());
      expect(new Set([...biases, 0]).size).toBe(biases.length + 1);
      expect(probeEnd(plan)).toMatchObject({ topK: plan.topK, groups: plan.groups });
    }
  });
});

describe("the loads a policy answers to", () => {
  it("are loads of the plan: its shape, whole counts, no step before it governs", () => {
    for (const plan of plans)
      for (const later of [plan, { ...plan, effectiveFromStep: 40 }])
        for (const load of probeLoads(later)) expect(() => checkLoad(later, load)).not.toThrow();
  });

  it("rise in their steps, from the plan's first on, so that they can be replayed", () => {
    for (const plan of plans) {
      const steps = probeLoads({ ...plan, effectiveFromStep: 3 }).map(({ step }) => step);
      expect(steps[0]).toBe(3);
      expect(new Set(steps).size).toBe(steps.length);
      expect([...steps].sort((a, b) => a - b)).toEqual(steps);
    }
  });

  it("are balanced, unbalanced to the utmost, without tokens in a group, and without any", () => {
    for (const plan of plans) {
      const spreads = probeLoads(plan).map(({ tokensLGE }) => {
        const counts = tokensLGE.flat(2);
        return [Math.min(...counts), Math.max(...counts)];
      });
      expect(spreads).toContainEqual([100, 100]);
      expect(spreads).toContainEqual([1, 1_000_000]);
      expect(spreads).toContainEqual([0, 0]);
      expect(probeLoads(plan)[2]?.tokensLGE[0]?.[0]?.every((count) => count === 0)).toBe(true);
    }
  });
});
