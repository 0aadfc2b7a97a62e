import { zeroBiasPlan } from "../../../../../ts/router/index.ts";
import { checkLoad, planShape } from "../../../../../ts/router/plan/shape.ts";
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
      layers: [2, 5].map((block) => ({
        block,
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

  it.each([[{ experts: 0 }], [{ experts: 1.5 }], [{ groups: [] }], [{ blocks: [] }]])(
    "refuses a stage without a whole shape: %o",
    (change) => {
      expect(thrownBy(() => zeroBiasPlan({ ...specific, ...change }, { ...weights, topK: 1 }))).toMatchObject(
        { code: "ROUTER_SHAPE", message: expect.stringContaining('stage "specific" has') },
      );
    },
  );
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
