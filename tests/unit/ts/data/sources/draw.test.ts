import { type DrawnCase, drawSplit } from "../../../../../ts/data/sources/draw.ts";
import { seeded } from "../../../../support/body-voxels.ts";
import { caught } from "../../../../support/caught.ts";

const shares = { train: 0.7, validation: 0.1, test: 0.2 };

const caseOf = (id: string, patient: string, more: Partial<DrawnCase> = {}): DrawnCase => ({
  id,
  patient,
  reports: [],
  strata: [],
  ...more,
});

/** Patients with one to four cases each, some of which share a report with another patient's. */
function cohort(patients: number, seed: number): readonly DrawnCase[] {
  const next = seeded(seed);
  return Array.from({ length: patients }, (_, patient) =>
    Array.from({ length: 1 + Math.floor(4 * next()) }, (__, at) =>
      caseOf(`${patient}-${at}`, `p${patient}`, {
        reports: [next() < 0.1 ? `shared ${Math.floor(20 * next())}` : `own ${patient}-${at}`],
        strata: [next() < 0.05 ? "rare" : "common", ...(next() < 0.5 ? ["half"] : [])],
      }),
    ),
  ).flat();
}

describe("a split that is drawn", () => {
  it.each([1, 2, 3])("never parts a patient, nor patients with an equal report (seed %d)", (seed) => {
    const cases = cohort(200, seed);
    const { splitOf } = drawSplit(cases, { shares, by: "report", seed });
    expect(splitOf.size).toBe(cases.length);
    for (const key of ["patient", "report"] as const) {
      const seen = new Map<string, Set<string | undefined>>();
      for (const one of cases)
        for (const name of key === "patient" ? [one.patient] : one.reports)
          seen.set(name, (seen.get(name) ?? new Set()).add(splitOf.get(one.id)));
      expect([...seen.values()].every((splits) => splits.size === 1)).toBe(true);
    }
  });

  it("may part patients with an equal report where patients alone are kept", () => {
    const cases = Array.from({ length: 100 }, (_, at) => caseOf(`c${at}`, `p${at}`, { reports: ["same"] }));
    const { splitOf, groups } = drawSplit(cases, { shares, by: "patient", seed: 1 });
    expect(new Set(splitOf.values()).size).toBe(3);
    expect(groups).toEqual({ count: 100, largestCases: 1 });
    expect(
      drawSplit([...cases, caseOf("x", "x"), caseOf("y", "y")], { shares, by: "report", seed: 1 }).groups,
    ).toEqual({
      count: 3,
      largestCases: 100,
    });
  });

  it("has its shares of cases and of every stratum, as near as groups allow", () => {
    const cases = cohort(600, 5);
    const { splitOf } = drawSplit(cases, { shares, by: "patient", seed: 9 });
    for (const stratum of ["rare", "common", "half"]) {
      const mine = cases.filter(({ strata }) => strata.includes(stratum));
      for (const [name, share] of Object.entries(shares)) {
        const part = mine.filter(({ id }) => splitOf.get(id) === name).length / mine.length;
        expect(Math.abs(part - share)).toBeLessThan(stratum === "rare" ? 0.05 : 0.02);
      }
    }
  });

  it("is the same for a seed, and another for another", () => {
    const cases = cohort(60, 3);
    const drawn = (seed: number): string =>
      JSON.stringify([...drawSplit(cases, { shares, by: "report", seed }).splitOf].sort());
    expect(drawn(4)).toBe(drawn(4));
    expect(drawn(5)).not.toBe(drawn(4));
  });

  it("fills every split that has a share, and no other", () => {
    const three = ["a", "b", "c"].map((id) => caseOf(id, id));
    expect([...drawSplit(three, { shares, by: "report", seed: 0 }).splitOf.values()].sort()).toEqual([
      "test",
      "train",
      "validation",
    ]);
    const two = drawSplit(three, { shares: { train: 0.5, validation: 0, test: 0.5 }, by: "report", seed: 0 });
    expect(new Set(two.splitOf.values())).toEqual(new Set(["train", "test"]));
  });

  it("joins in chains: of two that each share with a third, none is parted", () => {
    const chain = [
      caseOf("a", "p1", { reports: ["x"] }),
      caseOf("b", "p2", { reports: ["x", "y"] }),
      caseOf("c", "p3", { reports: ["y"] }),
      caseOf("d", "p4"),
      caseOf("e", "p5"),
    ];
    const { splitOf, groups } = drawSplit(chain, { shares, by: "report", seed: 2 });
    expect(groups).toEqual({ count: 3, largestCases: 3 });
    expect(new Set(["a", "b", "c"].map((id) => splitOf.get(id))).size).toBe(1);
  });

  it("is refused where there are fewer groups than splits, with the way out", async () => {
    const two = [caseOf("a", "p"), caseOf("b", "p"), caseOf("c", "q")];
    const error = await caught(() => drawSplit(two, { shares, by: "report", seed: 0 }));
    expect([error.code, error.exitCode]).toEqual(["DATA_EMPTY", 65]);
    expect(error.hint).toContain("--by patient");
    expect((await caught(() => drawSplit([], { shares, by: "patient", seed: 0 }))).code).toBe("DATA_EMPTY");
  });

  it("is drawn over tens of thousands of cases at once", () => {
    const cases = cohort(20_000, 7);
    expect(drawSplit(cases, { shares, by: "report", seed: 1 }).splitOf.size).toBe(cases.length);
  });
});
