import { type Graph, throughGraph } from "../../../../../../ts/data/prepare/graph/graph.ts";
import { resizeClamped } from "../../../../../../ts/data/prepare/resize.ts";
import type { LaidVolume } from "../../../../../../ts/data/volume/orient.ts";
import type { Volume, WindowHu } from "../../../../../../ts/schema/volume.ts";
import { bodyVoxels } from "../../../../../support/body-voxels.ts";
import { laidVolumes } from "../../../../../support/laid-volumes.ts";
import { volumeOf } from "../../../../../support/volume-of.ts";

const wide: WindowHu = { low: -1000, high: 1000 };
const soft: WindowHu = { low: -160, high: 240 };
const body = volumeOf(bodyVoxels(12, 10, 8), [8, 10, 12], {
  spacingMmDHW: [4, 2, 2],
  affineRas: [
    [2, 0, 0, 0],
    [0, 2, 0, 0],
    [0, 0, 4, 0],
    [0, 0, 0, 1],
  ],
});

/** One bright box of 2 x 3 x 4 in air, at 3, 4, 5. */
const boxed = (): Volume => {
  const voxels = new Int16Array(8 * 10 * 12).fill(-1024);
  for (let d = 3; d < 5; d++)
    for (let h = 4; h < 7; h++) for (let w = 5; w < 9; w++) voxels[(d * 10 + h) * 12 + w] = 10 * d + h - w;
  return volumeOf(voxels, [8, 10, 12]);
};
const through = (volume: LaidVolume, graph: Graph, ...windows: WindowHu[]) => {
  const [first = wide, ...others] = windows;
  return throughGraph({
    volume,
    graph,
    windowsHu: [first, ...others],
    allocate: ([d, h, w]) => new Float32Array(d * h * w),
  });
};

describe("throughGraph", () => {
  it.each([
    { sampling: "linear", spacingMmDHW: [3, 1.7, 2.6], crop: "foreground", sizeDHW: [5, 6, 7] },
    { sampling: "linear", crop: "foreground", fit: "pad", sizeDHW: [9, 9, 9] },
    { sampling: "area", spacingMmDHW: [5, 3, 3], sizeDHW: [4, 5, 6] },
    { sampling: "area", sizeDHW: [4, 5, 6] },
    {},
  ] as const)("gives the same of voxels that were not turned: %j", (graph) => {
    const wanted = through(body, graph, wide, soft);
    for (const { laid } of laidVolumes(body)) expect(through(laid, graph, wide, soft)).toEqual(wanted);
  });

  it("clamps and does no more where nothing is asked, and says so", () => {
    const { shapeDHW, channels, steps } = through(body, {}, soft);
    expect(shapeDHW).toEqual([8, 10, 12]);
    expect([...(channels[0] ?? [])]).toEqual(
      Array.from(body.voxels, (hu) => Math.min(soft.high, Math.max(soft.low, hu))),
    );
    expect(steps).toEqual([{ step: "window", ...soft }]);
  });

  it("resizes by means to the bits of a resize alone, in int16 too", () => {
    const size = [4, 7, 12] as const;
    const wanted = new Int16Array(4 * 7 * 12);
    resizeClamped(body.voxels, body.shapeDHW, size, soft, wanted);
    const { channels } = throughGraph({
      volume: body,
      graph: { sizeDHW: size },
      windowsHu: [soft],
      allocate: ([d, h, w]) => new Int16Array(d * h * w),
    });
    expect(channels[0]).toEqual(wanted);
  });

  it("crops to what lies above the window's lower end", () => {
    const { shapeDHW, channels, steps } = through(boxed(), { crop: "foreground" });
    expect(shapeDHW).toEqual([2, 3, 4]);
    expect(channels[0]?.slice(0, 4)).toEqual(Float32Array.of(29, 28, 27, 26));
    expect(steps[1]).toEqual({
      step: "crop",
      startDHW: [3, 4, 5],
      sizeDHW: [2, 3, 4],
      rule: "above the lowest window's lower end",
    });
  });

  it.each(["area", "linear"] as const)(
    "keeps the scale and pads about the middle, whatever the sampling: %s",
    (sampling) => {
      const { channels, steps } = through(boxed(), {
        crop: "foreground",
        sizeDHW: [2, 5, 3],
        fit: "pad",
        sampling,
      });
      expect([...(channels[0] ?? [])].slice(0, 15)).toEqual([
        ...[-1000, -1000, -1000],
        ...[28, 27, 26],
        ...[29, 28, 27],
        ...[30, 29, 28],
        ...[-1000, -1000, -1000],
      ]);
      expect(steps.at(-1)).toMatchObject({ step: "pad", fromDHW: [2, 3, 4], toDHW: [2, 5, 3] });
    },
  );

  it("changes the spacing first: means after the window, points before it", () => {
    const graph: Graph = { spacingMmDHW: [4, 4, 4] };
    const [means, points] = [through(body, graph), through(body, { ...graph, sampling: "linear" })];
    expect([means.shapeDHW, points.shapeDHW]).toEqual([
      [8, 5, 6],
      [8, 6, 6],
    ]);
    expect(means.steps.map(({ step }) => step)).toEqual(["window", "space"]);
    expect(points.steps.map(({ step }) => step)).toEqual(["space", "window"]);
    expect(points.steps[0]).toEqual({
      step: "space",
      fromMmDHW: [4, 2, 2],
      toMmDHW: [4, 4, 4],
      fromDHW: [8, 10, 12],
      toDHW: [8, 6, 6],
      rule: "trilinear, no anti-aliasing",
    });
  });

  it.each<Graph>([
    { crop: "foreground", sizeDHW: [3, 4, 5] },
    { crop: "foreground", sizeDHW: [3, 4, 5], sampling: "linear", spacingMmDHW: [3, 1.5, 2.2] },
    { crop: "foreground", sizeDHW: [9, 9, 9], fit: "pad", spacingMmDHW: [3, 1.5, 2.2] },
  ])("makes each window a channel of one grid, cut by the lowest of them: %j", (graph) => {
    const both = through(body, graph, soft, wide);
    const [wideAlone] = through(body, graph, wide).channels;
    expect(both.channels[1]).toEqual(wideAlone);
    expect(both.channels[0]?.every((hu) => hu >= soft.low && hu <= soft.high)).toBe(true);
    expect(both.channels[0]).not.toEqual(both.channels[1]);
    expect(both.steps.filter(({ step }) => step === "window")).toEqual([
      { step: "window", ...soft, channel: 0 },
      { step: "window", ...wide, channel: 1 },
    ]);
  });

  it("keeps a scan without foreground whole", () => {
    const air = volumeOf(new Int16Array(24).fill(-1024), [2, 3, 4]);
    expect(through(air, { crop: "foreground" }).shapeDHW).toEqual([2, 3, 4]);
  });
});
