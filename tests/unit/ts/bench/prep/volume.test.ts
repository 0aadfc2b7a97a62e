import { prepRows } from "../../../../../ts/bench/prep/volume.ts";
import type { PythonCase } from "../../../../../ts/bench/python-cases.ts";
import { missedTargets } from "../../../../../ts/bench/rows.ts";

const way = (wallMs: number, cpuMs: number): PythonCase["ways"][string] => ({
  wallMs: [wallMs, wallMs + 2, wallMs + 1],
  cpuMs: [cpuMs, cpuMs, cpuMs],
});
const measured = (ways: PythonCase["ways"], name = "m3d-compat"): PythonCase => ({
  case: name,
  ways,
  peakKiB: 2048,
});

describe("the rows of prep.volume", () => {
  it("are one a rival and clock, with the median of its rounds, the floor and the peak of memory", () => {
    const rows = prepRows([
      measured({ ours: way(100, 150), inflate: way(70, 80), monai: way(900, 800), nibabel: way(400, 350) }),
    ]);
    expect(rows.map(({ what, oursMs, peerMs, floorMs }) => [what, oursMs, peerMs, floorMs])).toEqual([
      ["m3d-compat against monai, wall", 101, 901, 71],
      ["m3d-compat against monai, CPU", 150, 800, 80],
      ["m3d-compat against nibabel, wall", 101, 401, 71],
      ["m3d-compat against nibabel, CPU", 150, 350, 80],
    ]);
    expect(rows.flatMap(missedTargets)).toEqual([]);
    expect(rows[0]?.details).toEqual({ peakOverRuntimeMiB: 2, rounds: [100, 102, 101] });
  });

  it("miss 1.6 times the floor by wall time and 2 times by CPU time, each on its own", () => {
    const rows = prepRows([
      measured({
        ours: way(170, 190),
        inflate: way(100, 100),
        monai: way(2000, 2000),
        nibabel: way(900, 900),
      }),
    ]);
    const missed = rows.filter((row) => missedTargets(row).length > 0).map(({ what }) => what);
    expect(missed).toEqual(["m3d-compat against monai, wall", "m3d-compat against nibabel, wall"]);
  });

  it("miss the target of a rival that was not measured", () => {
    const rows = prepRows([measured({ ours: way(10, 10), inflate: way(9, 9) }, "spacing")]);
    expect(rows.map(({ peerMs }) => peerMs)).toEqual([null, null]);
    expect(rows.flatMap(missedTargets)).toEqual([
      { against: "peer", atLeast: 15 },
      { against: "peer", atLeast: 15 },
    ]);
  });

  it("hold a DICOM series against pydicom, without a floor", () => {
    const rows = prepRows([measured({ ours: way(10, 10), pydicom: way(12, 9) }, "dicom")]);
    const target = { against: "peer", atLeast: 1 };
    expect(rows.map(({ floorMs, targets }) => [floorMs, targets])).toEqual([
      [null, [target]],
      [null, [target]],
    ]);
    expect(rows.map(missedTargets)).toEqual([[], [target]]);
  });

  it("hold JPEG 2000 against two processes by wall time alone, at 1.3 times theirs", () => {
    const rows = (ours: number) =>
      prepRows([measured({ ours: way(ours, 1), pylibjpeg: way(100, 1) }, "jpeg2000")]);
    expect(rows(130).map(({ what, peerMs }) => [what, peerMs])).toEqual([
      ["jpeg2000 against pylibjpeg, wall", 101],
    ]);
    expect([130, 132].map((ours) => rows(ours).flatMap(missedTargets).length)).toEqual([0, 1]);
  });

  it("miss the target of a case that could not be made", () => {
    const [row] = prepRows([{ case: "jpeg2000", ways: {} }]);
    expect([row?.oursMs, row?.peerMs, row?.details["rounds"]]).toEqual([Number.NaN, null, []]);
    expect(row === undefined ? [] : missedTargets(row)).toHaveLength(1);
  });
});
