import fc from "fast-check";
import { balanceByBias, zeroBiasPlan } from "../../../../../ts/router/index.ts";
import { loadOf, specific } from "../../../../support/router-policies.ts";

const plan = zeroBiasPlan(specific, { topK: 2, balanceLossWeight: 0, zLossWeight: 0 });

describe("loss-free balancing", () => {
  it("raises the bias of experts below the mean load and lowers that of experts above it, by the rate", () => {
    const next = balanceByBias(
      plan,
      loadOf(plan, 4, (_l, _g, e) => [10, 20, 30, 20][e] ?? 0),
      0.001,
      1,
    );
    expect(next.layers[0]?.biasGE[0]).toEqual([0.001, 0, -0.001, 0]);
    expect(next.effectiveFromStep).toBe(5);
  });

  it("judges every layer and group against its own mean", () => {
    const next = balanceByBias(
      plan,
      loadOf(plan, 0, (l, g, e) => (e === (l + g) % 4 ? 1000 * (l + 1) : 1)),
      0.5,
      1,
    );
    for (const [l, layer] of next.layers.entries()) {
      for (const [g, biasE] of layer.biasGE.entries())
        expect(biasE.map((bias) => Math.sign(bias))).toEqual(
          [0, 1, 2, 3].map((e) => (e === (l + g) % 4 ? -1 : 1)),
        );
    }
  });

  it("leaves a group without tokens as it was", () => {
    const biased = {
      ...plan,
      layers: plan.layers.map((layer) => ({ ...layer, biasGE: layer.biasGE.map(() => [0.3, -0.1, 0, 0.2]) })),
    };
    const next = balanceByBias(
      biased,
      loadOf(plan, 0, (_l, g, e) => (g === 1 ? 0 : e)),
      0.01,
      1,
    );
    for (const layer of next.layers) {
      expect(layer.biasGE[1]).toEqual([0.3, -0.1, 0, 0.2]);
      expect(layer.biasGE[0]).not.toEqual([0.3, -0.1, 0, 0.2]);
    }
  });

  it("takes effect planLag steps after the load's step", () => {
    for (const planLag of [1, 2, 5])
      expect(
        balanceByBias(
          plan,
          loadOf(plan, 7, () => 1),
          0.001,
          planLag,
        ).effectiveFromStep,
      ).toBe(7 + planLag);
  });

  it("moves every bias by the rate or not at all, and never beyond it", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100_000), { minLength: 24, maxLength: 24 }), (tokens) => {
        const next = balanceByBias(
          plan,
          loadOf(plan, 0, (l, g, e) => tokens[12 * l + 4 * g + e] ?? 0),
          0.25,
          1,
        );
        for (const bias of next.layers.flatMap((layer) => layer.biasGE.flat()))
          expect([-0.25, 0, 0.25]).toContain(bias);
      }),
      { seed: 3 },
    );
  });

  it("evens out a router that favours two of four experts, within 200 steps", () => {
    // Each token has four scores and takes the two highest after the bias; the favourites score 0.2 more.
    const one = zeroBiasPlan(
      { stage: "shared", groups: ["shared"], sites: ["vision.blocks.1.mlp"], experts: 4 },
      { topK: 2, balanceLossWeight: 0, zLossWeight: 0 },
    );
    const scores = Array.from({ length: 400 }, (_, token) =>
      [0.2, 0.2, 0, 0].map((favour, e) => favour + 0.5 * (((token + 1) * (e + 3) * 0.618034) % 1)),
    );
    const loadUnder = (current: typeof one, step: number) => {
      const tokens = [0, 0, 0, 0];
      const biasE = current.layers[0]?.biasGE[0] ?? [];
      for (const row of scores) {
        const order = [0, 1, 2, 3].sort(
          (a, b) => (row[b] ?? 0) + (biasE[b] ?? 0) - (row[a] ?? 0) - (biasE[a] ?? 0),
        );
        for (const e of order.slice(0, 2)) tokens[e] = (tokens[e] ?? 0) + 1;
      }
      return { step, tokensLGE: [[tokens]] };
    };
    const spreadOf = (tokens: readonly number[]): number => Math.max(...tokens) / Math.min(...tokens);
    let current = one;
    const before = spreadOf(loadUnder(current, 0).tokensLGE[0]?.[0] ?? []);
    for (let step = 0; step < 200; step++)
      current = balanceByBias(current, loadUnder(current, step), 0.002, 1);
    expect(before).toBeGreaterThan(2);
    expect(spreadOf(loadUnder(current, 200).tokensLGE[0]?.[0] ?? [])).toBeLessThan(1.1);
  });
});
