import {
  differences,
  digestOf,
  type GoldenCurve,
  goldenCurve,
  largestDifference,
  type MachineKind,
} from "../support/golden-curve.ts";
import { listed, repoText } from "../support/source-tree.ts";

describe("the golden curve", () => {
  const golden = goldenCurve();

  it("is named by its digest, and LOG.md says under a date why it is this one", () => {
    expect(golden.digest).toBe(digestOf(golden.losses));
    const entry = repoText("ts/recipes/LOG.md")
      .split(/^(?=## )/m)
      .find((text) => text.includes(`curve ${golden.digest}`));
    expect(entry ?? "no entry").toMatch(/^## \d{4}-\d\d-\d\d: \S+ \S+/);
  });

  it("has every stage of the recipe with its objectives, each value finite and above zero", () => {
    const recipe = repoText(golden.recipe);
    expect(Object.keys(golden.losses)).toEqual(
      [...recipe.matchAll(/(?:pretrain2d|stage)\("([\w-]+)"/g)].map((match) => match[1]),
    );
    for (const ofStage of Object.values(golden.losses)) {
      expect(Object.keys(ofStage)).toContain("loss");
      for (const values of Object.values(ofStage))
        expect(values.filter((value) => !(Number.isFinite(value) && value > 0))).toEqual([]);
    }
  });

  it("says on what kind of machine it was made, and how much another kind may differ", () => {
    const { architecture, vendor, vectorFlags, cpuCapability, torch, threads } = golden.madeOn;
    expect([architecture, vendor, cpuCapability, torch].filter((text) => text === "")).toEqual([]);
    expect(vectorFlags.length).toBeGreaterThan(0);
    expect(threads).toBe(1);
    expect(golden.relativeTolerance).toBeGreaterThan(0);
    expect(golden.relativeTolerance).toBeLessThanOrEqual(1e-3);
  });
});

describe("a run beside the golden curve", () => {
  const kind: MachineKind = {
    architecture: "x64",
    vendor: "A",
    vectorFlags: ["avx2"],
    cpuCapability: "AVX2",
    torch: "2.13.0",
    threads: 1,
  };
  const losses = { shared: { loss: [2, 1], "loss.facts": [0.5, 0.25] } };
  const golden: GoldenCurve = {
    recipe: "toy.ts",
    madeOn: kind,
    relativeTolerance: 1e-3,
    digest: digestOf(losses),
    losses,
  };
  const off = (by: number) => ({ shared: { loss: [2, 1 + by], "loss.facts": [0.5, 0.25] } });

  it("differs by any bit on the machine kind that made it", () => {
    expect(differences(golden, losses, kind)).toEqual([]);
    expect(differences(golden, off(2 ** -52), kind)).toEqual([
      "shared loss at step 1: 1.0000000000000002, the curve has 1 (tolerance 0)",
    ]);
  });

  it("differs elsewhere by more than the stated share of a value, or by what is no number", () => {
    const other = { ...kind, torch: "2.14.0" };
    expect(differences(golden, off(0.0009), other)).toEqual([]);
    expect(differences(golden, off(0.0011), other)).toEqual([
      "shared loss at step 1: 1.0011, the curve has 1 (tolerance 0.001)",
    ]);
    expect(differences(golden, off(Number.NaN), other)).toHaveLength(1);
  });

  it("differs as a whole when it has other stages, objectives or steps", () => {
    const shorter = { shared: { loss: [2], "loss.facts": [0.5, 0.25] } };
    expect(differences(golden, shorter, kind)).toEqual([
      "the run has shared loss, 1 steps; shared loss.facts, 2 steps",
      "the curve has shared loss, 2 steps; shared loss.facts, 2 steps",
    ]);
    expect(differences(golden, {}, kind)).toHaveLength(2);
  });

  it("has another digest as soon as one value is another, and the largest difference says by how much", () => {
    expect(digestOf(losses)).toMatch(/^[0-9a-f]{12}$/);
    expect(digestOf(off(2 ** -52))).not.toBe(digestOf(losses));
    expect(largestDifference(losses, off(0.5))).toBe(0.5);
    expect(listed(differences(golden, off(0.5), kind))).toContain("step 1");
  });
});
