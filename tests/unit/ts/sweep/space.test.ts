import fc from "fast-check";
import { canonicalJson } from "../../../../ts/schema/digest.ts";
import type { Dimension } from "../../../../ts/schema/sweep/plan.ts";
import { samplerOf } from "../../../../ts/sweep/index.ts";
import { dimensionsOf } from "../../../../ts/sweep/space.ts";
import { planOf } from "./fixtures.ts";

const one: Dimension = { kind: "choice", of: [1, 2, 3] };

describe("the options of a space", () => {
  it("are in the order of their paths, however they were written", () => {
    const path = fc.stringMatching(/^[a-z]+(\.[a-zA-Z0-9-]+)*$/);
    fc.assert(
      fc.property(fc.uniqueArray(path, { minLength: 1 }), (paths) => {
        const space = Object.fromEntries(paths.map((name) => [name, one]));
        const found = dimensionsOf(space).map(([name]) => name);
        expect(found).toEqual([...paths].sort());
        // As canonical JSON has them, which is what a ledger keeps.
        expect(Object.keys(JSON.parse(canonicalJson(space, "a space")) as object)).toEqual(
          Object.keys(JSON.parse(JSON.stringify(Object.fromEntries(dimensionsOf(space)))) as object),
        );
      }),
      { seed: 18 },
    );
  });

  it.each(["grid", "random"] as const)(
    "leave a sampler by %s its proposals behind a resume",
    async (sampler) => {
      const plan = planOf({ space: { zeta: one, alpha: { kind: "choice", of: ["a", "b"] } }, sampler });
      const kept = JSON.parse(canonicalJson(plan, "a plan")) as typeof plan;
      expect(Object.keys(kept.space)).toEqual(["alpha", "zeta"]);
      const before = { trials: [], points: [] };
      for (const trial of [0, 1, 2, 3, 4, 5]) {
        const [written, resumed] = [plan, kept].map((of) => samplerOf(of)?.propose(trial, before));
        expect(await resumed).toEqual(await written);
      }
    },
  );
});
