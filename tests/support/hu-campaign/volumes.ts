// The volumes in HU that the campaign of the HU gate corrupts: real scans, where they are at hand, PhantomCT, and crops of both.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { scanPhantom } from "../../../ts/data/phantom/draw/scan.ts";
import { phantomTruth } from "../../../ts/data/phantom/truth/facts.ts";
import { phantomSeed } from "../../../ts/data/phantom/truth/seeds.ts";
import { readVolume } from "../../../ts/data/volume/read.ts";
import { isTomoeError } from "../../../ts/errors.ts";
import { seeded } from "../body-voxels.ts";

/** HU with W fastest, slices along D. */
export interface HuVolume {
  readonly name: string;
  readonly shapeDHW: readonly [number, number, number];
  readonly voxels: Int16Array;
}

type Triple = readonly [number, number, number];

const realRoot = new URL("../../../../shared/data/ct/", import.meta.url).pathname;

/** Every real CT below ../shared/data/ct that is read; none where the folder is absent. */
export async function realScans(): Promise<readonly HuVolume[]> {
  if (!existsSync(realRoot)) return [];
  const tilted = join(realRoot, "dicom/ge_head_tilt");
  const paths = [
    "nifti/abdomen_3mm.nii.gz",
    "nifti/abdomen_small.nii.gz",
    "dicom/abdomen_j2k",
    "dicom/single/j2k_pixelrep_mismatch.dcm",
    "dicom/transfer_syntaxes/CTImage.dcm",
  ];
  const scans: HuVolume[] = [];
  for (const path of paths) {
    const scan = await read(join(realRoot, path), path.replace(/^.*\//, ""));
    if (scan !== undefined) scans.push(scan);
  }
  // A tilted stack is refused as a volume; the gate looks at its voxels alone.
  const slices: HuVolume[] = [];
  for (const file of existsSync(tilted) ? readdirSync(tilted).sort() : []) {
    const slice = await read(join(tilted, file), file);
    if (slice !== undefined) slices.push(slice);
  }
  const head = stacked("ge_head_tilt", slices);
  return head === undefined ? scans : [...scans, head];
}

async function read(path: string, name: string): Promise<HuVolume | undefined> {
  if (!existsSync(path)) return undefined;
  try {
    const { voxels, shapeDHW } = await readVolume(path, { huGate: "record" });
    return { name, shapeDHW, voxels: Int16Array.from(voxels) };
  } catch (error) {
    if (isTomoeError(error) && error.code.includes("UNSUPPORTED")) return undefined;
    throw error;
  }
}

function stacked(name: string, slices: readonly HuVolume[]): HuVolume | undefined {
  const [first] = slices;
  if (first === undefined) return undefined;
  const plane = first.voxels.length;
  const voxels = new Int16Array(plane * slices.length);
  slices.forEach((slice, at) => {
    voxels.set(slice.voxels, at * plane);
  });
  return { name, shapeDHW: [slices.length, first.shapeDHW[1], first.shapeDHW[2]], voxels };
}

/** `count` phantoms of planes and phases as they come, at sizes that differ. */
export function phantoms(count: number, sizes: readonly Triple[], seed = 15): readonly HuVolume[] {
  return Array.from({ length: count }, (_, index) => {
    const truth = phantomTruth(phantomSeed(seed, "train", index));
    const shapeDHW = sizes[index % sizes.length] ?? [16, 64, 64];
    const { voxels } = scanPhantom(truth, shapeDHW);
    return { name: `PhantomCT ${index}, ${truth.plane}`, shapeDHW, voxels };
  });
}

/** Voxels of a copy at most, unless its slices grow small. */
const mostVoxels = 80_000;

/** Every second voxel of rows and columns, as often as it takes: noise and histogram stay as they are. */
function thinned(volume: HuVolume): HuVolume {
  const [depth, height, width] = volume.shapeDHW;
  if (volume.voxels.length <= mostVoxels || Math.min(height, width) < 100) return volume;
  const shapeDHW = [depth, Math.floor(height / 2), Math.floor(width / 2)] as const;
  return thinned({ ...volume, shapeDHW, voxels: picked(volume, [0, 0, 0], shapeDHW, 2) });
}

function picked({ voxels, shapeDHW }: HuVolume, from: Triple, size: Triple, step = 1): Int16Array {
  const [, height, width] = shapeDHW;
  const out = new Int16Array(size[0] * size[1] * size[2]);
  let at = 0;
  for (let z = 0; z < size[0]; z++)
    for (let y = 0; y < size[1]; y++)
      for (let x = 0; x < size[2]; x++)
        out[at++] = voxels[((from[0] + z) * height + from[1] + step * y) * width + from[2] + step * x] ?? 0;
  return out;
}

interface Crop {
  readonly name: string;
  readonly size: (shape: Triple) => Triple;
  /** How well a box is such a crop, from what it holds; 0 when it is none. */
  readonly worth: (share: (low: number, high: number) => number) => number;
}

const part =
  (d: number, h: number, w: number) =>
  ([depth, height, width]: Triple): Triple => [
    Math.max(1, Math.round(d * depth)),
    Math.round(h * height),
    Math.round(w * width),
  ];

const crops: readonly Crop[] = [
  { name: "four slices", size: ([d, h, w]) => [Math.min(4, d), h, w], worth: (share) => share(-200, 300) },
  {
    name: "inside the body",
    size: part(0.6, 0.35, 0.35),
    worth: (share) => (share(-9999, -300) < 0.02 ? 1 - share(-9999, -300) : 0),
  },
  {
    name: "lung alone",
    size: part(0.5, 0.2, 0.15),
    worth: (share) => (share(-960, -600) > 0.7 ? share(-960, -600) : 0),
  },
  {
    name: "chest without air around it",
    size: part(0.6, 0.4, 0.5),
    worth: (share) =>
      share(-9999, -970) < 0.003 && share(-960, -600) > 0.15 ? Math.min(0.6, share(-960, -600)) : 0,
  },
];

/** Volumes and crops of the table: thresholds were set by them. */
export async function tableVolumes(): Promise<readonly HuVolume[]> {
  const whole = [
    ...(await realScans()),
    ...phantoms(8, [
      [24, 60, 60],
      [16, 64, 64],
      [20, 56, 56],
    ]),
  ].map(thinned);
  return whole.flatMap((volume) => [volume, ...cropsOf(volume)]);
}

/** Volumes that no threshold was set by: phantoms of another seed and other sizes, and every volume made otherwise. */
export async function otherVolumes(): Promise<readonly HuVolume[]> {
  const drawn = phantoms(
    8,
    [
      [10, 96, 96],
      [40, 48, 48],
      [8, 128, 128],
      [18, 80, 80],
    ],
    4711,
  );
  return [...drawn, ...[...(await realScans()).map(thinned), ...drawn].flatMap(variantsOf)];
}

/** Resampled to half the rows and columns, in more noise, one slice alone, and boxes of it. */
function variantsOf(volume: HuVolume): readonly HuVolume[] {
  const [depth, height, width] = volume.shapeDHW;
  const random = seeded(5);
  const box = (name: string, from: Triple, to: Triple): HuVolume => {
    const [at, end] = [from, to].map(
      (share): Triple => [share[0] * depth, share[1] * height, share[2] * width],
    );
    const start = (at ?? [0, 0, 0]).map(Math.floor) as [number, number, number];
    const size = (end ?? [1, 1, 1]).map((side, axis) =>
      Math.max(1, Math.floor(side) - (start[axis] ?? 0)),
    ) as [number, number, number];
    return { name: `${volume.name}, ${name}`, shapeDHW: size, voxels: picked(volume, start, size) };
  };
  return [
    halved(volume),
    {
      ...volume,
      name: `${volume.name}, in noise`,
      voxels: volume.voxels.map((hu) =>
        Math.max(-1024, Math.round(hu + 30 * (random() + random() + random() - 1.5))),
      ),
    },
    box("one slice", [0.4, 0, 0], [0, 1, 1]),
    box("the middle", [0.2, 0.3, 0.3], [0.5, 0.7, 0.7]),
    box("the front half", [0, 0, 0], [0.6, 0.5, 1]),
    box("one side", [0.4, 0.35, 0.15], [0.9, 0.65, 0.45]),
  ].filter(({ shapeDHW: [, rows, columns] }) => Math.min(rows, columns) >= 16);
}

/** Each voxel the mean of four. */
function halved({ name, shapeDHW: [depth, height, width], voxels }: HuVolume): HuVolume {
  const shapeDHW = [depth, height >> 1, width >> 1] as const;
  const out = new Int16Array(depth * shapeDHW[1] * shapeDHW[2]);
  let at = 0;
  for (let z = 0; z < depth; z++)
    for (let y = 0; y < shapeDHW[1]; y++)
      for (let x = 0; x < shapeDHW[2]; x++) {
        const first = (z * height + 2 * y) * width + 2 * x;
        const four = [first, first + 1, first + width, first + width + 1].map((from) => voxels[from] ?? 0);
        out[at++] = Math.round(four.reduce((sum, hu) => sum + hu, 0) / 4);
      }
  return { name: `${name}, halved`, shapeDHW, voxels: out };
}

/** The crops that a volume has room for. */
function cropsOf(volume: HuVolume): readonly HuVolume[] {
  return crops.flatMap(({ name, size, worth }) => {
    const box = size(volume.shapeDHW);
    if (box.every((side, axis) => side === volume.shapeDHW[axis])) return [];
    let best: { worth: number; voxels: Int16Array } = { worth: 0, voxels: new Int16Array(0) };
    for (const from of corners(volume.shapeDHW, box)) {
      const voxels = picked(volume, from, box);
      const share = (low: number, high: number): number =>
        voxels.reduce((sum, hu) => sum + (hu >= low && hu < high ? 1 : 0), 0) / voxels.length;
      const here = worth(share);
      if (here > best.worth) best = { worth: here, voxels };
    }
    return best.worth === 0 ? [] : [{ name: `${volume.name}: ${name}`, shapeDHW: box, voxels: best.voxels }];
  });
}

function corners(shape: Triple, box: Triple): Triple[] {
  const places = (axis: 0 | 1 | 2): number[] => {
    const room = shape[axis] - box[axis];
    const count = Math.min(room, axis === 0 ? 2 : 7);
    return Array.from({ length: count + 1 }, (_, at) => Math.round((room * at) / Math.max(1, count)));
  };
  return places(0).flatMap((z) => places(1).flatMap((y) => places(2).map((x): Triple => [z, y, x])));
}
