import type { SliceSample } from "../../../../../../ts/data/phantom/draw/slices.ts";
import { organLevelMm, sliceSample } from "../../../../../../ts/data/phantom/draw/slices.ts";
import { factClasses } from "../../../../../../ts/data/phantom/truth/facts.ts";
import { phantomSeed } from "../../../../../../ts/data/phantom/truth/seeds.ts";
import { structureId } from "../../../../../../ts/data/phantom/truth/structures.ts";

const samples: readonly SliceSample[] = Array.from({ length: 1500 }, (_, index) =>
  sliceSample(phantomSeed(4, "slices", index), [48, 48]),
);
const anatomy = samples.flatMap((sample) => (sample.kind === "anatomy" ? [sample] : []));

const words = {
  liver: "liver",
  spleen: "spleen",
  leftKidney: "left kidney",
  rightKidney: "right kidney",
} as const;

describe("sliceSample", () => {
  it("is a pure function of seed and size, with one slice of that size", () => {
    expect(sliceSample(12345, [48, 48])).toEqual(sliceSample(12345, [48, 48]));
    for (const sample of samples.slice(0, 50))
      expect([sample.image.grid.shapeDHW, sample.image.voxels.length]).toEqual([[1, 48, 48], 2304]);
  });

  it("draws a fifth of shapes, within five standard errors, and all planes and shapes", () => {
    expect(Math.abs(anatomy.length / samples.length - 0.8)).toBeLessThan(
      5 * Math.sqrt(0.16 / samples.length),
    );
    expect(new Set(anatomy.map((sample) => sample.plane))).toEqual(new Set(factClasses.plane));
  });

  it("shows findings more often than nothing: over 40 % of slices with the lesion, over 60 % with some finding", () => {
    const lesion = anatomy.filter(({ view }) => view.lesionSeen);
    const some = anatomy.filter(
      ({ view }) =>
        view.lesionSeen ||
        [view.opacitySide, view.granulomaSide, view.frontFinding].some(
          (found) => found !== null && found !== "none",
        ),
    );
    expect(lesion.length / anatomy.length).toBeGreaterThan(0.4);
    expect(some.length / anatomy.length).toBeGreaterThan(0.6);
  });

  it("says of a slice only what its pixels show", () => {
    for (const { view, image } of anatomy) {
      const count = (name: Parameters<typeof structureId>[0]): number =>
        image.structureIds.filter((id) => id === structureId(name)).length;
      expect(view.lesionSeen).toBe(count(view.truth.lesionType) >= 6);
      expect(view.phase).toBe(count("vessel") >= 6 ? view.truth.phase : null);
      for (const organ of view.organsSeen)
        if (!view.lesionSeen || words[organ] !== view.truth.lesionOrgan)
          expect(count(organ)).toBeGreaterThanOrEqual(6);
      if (view.granulomaSide !== null) {
        const left = count("leftGranuloma") > 0,
          right = count("rightGranuloma") > 0;
        expect(view.granulomaSide).toBe(left ? (right ? "both" : "left") : right ? "right" : "none");
        expect(view.opacitySide).toBe(view.truth.opacitySide);
      }
      if (view.frontFinding === "cavity")
        expect(count("leftCavity") + count("rightCavity")).toBeGreaterThan(8);
      if (view.frontFinding === "spot") expect(count("leftSpot") + count("rightSpot")).toBeGreaterThan(4);
    }
  });

  it("tells the missing organ only at heights where the others show, and then rightly", () => {
    const told = anatomy.filter(({ view }) => view.missingOrgan !== null);
    expect(told.length).toBeGreaterThan(100);
    for (const { view, image } of told) {
      expect(image.grid.originMm[2]).toBeGreaterThanOrEqual(organLevelMm.low);
      expect(image.grid.originMm[2]).toBeLessThanOrEqual(organLevelMm.high);
      for (const organ of ["spleen", "leftKidney", "rightKidney"] as const) {
        expect(view.organsSeen.includes(organ)).toBe(words[organ] !== view.missingOrgan);
      }
    }
  });

  it("says nothing about the chest in slices of the abdomen or of other planes", () => {
    for (const { view, image, plane } of anatomy) {
      const chest = plane === "axial" && image.grid.originMm[2] > 0 && image.grid.originMm[2] < 144;
      expect([view.opacitySide !== null, view.granulomaSide !== null, view.frontFinding !== null]).toEqual([
        chest,
        chest,
        chest,
      ]);
    }
  });
});
