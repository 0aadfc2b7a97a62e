// Whole reads of enhanced objects: sorted, decoded, told apart by the rules for slices.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readVolume } from "../../../../../../../ts/data/index.ts";
import { bodyVoxels } from "../../../../../../support/body-voxels.ts";
import { caught } from "../../../../../../support/caught.ts";
import { encodeJpegLs } from "../../../../../../support/codestreams.ts";
import {
  content,
  frameType,
  type Groups,
  legacyStorage,
  type MultiframeSpec,
  multiframeFile,
  placeAt,
} from "../../../../../../support/multiframe-file.ts";
import { rleFrame, rleSegments } from "../../../../../../support/rle-encode.ts";

const [columns, rows, depth] = [40, 32, 6];
const plane = columns * rows;
const hu = bodyVoxels(columns, rows, depth);
const stored = Uint16Array.from(hu, (value) => value + 1024);
/** Frames are stored in another order than they lie. */
const order = [3, 1, 5, 0, 4, 2];
const picture = (z: number): Uint16Array => stored.slice(z * plane, (z + 1) * plane);
const shuffled = Uint16Array.from(order.flatMap((z) => [...picture(z)]));
const places = (more: (z: number) => Groups = () => ({})): Groups[] =>
  order.map((z) => ({ ...placeAt(-10, -20, 100 + 3 * z), ...more(z) }));
const object = (change: Partial<MultiframeSpec> = {}): Buffer =>
  multiframeFile({
    rows,
    columns,
    signed: false,
    values: shuffled,
    frames: places(),
    ...change,
  });

const root = mkdtempSync(join(tmpdir(), "tomoe-multiframe-"));
afterAll(() => rmSync(root, { recursive: true }));
let made = 0;
const folderOf = (...files: readonly Buffer[]): string => {
  const folder = join(root, String(made++));
  mkdirSync(folder);
  for (const [index, bytes] of files.entries()) writeFileSync(join(folder, `CANARY-${index}`), bytes);
  return folder;
};
/** The sorted slices in RAS: LPS axes turned by half a turn in the plane. */
const wanted = Array.from({ length: depth }, (_, z) =>
  Array.from({ length: plane }, (_slice, i) => hu[z * plane + (plane - 1 - i)] ?? 0),
).flat();

describe("an enhanced multi-frame object", () => {
  it.each(["1.2.840.10008.5.1.4.1.1.2.1", legacyStorage])(
    "of class %s is read in the order of its places",
    async (sopClass) => {
      const folder = folderOf(object({ sopClass }));
      const volume = await readVolume(folder);
      expect([...volume.voxels]).toEqual(wanted);
      expect([volume.shapeDHW, volume.spacingMmDHW]).toEqual([
        [depth, rows, columns],
        [3, 0.5, 0.75],
      ]);
      const file = await readVolume(join(folder, "CANARY-0"));
      expect([file.affineRas, file.voxels]).toEqual([volume.affineRas, volume.voxels]);
    },
  );

  it("is read with compressed frames, one to a fragment or joined by the offset table", async () => {
    const jpegLs = await Promise.all(order.map((z) => encodeJpegLs(picture(z), columns, 16)));
    const one = await readVolume(
      folderOf(
        object({
          syntax: { uid: "1.2.840.10008.1.2.4.80" },
          fragments: jpegLs,
        }),
      ),
    );
    expect([...one.voxels]).toEqual(wanted);
    const halves = order
      .map((z) => rleFrame(rleSegments(picture(z), 2)))
      .flatMap((frame) => [frame.subarray(0, 100), frame.subarray(100)]);
    let at = 0;
    const starts = halves.map((half) => {
      const start = at;
      at += 8 + half.length + (half.length % 2);
      return start;
    });
    const offsets = starts.filter((_, index) => index % 2 === 0);
    const two = await readVolume(
      folderOf(
        object({
          syntax: { uid: "1.2.840.10008.1.2.5" },
          fragments: halves,
          offsets,
        }),
      ),
    );
    expect([...two.voxels]).toEqual(wanted);
  });

  it("is one series with an object that holds the rest of its frames", async () => {
    const half = (which: number): Buffer => {
      const mine = order.filter((z) => z % 2 === which);
      return object({
        values: Uint16Array.from(mine.flatMap((z) => [...picture(z)])),
        frames: mine.map((z) => placeAt(-10, -20, 100 + 3 * z)),
        elements: { "00080018": ["UI", `1.2.3.${which}`] },
      });
    };
    expect([...(await readVolume(folderOf(half(0), half(1)))).voxels]).toEqual(wanted);
  });

  it("of two phases or stacks is refused, and each can be chosen by its id", async () => {
    const phase = (z: number): Groups => ({
      [content]: {
        "00209128": ["UL", Uint8Array.of(z < 3 ? 1 : 2, 0, 0, 0)],
        "00209056": ["SH", "1"],
      },
    });
    const twice = order.map((z) => ({
      ...placeAt(-10, -20, 100 + 3 * (z % 3)),
      ...phase(z),
    }));
    const stacks = places((z) => ({
      [content]: { "00209056": ["SH", z < 3 ? "1" : "2"] },
    }));
    for (const frames of [twice, stacks]) {
      const folder = folderOf(object({ frames }));
      const error = await caught(() => readVolume(folder));
      expect(error.code).toBe("DATA_SERIES_MIXED");
      const listed = error.details.series as readonly {
        readonly series: string;
        readonly slices: number;
      }[];
      expect(listed.map(({ slices }) => slices)).toEqual([3, 3]);
      for (const path of [folder, join(folder, "CANARY-0")]) {
        const part = await readVolume(path, {
          series: listed[0]?.series ?? "",
        });
        expect(part.shapeDHW).toEqual([3, rows, columns]);
      }
    }
  });

  it("leaves its scout out", async () => {
    const frames = places((z) => ({
      [frameType]: {
        "00089007": ["CS", `ORIGINAL\\PRIMARY\\${z === 5 ? "LOCALIZER" : "VOLUME"}`],
      },
    }));
    const volume = await readVolume(folderOf(object({ frames })));
    expect(volume.shapeDHW).toEqual([5, rows, columns]);
    expect(volume.warnings.map(({ message }) => message).join()).toContain("localizer");
  });

  it("is refused by the number of its file and frame, never by its name", async () => {
    const frames = places();
    frames[2] = {};
    const error = await caught(() => readVolume(folderOf(object({ frames }))));
    expect(error.code).toBe("DATA_GEOMETRY");
    expect(error.message).toContain("file 1 of 1 (in name order)");
    expect(error.message).toContain("frame 3 of 6");
    expect(JSON.stringify(error.toDocument())).not.toContain("CANARY-");
  });
});
