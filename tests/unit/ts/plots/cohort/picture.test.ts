import { renderCohort } from "../../../../../ts/plots/cohort/picture.ts";
import { textsOf } from "../well-formed.ts";

const picture = {
  title: "Data set of the layout table",
  facts: ["10 cases", "no leaks"],
  cases: { read: 7, refused: 2, missing: 1 },
  codes: [
    { kind: "refused", code: "DATA_NOT_HU", count: 2 },
    { kind: "note", code: "HU_SUSPECT", count: 1200 },
  ],
  sliceMm: [1, 1.5, 5],
  histogram: { low: -1200, high: 1600, shares: [0.5, 0.25, 0.25] },
  digest: "0123abcd",
};

describe("the page about a data set", () => {
  it("says its facts, what was told how often, and its digest", () => {
    expect(textsOf(renderCohort(picture))).toEqual(
      expect.arrayContaining([
        "Data set of the layout table",
        "10 cases",
        "no leaks",
        "DATA_NOT_HU (refused)",
        "2",
        "HU_SUSPECT (note)",
        "1,200",
        "distance of slices in mm, by scans",
        "HU, mean share of the voxels over scans",
        "digest 0123abcd",
      ]),
    );
  });

  it("shows verdicts as shares of one bar, without those that nothing has", () => {
    const wide = (name: string, svg: string): number =>
      Number(new RegExp(`width="([\\d.]+)" height="18" class="${name}"`).exec(svg)?.[1] ?? 0);
    const svg = renderCohort(picture);
    expect(wide("read", svg)).toBeCloseTo((912 * 7) / 10, 1);
    expect(wide("missing", svg)).toBeCloseTo(912 / 10, 1);
    expect(wide("missing", renderCohort({ ...picture, cases: { read: 1, refused: 0, missing: 0 } }))).toBe(0);
  });

  it("has no HU where no voxels were read, and stands without a scan", () => {
    const texts = textsOf(
      renderCohort({
        ...picture,
        histogram: null,
        sliceMm: [],
        codes: [],
        cases: { read: 0, refused: 0, missing: 0 },
      }),
    );
    expect(texts).toContain("nothing was told");
    expect(texts).not.toContain("HU, mean share of the voxels over scans");
  });

  it("counts codes that have no room", () => {
    const codes = Array.from({ length: 20 }, (_, at) => ({ kind: "note", code: `C${at}`, count: 20 - at }));
    const texts = textsOf(renderCohort({ ...picture, codes }));
    expect(texts).toContain("and 6 codes more");
    expect(texts).toContain("C13 (note)");
    expect(texts).not.toContain("C14 (note)");
  });
});
