import fc from "fast-check";
import { carriedPlan, zeroBiasPlan } from "../../../../../ts/router/index.ts";
import { checkLoad, choosingFewer, planShape } from "../../../../../ts/router/plan/shape.ts";
import { loadOf, specific, thrownBy } from "../../../../support/router-policies.ts";

const weights = { topK: 2, balanceLossWeight: 0, zLossWeight: 0.001 };
const plan = zeroBiasPlan(specific, weights);

describe("a stage's first plan", () => {
  it("has zero biases for each layer, group and expert, and governs from step 0", () => {
    expect(plan).toEqual({
      effectiveFromStep: 0,
      topK: 2,
      balanceLossWeight: 0,
      zLossWeight: 0.001,
      groups: ["report", "closed-vqa", "open-vqa"],
      layers: ["vision.blocks.2.mlp", "vision.blocks.5.mlp"].map((site) => ({
        site,
        biasGE: [
          [0, 0, 0, 0],
          [0, 0, 0, 0],
          [0, 0, 0, 0],
        ],
      })),
    });
    expect(planShape(plan)).toBe("2 x 3 x 4");
  });

  it("refuses more experts per token than there are", () => {
    expect(thrownBy(() => zeroBiasPlan(specific, { ...weights, topK: 5 }))).toMatchObject({
      code: "ROUTER_SHAPE",
      message: '[ROUTER_SHAPE] topK 5 is more than the 4 experts of stage "specific"',
      details: { topK: 5, experts: 4 },
    });
  });

  it.each([[{ experts: 0 }], [{ experts: 1.5 }], [{ groups: [] }], [{ sites: [] }]])(
    "refuses a stage without a whole shape: %o",
    (change) => {
      expect(thrownBy(() => zeroBiasPlan({ ...specific, ...change }, { ...weights, topK: 1 }))).toMatchObject(
        { code: "ROUTER_SHAPE", message: expect.stringContaining('stage "specific" has') },
      );
    },
  );
});

describe("the first plan of a stage that follows another", () => {
  const shared = { ...specific, stage: "shared", groups: ["shared"] };
  const bias = fc.double({ noNaN: true, min: -1, max: 1 });
  const biasesOf = (groups: number) =>
    fc.array(
      fc.array(fc.array(bias, { minLength: 4, maxLength: 4 }), { minLength: groups, maxLength: groups }),
      { minLength: 2, maxLength: 2 },
    );
  const under = (groups: readonly string[], biasLGE: readonly (readonly (readonly number[])[])[]) => ({
    ...zeroBiasPlan({ ...specific, groups }, weights),
    effectiveFromStep: 300,
    layers: ["vision.blocks.2.mlp", "vision.blocks.5.mlp"].map((site, l) => ({
      site,
      biasGE: biasLGE[l] ?? [],
    })),
  });

  it("has the shared group's biases in every task's group, layer by layer", () => {
    fc.assert(
      fc.property(biasesOf(1), (biasLGE) => {
        const first = carriedPlan(specific, under(["shared"], biasLGE), weights);
        expect(first).toMatchObject({ effectiveFromStep: 0, groups: specific.groups, topK: 2 });
        expect(first.layers).toEqual(
          ["vision.blocks.2.mlp", "vision.blocks.5.mlp"].map((site, l) => ({
            site,
            biasGE: specific.groups.map(() => biasLGE[l]?.[0]),
          })),
        );
      }),
      { seed: 20261128 },
    );
  });

  it("keeps each group's own biases where the groups stay, whatever their order", () => {
    fc.assert(
      fc.property(biasesOf(1), biasesOf(3), (one, three) => {
        expect(carriedPlan(shared, under(["shared"], one), weights).layers).toEqual(
          under(["shared"], one).layers,
        );
        const turned = { ...specific, groups: specific.groups.toReversed() };
        expect(carriedPlan(turned, under(specific.groups, three), weights).layers).toEqual(
          ["vision.blocks.2.mlp", "vision.blocks.5.mlp"].map((site, l) => ({
            site,
            biasGE: three[l]?.toReversed(),
          })),
        );
      }),
      { seed: 20261128 },
    );
  });

  it("has zero biases where no stage with experts was before", () => {
    expect(carriedPlan(specific, null, weights)).toEqual(plan);
  });

  it.each([
    ["another site", { ...specific, sites: ["vision.blocks.2.mlp", "vision.blocks.6.mlp"] }],
    ["another number of experts", { ...specific, experts: 5 }],
    ["a task that had no group", { ...specific, groups: ["report", "closed-vqa", "poem"] }],
  ])("is refused for %s", (_what, context) => {
    const previous = zeroBiasPlan(specific, weights);
    expect(thrownBy(() => carriedPlan(context, previous, weights))).toMatchObject({
      code: "ROUTER_SHAPE",
      message: expect.stringMatching(
        /^\[ROUTER_SHAPE\] stage "specific" cannot go on from a plan of 2 x 3 x 4 /,
      ),
      hint: "Between stages the experts stay as they are, or one shared group is cloned for each task.",
    });
  });
});

describe("an expert load", () => {
  it("fits a plan of its shape", () => {
    expect(
      thrownBy(() =>
        checkLoad(
          plan,
          loadOf(plan, 0, () => 7),
        ),
      ),
    ).toBeUndefined();
  });

  it.each([
    [
      "layers",
      {
        step: 3,
        tokensLGE: [
          [
            [1, 1, 1, 1],
            [1, 1, 1, 1],
            [1, 1, 1, 1],
          ],
        ],
      },
      "1 x 3 x 4",
    ],
    ["groups", { step: 3, tokensLGE: [[[1, 1, 1, 1]], [[1, 1, 1, 1]]] }, "2 x 1 x 4"],
    [
      "experts",
      {
        step: 3,
        tokensLGE: [0, 1].map(() => [
          [1, 1],
          [1, 1],
          [1, 1],
        ]),
      },
      "2 x 3 x 2",
    ],
  ])("of other %s is refused with both shapes", (_what, load, found) => {
    expect(thrownBy(() => checkLoad(plan, load))).toMatchObject({
      code: "ROUTER_SHAPE",
      message: `[ROUTER_SHAPE] the expert load of step 3 is ${found} (layers x groups x experts), the plan 2 x 3 x 4`,
    });
  });

  it.each([[-1], [0.5], [Number.NaN]])("of %d tokens is refused", (tokens) => {
    expect(
      thrownBy(() =>
        checkLoad(
          plan,
          loadOf(plan, 3, () => tokens),
        ),
      ),
    ).toMatchObject({
      code: "ROUTER_SHAPE",
      message: `[ROUTER_SHAPE] the expert load of step 3 holds ${tokens}: token counts are whole numbers of at least 0`,
    });
  });

  it("of a step before the plan governs is refused as stale", () => {
    expect(
      thrownBy(() =>
        checkLoad(
          { ...plan, effectiveFromStep: 9 },
          loadOf(plan, 8, () => 1),
        ),
      ),
    ).toMatchObject({
      code: "ROUTER_PLAN_STALE",
      message: "[ROUTER_PLAN_STALE] the load is of step 8, the plan governs from step 9",
    });
  });
});

describe("a plan under which a token has fewer experts", () => {
  it("governs from the step that is named, its biases as they are; one that chooses no more stays the very plan", () => {
    expect(choosingFewer(plan, 1, 9)).toEqual({ ...plan, topK: 1, effectiveFromStep: 9 });
    expect(choosingFewer(plan, 2, 9)).toBe(plan);
    expect(choosingFewer(plan, 4, 9)).toBe(plan);
  });
});
