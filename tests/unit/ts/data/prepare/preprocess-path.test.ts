import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type PreprocessPathOptions,
  preprocessPath,
} from "../../../../../ts/data/prepare/preprocess-path.ts";
import { bodyVoxels } from "../../../../support/body-voxels.ts";
import { caught } from "../../../../support/caught.ts";
import { niftiFile } from "../../../../support/nifti-file.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const root = temporaryFolder();
const body = bodyVoxels(12, 10, 8);
const scan = join(root, "scan.nii");
writeFileSync(
  scan,
  niftiFile({
    dims: [12, 10, 8],
    values: body,
    sform: [
      [2, 0, 0, 0],
      [0, 2, 0, 0],
      [0, 0, 4, 0],
    ],
  }),
);
const out = join(root, "x.npy");

/** Reads a .npy written with dtype <i2 or <f4. */
function load(path: string): { readonly header: string; readonly values: number[] } {
  const bytes = readFileSync(path);
  const start = 10 + bytes.readUInt16LE(8);
  const header = bytes.toString("latin1", 10, start);
  const body_ = bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length);
  return { header, values: [...(header.includes("<i2") ? new Int16Array(body_) : new Float32Array(body_))] };
}

/** Every preset, with what its result is and the last step that its receipt has. */
const presets: Readonly<Record<PreprocessPathOptions["preset"], readonly [string, number, string]>> = {
  hu: ["<i2", 12 * 10 * 8, "hu-gate"],
  "ct-hu": ["<f4", 12 * 10 * 8, "scale"],
  "m3d-compat": ["<f4", 32 * 256 * 256, "resize"],
};

describe("every preset", () => {
  it.each(Object.entries(presets))(
    "writes what its document says: %s",
    async (preset, [descr, voxels, last]) => {
      const asked = { preset: preset as PreprocessPathOptions["preset"], out };
      const document = await preprocessPath(scan, asked);
      const { header, values } = load(out);
      expect(header).toContain(`'descr': '${descr}'`);
      expect(header).toContain(`'shape': (${document.shapeDHW.join(", ")})`);
      expect([values.length, document.channels]).toEqual([voxels, 1]);
      expect(document.dtype).toBe(descr === "<i2" ? "int16" : "float32");
      expect(document.receipt.steps.at(-1)?.step).toBe(last);
      expect((await preprocessPath(scan, asked)).presetDigest).toBe(document.presetDigest);
    },
  );
});

describe("preprocessPath", () => {
  it("hu writes the native grid in int16, untouched", async () => {
    const document = await preprocessPath(scan, { preset: "hu", out });
    expect(document).toMatchObject({
      ok: true,
      out,
      dtype: "int16",
      shapeDHW: [8, 10, 12],
      presetDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
      receipt: { format: "nifti" },
    });
    const { header, values } = load(out);
    expect(header).toContain("'shape': (8, 10, 12)");
    expect(values).toEqual([...body]);
  });

  it("hu writes float32 where int16 is not exact, and says so", async () => {
    const half = join(root, "half.nii");
    writeFileSync(
      half,
      niftiFile({ dims: [12, 10, 8], values: Float32Array.from(body, (hu) => hu + 0.5), dtype: "float32" }),
    );
    const document = await preprocessPath(half, { preset: "hu", out });
    expect(document.dtype).toBe("float32");
    expect(document.warnings.map((warning) => warning.code)).toEqual(["VOXELS_FLOAT32"]);
    expect(load(out).values[3]).toBe((body[3] ?? 0) + 0.5);
  });

  it("ct-hu writes the window as 0..1, in RAS axes", async () => {
    const document = await preprocessPath(scan, { preset: "ct-hu", out, windowHu: { low: -160, high: 240 } });
    expect(document).toMatchObject({ dtype: "float32", shapeDHW: [8, 10, 12] });
    load(out).values.forEach((value, i) => {
      expect(value).toBeCloseTo((Math.min(240, Math.max(-160, body[i] ?? 0)) + 160) / 400, 5);
    });
  });

  it("ct-hu turns to the radiological way when asked: both in-plane axes run the other way", async () => {
    await preprocessPath(scan, { preset: "ct-hu", out });
    const plain = load(out).values;
    await preprocessPath(scan, { preset: "ct-hu", out, orientation: "radiological" });
    const turned = load(out).values;
    for (const [d, h, w] of [
      [0, 0, 0],
      [3, 2, 7],
      [7, 9, 11],
    ] as const)
      expect(turned[w + 12 * (h + 10 * d)]).toBe(plain[11 - w + 12 * (9 - h + 10 * d)]);
  });

  it("ct-hu resizes to a size, or to the size nearest to a spacing", async () => {
    expect((await preprocessPath(scan, { preset: "ct-hu", out, sizeDHW: [4, 5, 6] })).shapeDHW).toEqual([
      4, 5, 6,
    ]);
    expect(load(out).values).toHaveLength(120);
    expect(
      (await preprocessPath(scan, { preset: "ct-hu", out, spacingMmDHW: [8, 4.1, 1] })).shapeDHW,
    ).toEqual([4, 5, 24]);
  });

  it("ct-hu makes channels of several windows, and goes through the whole graph", async () => {
    const windowHu = [
      { low: -1000, high: 1000 },
      { low: -160, high: 240 },
    ];
    const document = await preprocessPath(scan, {
      preset: "ct-hu",
      out,
      windowHu,
      spacingMmDHW: [2, 2, 2],
      crop: "foreground",
      sizeDHW: [6, 5, 4],
      fit: "pad",
      sampling: "linear",
    });
    expect(document).toMatchObject({ shapeDHW: [6, 5, 4], channels: 2 });
    expect(document.receipt.steps.map(({ step }) => step).slice(-7)).toEqual([
      ...["space", "window", "window", "crop", "pad", "scale", "scale"],
    ]);
    const { header, values } = load(out);
    expect(header).toContain("'shape': (2, 6, 5, 4)");
    expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(values.slice(0, 120)).not.toEqual(values.slice(120));
  });

  it("m3d-compat writes M3D's size", async () => {
    expect(await preprocessPath(scan, { preset: "m3d-compat", out })).toMatchObject({
      dtype: "float32",
      shapeDHW: [32, 256, 256],
    });
  });

  it("gives each preset and setting a digest of its own, the same for another scan", async () => {
    const settings: readonly Omit<PreprocessPathOptions, "out">[] = [
      { preset: "hu" },
      { preset: "ct-hu" },
      { preset: "ct-hu", sizeDHW: [8, 10, 12] },
      { preset: "ct-hu", windowHu: { low: 0, high: 100 } },
      { preset: "ct-hu", orientation: "radiological" },
      { preset: "ct-hu", crop: "foreground" },
      { preset: "ct-hu", sampling: "linear" },
      { preset: "m3d-compat", sizeDHW: [4, 8, 8] },
    ];
    const digests = [];
    for (const setting of settings)
      digests.push((await preprocessPath(scan, { ...setting, out })).presetDigest);
    expect(new Set(digests).size).toBe(settings.length);
    const other = join(root, "other.nii");
    writeFileSync(other, niftiFile({ dims: [12, 10, 8], values: bodyVoxels(12, 10, 8, 2) }));
    expect((await preprocessPath(other, { preset: "hu", out })).presetDigest).toBe(digests[0]);
  });

  it.each<[Partial<PreprocessPathOptions>, string]>([
    [{ preset: "hu", sizeDHW: [1, 1, 1] }, "preset hu takes no --size"],
    [{ preset: "hu", windowHu: { low: 0, high: 1 } }, "takes no --window"],
    [{ preset: "m3d-compat", spacingMmDHW: [1, 1, 1] }, "takes no --spacing"],
    [{ preset: "m3d-compat", crop: "foreground", sampling: "linear" }, "takes no --crop"],
    [{ preset: "ct-hu", fit: "pad" }, "--fit says how a size is reached"],
    [{ preset: "ct-hu", crop: "body" as "foreground" }, '--crop "body" is not one of foreground'],
    [{ preset: "ct-hu", sampling: "cubic" as "linear" }, '--sampling "cubic" is not one of area, linear'],
    [{ preset: "ct-hu", windowHu: [] }, "the list of windows is empty"],
    [
      {
        preset: "m3d-compat",
        windowHu: [
          { low: 0, high: 1 },
          { low: 0, high: 2 },
        ],
      },
      "one picture and was given 2 windows",
    ],
    [{ preset: "ct-hu", sizeDHW: [0, 1, 1] }, "--size 0,1,1"],
    [{ preset: "ct-hu", sizeDHW: [60000, 60000, 2] }, "more than one array holds"],
    [{ preset: "ct-hu", spacingMmDHW: [0, 1, 1] }, "--spacing 0,1,1"],
    [{ preset: "ct-hu", windowHu: { low: 3, high: 3 } }, "--window 3,3"],
    [{ preset: "ct-hu", windowHu: { low: Number.NaN, high: 3 } }, "--window NaN,3"],
    [{ preset: "ct-hu", windowHu: { low: 0, high: 32768 } }, "--window 0,32768"],
    [{ preset: "hu", out: "x.nii" }, "does not end in .npy"],
  ])("refuses flags that do not fit: %j", async (options, said) => {
    const error = await caught(() => preprocessPath(scan, { preset: "hu", out, ...options }));
    expect([error.code, error.exitCode]).toEqual(["USAGE_INVALID", 64]);
    expect(error.message).toContain(said);
  });

  it("names all that does not fit at once, before it looks at the scan", async () => {
    const error = await caught(() =>
      preprocessPath(join(root, "none.nii"), {
        preset: "ct-hu",
        out,
        sizeDHW: [0, 1, 1],
        windowHu: { low: 1, high: 0 },
      }),
    );
    expect(error.message).toBe(
      "[USAGE_INVALID] --size 0,1,1 is not three whole numbers in 1..65536; --window 1,0 is not an ascending range within -32768..32767 HU",
    );
    expect(error.details.problems).toHaveLength(2);
    const preset = "ct" as PreprocessPathOptions["preset"];
    expect((await caught(() => preprocessPath(scan, { preset, out }))).message).toContain(
      'there is no preset "ct"',
    );
  });

  it("refuses what inspect refuses, with the same inspection, and writes nothing", async () => {
    const twice = join(root, "twice.nii");
    writeFileSync(twice, niftiFile({ dims: [12, 10, 8], values: body.map((hu) => hu - 1024) }));
    const error = await caught(() => preprocessPath(twice, { preset: "hu", out: join(root, "never.npy") }));
    expect(error.code).toBe("DATA_NOT_HU");
    expect(error.details.inspection).toMatchObject({ format: "nifti", shapeDHW: [8, 10, 12] });
    expect(existsSync(join(root, "never.npy"))).toBe(false);
  });

  it("says OUTPUT_CREATE for a folder that is not there and leaves no half file", async () => {
    const error = await caught(() =>
      preprocessPath(scan, { preset: "hu", out: join(root, "none", "x.npy") }),
    );
    expect([error.code, error.exitCode]).toEqual(["OUTPUT_CREATE", 73]);
    mkdirSync(join(root, "taken.npy"));
    expect(
      (await caught(() => preprocessPath(scan, { preset: "hu", out: join(root, "taken.npy") }))).code,
    ).toBe("OUTPUT_CREATE");
    expect(readdirSync(root).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});
