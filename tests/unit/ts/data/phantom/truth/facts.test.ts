import type { FactName, PhantomTruth } from "../../../../../../ts/data/phantom/truth/facts.ts";
import {
  classIndex,
  factClasses,
  factIndices,
  factTable,
  phantomTruth,
  presenceFacts,
} from "../../../../../../ts/data/phantom/truth/facts.ts";
import { phantomSeed } from "../../../../../../ts/data/phantom/truth/seeds.ts";

const truths: readonly PhantomTruth[] = Array.from({ length: 8000 }, (_, index) =>
  phantomTruth(phantomSeed(3, "train", index)),
);

const share = (test: (truth: PhantomTruth) => boolean, among: readonly PhantomTruth[] = truths): number =>
  among.filter(test).length / among.length;
const slack = (probability: number, count: number): number =>
  5 * Math.sqrt((probability * (1 - probability)) / count);

describe("phantomTruth", () => {
  it("is a pure function of the seed", () => {
    expect(phantomTruth(123456789)).toEqual(phantomTruth(123456789));
    expect(phantomTruth(1)).not.toEqual({ ...phantomTruth(2), seed: 1 });
  });

  it("draws 70 % axial stacks and 10 % of each other plane, within five standard errors", () => {
    for (const [plane, expected] of [
      ["axial", 0.7],
      ["coronal", 0.1],
      ["sagittal", 0.1],
      ["oblique", 0.1],
    ] as const) {
      expect(Math.abs(share((truth) => truth.plane === plane) - expected)).toBeLessThan(
        slack(expected, truths.length),
      );
    }
  });

  it("makes the four classes of every other fact equally likely, within five standard errors", () => {
    const axial = truths.filter((truth) => truth.plane === "axial");
    const names: readonly FactName[] = [
      "phase",
      "lesionOrgan",
      "lesionType",
      "missingOrgan",
      "opacitySide",
      "granulomaHigher",
      "vesselOrNodules",
    ];
    for (const name of names) {
      const among = name === "granulomaHigher" || name === "vesselOrNodules" ? axial : truths;
      for (const value of factClasses[name]) {
        expect(Math.abs(share((truth) => truth[name] === value, among) - 0.25)).toBeLessThan(
          slack(0.25, among.length),
        );
      }
    }
  });

  it("never puts the lesion into the missing organ, yet every allowed pair occurs", () => {
    const pairs = new Set(truths.map((truth) => `${truth.lesionOrgan}/${truth.missingOrgan}`));
    for (const organ of factClasses.lesionOrgan) {
      expect(pairs.has(`${organ}/${organ}`)).toBe(false);
      for (const missing of factClasses.missingOrgan)
        if (missing !== organ) expect(pairs.has(`${organ}/${missing}`)).toBe(true);
    }
  });

  it("has facts of order in axial stacks alone", () => {
    for (const truth of truths) {
      expect(truth.granulomaHigher === null).toBe(truth.plane !== "axial");
      expect(truth.vesselOrNodules === null).toBe(truth.plane !== "axial");
    }
  });

  it("keeps all other facts when the plane is given", () => {
    const axial = phantomTruth(77, "axial");
    const coronal = phantomTruth(77, "coronal");
    expect(coronal).toEqual({ ...axial, plane: "coronal", granulomaHigher: null, vesselOrNodules: null });
  });

  it("refuses a seed that is no safe integer", () => {
    expect(() => phantomTruth(2 ** 53)).toThrow(
      /^\[CONFIG_INVALID\] phantom seed is 9007199254740992, not an integer/,
    );
  });
});

describe("factIndices", () => {
  it("says every fact of the table as an index into its classes, -1 where it does not apply", () => {
    const table = factTable();
    for (const truth of truths.slice(0, 500)) {
      const indices = factIndices(truth);
      expect(Object.keys(indices).sort()).toEqual(Object.keys(table).sort());
      for (const name of Object.keys(factClasses) as FactName[]) {
        const index = indices[name] as number;
        expect(index === -1 ? null : table[name]?.[index]).toBe(truth[name]);
      }
      expect(indices.spleen).toBe(truth.missingOrgan === "spleen" ? 0 : 1);
      expect(indices.leftKidney).toBe(truth.missingOrgan === "left kidney" ? 0 : 1);
      expect(indices.rightKidney).toBe(truth.missingOrgan === "right kidney" ? 0 : 1);
      const granuloma = truth.granulomaHigher === null ? -1 : truth.granulomaHigher === "none" ? 0 : 1;
      expect([indices.leftGranuloma, indices.rightGranuloma]).toEqual([granuloma, granuloma]);
    }
  });

  it("lists presence facts with absent first", () => {
    for (const name of presenceFacts) expect(factTable()[name]).toEqual(["absent", "present"]);
    expect(classIndex("plane", "oblique")).toBe(3);
    expect(classIndex("granulomaHigher", null)).toBe(-1);
  });
});
