// What the campaign of the HU gate does to voxels in HU, a row each: how they come out, and what the gate has to say.
import { seeded } from "../body-voxels.ts";
import type { Dtype } from "../nifti-file.ts";
import type { HuVolume } from "./volumes.ts";

/** The cause as a user would name it. */
export type Kind =
  | "rescaled twice"
  | "rescale missing"
  | "offset"
  | "scaled"
  | "wrapped"
  | "8-bit"
  | "normalised"
  | "padded"
  | "label map"
  | "other modality"
  | "a few slices";

export interface Corruption {
  readonly kind: Kind;
  readonly name: string;
  readonly dtype: Dtype;
  /** Value written for a voxel; `at` is its index. */
  readonly change: (volume: HuVolume) => (hu: number, at: number) => number;
  /** HU = voxel x factor + addHu, where one line undoes it. */
  readonly inverse?: { readonly factor: number; readonly addHu: number };
  /** Slices the volume must have for it. */
  readonly leastSlices?: number;
}

const each =
  (change: (hu: number) => number): Corruption["change"] =>
  () =>
    change;
const round = Math.round;
const clamp = (low: number, high: number, value: number): number => Math.min(high, Math.max(low, value));

const plus = (kind: Kind, add: number, name: string, dtype: Dtype = "int16"): Corruption => ({
  kind,
  name,
  dtype,
  change: each((hu) => hu + add),
  inverse: { factor: 1, addHu: -add },
});

const times = (scale: number, add: number, name: string, dtype: Dtype = "int16"): Corruption => ({
  kind: "scaled",
  name,
  dtype,
  change: each((hu) => {
    const value = scale * hu + add;
    return dtype === "float32" ? value : clamp(-32768, 32767, round(value));
  }),
  inverse: { factor: 1 / scale, addHu: -add / scale },
});

const window8 = (name: string, centre: number, width: number, dtype: Dtype): Corruption => ({
  kind: "8-bit",
  name: `${name} window, ${dtype}`,
  dtype,
  change: each((hu) => round(255 * clamp(0, 1, (hu - centre) / width + 0.5))),
});

const spread = ({ voxels }: HuVolume): { low: number; high: number; mean: number; deviation: number } => {
  let [low, high, sum, squares] = [32767, -32768, 0, 0];
  for (const hu of voxels) {
    low = Math.min(low, hu);
    high = Math.max(high, hu);
    sum += hu;
    squares += hu * hu;
  }
  const mean = sum / voxels.length;
  return {
    low,
    high: Math.max(high, low + 1),
    mean,
    deviation: Math.sqrt(squares / voxels.length - mean ** 2) + 1e-6,
  };
};

const circlePad = (value: number): Corruption => ({
  kind: "padded",
  name: `${value} HU outside the circle of the scanner`,
  dtype: "int16",
  change: ({ shapeDHW: [, height, width] }) => {
    return (hu, at) => {
      const [x, y] = [at % width, Math.floor(at / width) % height];
      return Math.hypot((2 * x + 1) / width - 1, (2 * y + 1) / height - 1) > 1 ? value : hu;
    };
  },
});

const classOf = (hu: number): number =>
  [-950, -500, -150, -40, 20, 80, 200, 600].filter((edge) => hu > edge).length;
/** Voxels of a block of 4 share a value, as the patches of a segmentation do. */
const block = ({ voxels, shapeDHW: [, height, width] }: HuVolume, at: number): number => {
  const [x, y, z] = [at % width, Math.floor(at / width) % height, Math.floor(at / (width * height))];
  return voxels[(z * height + (y & ~3)) * width + (x & ~3)] ?? 0;
};

const magnetic = (hu: number): number => [12, 25, 640, 560, 300, 260, 180, 60, 30][classOf(hu)] ?? 0;

const slicesOf: readonly (readonly [string, (slice: number, of: number) => boolean])[] = [
  ["one slice", (slice, of) => slice === Math.floor(of / 2)],
  ["three slices apart", (slice, of) => [2, Math.floor(of / 2), of - 2].includes(slice)],
  ["the last third", (slice, of) => slice >= Math.ceil((2 * of) / 3)],
  ["every third slice", (slice) => slice % 3 === 1],
];

function someSlices(name: string, change: (hu: number) => number): Corruption[] {
  return slicesOf.map(([which, has]) => ({
    kind: "a few slices",
    name: `${name}, ${which}`,
    dtype: "int16",
    leastSlices: 8,
    change: ({ shapeDHW: [depth, height, width] }) => {
      const plane = height * width;
      return (hu, at) => (has(Math.floor(at / plane), depth) ? round(change(hu)) : hu);
    },
  }));
}

const rescales: readonly Corruption[] = [
  plus("rescaled twice", -1024, "-1024 again"),
  plus("rescaled twice", -1000, "-1000 again"),
  {
    ...plus("rescaled twice", -1024, "-1024 again, clipped at -1024 before"),
    change: each((hu) => Math.max(-1024, hu) - 1024),
  },
  plus("rescaled twice", -8192, "-8192 on HU"),
  plus("rescaled twice", -7168, "-8192 for -1024"),
  plus("rescale missing", 1024, "stored values of an intercept of -1024"),
  plus("rescale missing", 1000, "stored values of an intercept of -1000"),
  {
    ...plus("rescale missing", 1024, "the same cut at 0, uint16", "uint16"),
    change: each((hu) => Math.max(0, hu + 1024)),
  },
];

const offsets = [60, 80, 100, 150, 200, 300, 500].flatMap((off) => [
  plus("offset", off, `+${off} HU`),
  plus("offset", -off, `-${off} HU`),
]);

const scales: readonly Corruption[] = [
  ...[0.9, 1.1, 0.8, 1.25, 0.5, 2, 3, 0.1, 10].map((scale) => times(scale, 0, `HU x ${scale}`)),
  ...[0.9, 1.1, 0.8, 1.25].map((scale) => times(scale, 0, `HU x ${scale}, float32`, "float32")),
  ...[0.9, 1.1, 0.8, 1.25, 0.5, 2].map((scale) =>
    times(scale, 1024 * (scale - 1), `stored values x ${scale}, then -1024`),
  ),
];

const wraps: readonly Corruption[] = [
  { kind: "wrapped", name: "cast to uint16", dtype: "uint16", change: each((hu) => hu & 0xffff) },
  { ...plus("wrapped", 32768, "+32768, uint16", "uint16"), change: each((hu) => (hu + 32768) & 0xffff) },
  {
    kind: "wrapped",
    name: "+32768 wrapped to int16",
    dtype: "int16",
    change: each((hu) => (hu < 0 ? hu + 32768 : hu - 32768)),
  },
  { kind: "wrapped", name: "12 bits without a sign", dtype: "int16", change: each((hu) => hu & 0xfff) },
  {
    kind: "wrapped",
    name: "bytes swapped",
    dtype: "int16",
    change: each((hu) => (((hu & 0xff) << 24) >> 16) | ((hu >> 8) & 0xff)),
  },
  {
    kind: "wrapped",
    name: "12 bits at the top of 16, int16",
    dtype: "int16",
    change: each((hu) => (clamp(0, 4095, hu + 1024) << 20) >> 16),
  },
  {
    kind: "scaled",
    name: "12 bits at the top of 16, uint16",
    dtype: "uint16",
    change: each((hu) => clamp(0, 4095, hu + 1024) << 4),
    inverse: { factor: 1 / 16, addHu: -1024 },
  },
];

const pictures: readonly Corruption[] = [
  ...(["uint8", "int16"] as const).flatMap((dtype) => [
    window8("lung", -600, 1500, dtype),
    window8("soft tissue", 40, 400, dtype),
    window8("bone", 400, 1800, dtype),
    window8("whole", 0, 2000, dtype),
  ]),
  {
    kind: "normalised",
    name: "0..1 of the whole range",
    dtype: "float32",
    change: (volume) => {
      const { low, high } = spread(volume);
      return (hu) => (hu - low) / (high - low);
    },
  },
  {
    kind: "normalised",
    name: "0..1 of -1000..1000",
    dtype: "float32",
    change: each((hu) => clamp(0, 1, (hu + 1000) / 2000)),
  },
  {
    kind: "normalised",
    name: "-1..1 of -1000..1000",
    dtype: "float32",
    change: each((hu) => clamp(-1, 1, hu / 1000)),
  },
  {
    kind: "normalised",
    name: "0..255 of the whole range, float32",
    dtype: "float32",
    change: (volume) => {
      const { low, high } = spread(volume);
      return (hu) => (255 * (hu - low)) / (high - low);
    },
  },
  {
    kind: "normalised",
    name: "mean 0, deviation 1",
    dtype: "float32",
    change: (volume) => {
      const { mean, deviation } = spread(volume);
      return (hu) => (hu - mean) / deviation;
    },
  },
];

const others: readonly Corruption[] = [
  ...[-2000, -3024, 3071, 0].map(circlePad),
  {
    kind: "padded",
    name: "all below -300 HU set to 0",
    dtype: "int16",
    change: each((hu) => (hu < -300 ? 0 : hu)),
  },
  {
    kind: "label map",
    name: "classes 0..8",
    dtype: "int16",
    change: (volume) => (_, at) => classOf(block(volume, at)),
  },
  {
    kind: "label map",
    name: "classes 1..90",
    dtype: "int16",
    change: (volume) => (_, at) => 1 + 10 * classOf(block(volume, at)) + (block(volume, at) & 7),
  },
  {
    kind: "other modality",
    name: "like an MR",
    dtype: "int16",
    change: () => {
      const random = seeded(7);
      return (hu) =>
        round(
          Math.hypot(
            magnetic(hu) + 25 * (random() + random() + random() - 1.5),
            25 * (random() + random() - 1),
          ),
        );
    },
  },
  { kind: "other modality", name: "sign turned round", dtype: "int16", change: each((hu) => -hu) },
];

const inSlices: readonly Corruption[] = [
  ...[60, -60, 100, -300, 1024].flatMap((off) =>
    someSlices(`${off > 0 ? "+" : ""}${off} HU`, (hu) => hu + off),
  ),
  ...[0.9, 1.1, 2].flatMap((scale) => someSlices(`HU x ${scale}`, (hu) => scale * hu)),
  ...someSlices("stored values x 2", (hu) => 2 * hu + 1024),
];

export const corruptions: readonly Corruption[] = [
  ...rescales,
  ...offsets,
  ...scales,
  ...wraps,
  ...pictures,
  ...others,
  ...inSlices,
];
