import fc from "fast-check";
import type { Dimension, PlainDimension } from "../../../../ts/schema/sweep/plan.ts";
import { checkPlan } from "../../../../ts/sweep/check-plan.ts";
import { gridOf, mostPoints } from "../../../../ts/sweep/grid.ts";
import { isPruned, type TrialPoint } from "../../../../ts/sweep/prune.ts";
import { blindSampler } from "../../../../ts/sweep/sampler.ts";
import { planOf } from "./fixtures.ts";

const finite = { noNaN: true, noDefaultInfinity: true } as const;

const floats: fc.Arbitrary<PlainDimension> = fc
  .tuple(
    fc.double({ min: 1e-6, max: 1e3, ...finite }),
    fc.double({ min: 1e-3, max: 1e3, ...finite }),
    fc.boolean(),
    fc.integer({ min: 2, max: 4 }),
  )
  .map(([low, width, log, points]) => ({ kind: "float", low, high: low + width, log, points }));
const ints: fc.Arbitrary<PlainDimension> = fc
  .tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 }))
  .map(([low, steps, step]) => ({ kind: "int", low, high: low + steps * step, step }));
const choices: fc.Arbitrary<PlainDimension> = fc
  .uniqueArray(fc.oneof(fc.string(), fc.integer(), fc.boolean()), {
    minLength: 1,
    maxLength: 3,
    selector: (one) => JSON.stringify(one),
  })
  .map((of) => ({ kind: "choice", of }));
const plain = fc.oneof(floats, ints, choices);

/** Two options, one that decides, and one that is there in one of its cases. */
const spaces: fc.Arbitrary<Readonly<Record<string, Dimension>>> = fc.tuple(plain, plain, plain).map(
  ([a, b, draws]): Readonly<Record<string, Dimension>> => ({
    a,
    b,
    way: { kind: "choice", of: ["x", "y"] },
    only: { kind: "when", option: "way", is: "x", draws },
  }),
);

function isWithin(dimension: PlainDimension, value: unknown): boolean {
  if (dimension.kind === "choice")
    return dimension.of.some((one) => JSON.stringify(one) === JSON.stringify(value));
  const { low, high } = dimension;
  if (typeof value !== "number" || value < low || value > high) return false;
  return dimension.kind === "float" || (value - low) % (dimension.step ?? 1) === 0;
}

const fits = (
  space: Readonly<Record<string, Dimension>>,
  assignment: Readonly<Record<string, unknown>>,
): boolean =>
  Object.entries(space).every(([path, dimension]) => {
    if (dimension.kind !== "when") return isWithin(dimension, assignment[path]);
    return assignment[dimension.option] === dimension.is
      ? isWithin(dimension.draws, assignment[path])
      : !(path in assignment);
  });

describe("whatever the space", () => {
  it("a plan that is found right proposes what fits it, at any number", () => {
    fc.assert(
      fc.property(
        spaces,
        fc.integer({ min: 0, max: 100_000 }),
        fc.integer({ min: 0, max: 9 }),
        (space, trial, seed) => {
          const plan = planOf({ space, seed });
          expect(checkPlan(plan)).toEqual([]);
          const assignment = blindSampler(plan).propose(trial);
          expect(fits(space, assignment)).toBe(true);
          expect(blindSampler(JSON.parse(JSON.stringify(plan))).propose(trial)).toEqual(assignment);
        },
      ),
      { seed: 18 },
    );
  });

  it("a grid has every point once, all of them fit, and its bound is one", () => {
    fc.assert(
      fc.property(spaces, (space) => {
        const points = gridOf(space);
        expect(points.every((point) => fits(space, point))).toBe(true);
        expect(new Set(points.map((point) => JSON.stringify(point))).size).toBe(points.length);
        expect(points.length).toBeLessThanOrEqual(mostPoints(space));
        expect(blindSampler(planOf({ space, sampler: "grid" })).most).toBe(points.length);
      }),
      { seed: 18 },
    );
  });
});

describe("whatever the values at a rung", () => {
  const values = fc.array(fc.double({ min: 0, max: 1, ...finite }), { minLength: 1, maxLength: 30 });

  it("ASHA never ends the best so far, lets at most its share of those after it go on, and decides once for all", () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 2, max: 4 }), (all, reduction) => {
        const plan = planOf({ pruner: { kind: "asha", minSteps: 5, reduction } });
        const points: TrialPoint[] = all.map((value, trial) => ({ trial, steps: 5, value }));
        points.forEach(({ trial, value }, at) => {
          const seen = points.slice(0, at + 1);
          const pruned = isPruned(plan, seen, trial);
          if (value === Math.max(...seen.map((point) => point.value))) expect(pruned).toBe(false);
          const better = seen.filter((point) => point.value > value).length;
          expect(pruned).toBe(better >= Math.max(1, Math.floor(seen.length / reduction)));
          // What comes later changes no verdict.
          expect(isPruned(plan, points, trial)).toBe(pruned);
        });
      }),
      { seed: 18 },
    );
  });
});
