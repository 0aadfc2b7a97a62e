import fc from "fast-check";
import { rowKey, rowPath, settingsDigest } from "../../../../../ts/data/cache/key.ts";
import type { PreprocessConfig } from "../../../../../ts/data/prepare/preprocess.ts";
import type { ShardCase } from "../../../../../ts/data/shards/request.ts";

const config: PreprocessConfig = {
  sizeDHW: [8, 10, 12],
  windowHu: { low: -1000, high: 1000 },
  stack: "acquired",
};
const source = { source: "a".repeat(64), patchLabels: null };

describe("the key of a row", () => {
  it("is another one for every setting that changes its voxels", () => {
    const digests = [
      settingsDigest({ config }),
      settingsDigest({ config, huGate: "record" }),
      settingsDigest({ config: { ...config, sizeDHW: [8, 10, 13] } }),
      settingsDigest({ config: { ...config, windowHu: { low: -1000, high: 1001 } } }),
      settingsDigest({ config: { ...config, stack: "axial" } }),
      settingsDigest({ config: { ...config, intensity: "picture" } }),
      settingsDigest({ config: { ...config, spacingMmDHW: [1, 1, 1] } }),
      settingsDigest({ config: { ...config, crop: "foreground" } }),
      settingsDigest({ config: { ...config, fit: "pad" } }),
      settingsDigest({ config: { ...config, sampling: "linear" } }),
    ];
    expect(new Set(digests).size).toBe(digests.length);
    expect(settingsDigest({ config, huGate: "refuse" })).toBe(digests[0]);
  });

  it("is another one for other bytes and another part of them, and the same for another path or name", () => {
    const key = (change: Partial<ShardCase>, of = source) =>
      rowKey("s", { id: "c1", path: "/scans/a.nii", ...change }, of);
    const affineRas = [
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ] as const;
    const others = [
      key({}),
      key({}, { ...source, source: "b".repeat(64) }),
      rowKey("t", { path: "" }, source),
      key({ series: "1" }),
      key({ slice: 0 }),
      key({ slice: 1 }),
      key({ policy: { tilt: "resample" } }),
      key({ policy: { spacing: "resample" } }),
      key({ calibration: { slope: 1, intercept: -1024, affineRas } }),
      rowKey("s", { path: "" }, { ...source, patchLabels: "c".repeat(64) }),
    ];
    expect(new Set(others).size).toBe(others.length);
    for (const one of others) expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(key({ path: "/other/b.nii", id: "c2" })).toBe(others[0]);
  });

  it("spreads rows over folders", () => {
    expect(rowPath("ab".repeat(32))).toBe(`ab/${"ab".repeat(31)}.arrow`);
  });
});

describe("keys of any rows", () => {
  const text = fc.stringMatching(/^[0-9a-f]{0,8}$/);
  const wish = fc.record({
    settings: text,
    source: text,
    series: fc.option(text, { nil: undefined }),
    slice: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
    patchLabels: fc.option(text),
    tilt: fc.boolean(),
  });
  const keyOf = ({ settings, source: bytes, series, slice, patchLabels, tilt }: Wish): string =>
    rowKey(
      settings,
      {
        path: "anywhere",
        ...(series === undefined ? {} : { series }),
        ...(slice === undefined ? {} : { slice }),
        ...(tilt ? { policy: { tilt: "resample" as const } } : {}),
      },
      { source: bytes, patchLabels },
    );
  type Wish = typeof wish extends fc.Arbitrary<infer T> ? T : never;
  /** What two wishes differ in that are not the same row: an absent series is one without a name. */
  const partsOf = ({ series = "", patchLabels, ...rest }: Wish) =>
    JSON.stringify({ ...rest, slice: rest.slice ?? "volume", series, patchLabels: patchLabels ?? "" });

  it("are equal exactly where all that makes the rows is", () => {
    fc.assert(
      fc.property(wish, wish, (one, other) => {
        const sorted = (value: Wish) => JSON.stringify(Object.entries(JSON.parse(partsOf(value))).sort());
        expect(keyOf(one) === keyOf(other)).toBe(sorted(one) === sorted(other));
        expect(keyOf({ ...one })).toBe(keyOf(one));
      }),
      { numRuns: 300, seed: 20261130 },
    );
  });
});
