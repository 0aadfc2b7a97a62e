// What may be wrong between slices and between files, each kind made here and read as a user would.
import { execFileSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { allTraits } from "../../ts/data/volume/dicom/compare/traits.ts";
import { keywordOf } from "../../ts/data/volume/dicom/elements.ts";
import { readVolume } from "../../ts/data/volume/read.ts";
import type { Volume } from "../../ts/schema/volume.ts";
import { caught } from "../support/caught.ts";
import { seriesBody, seriesFiles, seriesSpecs, writeFolder } from "../support/ct-series.ts";
import { type DicomSpec, dicomFile } from "../support/dicom-file.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const root = temporaryFolder();
let folders = 0;
const folder = (files: readonly (readonly [string | Buffer, Uint8Array])[]): string =>
  writeFolder(join(root, `series-${folders++}`), files);
const series = (slices: number, change?: (z: number) => DicomSpec): string =>
  folder(seriesFiles(seriesSpecs(slices, change)));
const codes = (volume: Volume): readonly string[] => volume.warnings.map(({ code }) => code);
const isBody = (volume: Volume, slices: number): void => {
  expect(Buffer.from(volume.voxels.buffer).equals(Buffer.from(seriesBody(slices).buffer))).toBe(true);
};

/** Two values of a trait, as a file holds them. */
function valuesOf(
  as: (typeof allTraits)[number]["as"],
): readonly [string, string | Uint8Array, string | Uint8Array] {
  const double = (value: number): Uint8Array => {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    return bytes;
  };
  if (as === "double") return ["FD", double(10), double(30)];
  if (as === "uint32") return ["UL", Uint8Array.of(1, 0, 0, 0), Uint8Array.of(2, 0, 0, 0)];
  if (as === "uint16") return ["US", Uint8Array.of(1, 0), Uint8Array.of(2, 0)];
  if (as === "number") return ["DS", "80", "140"];
  if (as === "time") return ["TM", "101500.1", "102200.5"];
  return ["LO", "FIRST", "SECOND"];
}

const tagOf = new Map(
  [...keywordOf].map(([tag, keyword]) => [keyword, tag.toString(16).padStart(8, "0").toUpperCase()]),
);

describe("slices of two acquisitions in one series", () => {
  it.each(allTraits.map(({ keyword, as, rule }) => ({ keyword, as, rule })))(
    "are refused when $keyword alternates, with an id for each stack; blocks of it are one volume",
    async ({ keyword, as, rule }) => {
      const [vr, a, b] = valuesOf(as);
      const tag = tagOf.get(keyword) ?? "";
      const number = (z: number, value: string | Uint8Array): DicomSpec => ({
        elements: { [tag]: [vr, value], ...(keyword === "InstanceNumber" ? {} : { "00200013": null }) },
        instance: z + 1,
      });
      const mixed = series(12, (z) => number(z, z % 2 === 0 ? a : b));
      const error = await caught(() => readVolume(mixed));
      expect([error.code, error.message]).toEqual([
        "DATA_SERIES_MIXED",
        expect.stringContaining("slices of 2 stacks interleave"),
      ]);
      expect(error.message).toContain("step 4 mm each and lie 2 mm apart");
      expect(error.details.series).toHaveLength(2);
      const [{ series: id }] = error.details.series as [{ series: string }];
      expect((await readVolume(mixed, { series: id })).shapeDHW).toEqual([6, 20, 24]);
      const blocks = await readVolume(series(12, (z) => number(z, z < 6 ? a : b)));
      isBody(blocks, 12);
      expect(rule === "stays" || rule === "drifts").toBe(true);
    },
  );

  it("are refused in threes, at an uneven offset, over a part of the range, and by absence alone", async () => {
    const acquisition = (number: number): DicomSpec => ({ elements: { "00200012": ["IS", String(number)] } });
    const threes = await caught(() => readVolume(series(12, (z) => acquisition(z % 3))));
    expect(threes.message).toContain("slices of 3 stacks interleave");
    const uneven = await caught(() =>
      readVolume(
        series(12, (z) => ({ ...acquisition(z % 2), position: [-12, -10, 100 + 2 * z + (z % 2) * 0.6] })),
      ),
    );
    expect([uneven.code, uneven.details.offsetMm]).toEqual(["DATA_SERIES_MIXED", expect.closeTo(1.4, 6)]);
    const partly = await caught(() => readVolume(series(12, (z) => acquisition(z === 7 || z === 9 ? 2 : 1))));
    expect(partly.message).toContain("the stacks have 10, 2 of 12 slices");
    const absent = await caught(() =>
      readVolume(series(12, (z) => (z % 2 === 0 ? { elements: { "00180010": ["LO", "CANARY"] } } : {}))),
    );
    expect(absent.message).toContain("the contrast agent alternates");
    expect(JSON.stringify(absent.toDocument())).not.toContain('"CANARY');
  });

  it("are refused by the numbers and times of two passes alone", async () => {
    const passes = await caught(() =>
      readVolume(series(12, (z) => ({ instance: 1 + Math.floor(z / 2) + (z % 2) * 6 }))),
    );
    expect(passes.message).toContain("the instance number alternates");
    const times = await caught(() =>
      readVolume(
        series(12, (z) => ({
          elements: {
            "00080032": ["TM", String(101500 + Math.floor(z / 2) + (z % 2) * 60)],
            "00200013": null,
          },
        })),
      ),
    );
    expect(times.message).toContain("the acquisition time alternates");
    expect(times.message).not.toContain("1015");
  });

  it("are not seen in what drifts in one scan: currents, times and numbers of any order", async () => {
    const twelve = Array.from({ length: 12 }, (_, z) => z + 1);
    const shuffled = fc.shuffledSubarray(twelve, { minLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.nat(1000), fc.boolean(), shuffled, async (seed, down, numbers) => {
        const volume = await readVolume(
          series(12, (z) => ({
            instance: down ? 40 - z : (numbers[z] ?? 0),
            elements: {
              "00181151": ["IS", String(200 + Math.round(80 * Math.sin(z / 3 + seed)))],
              "00080032": ["TM", String(101500 + (down ? z : -z) + 20)],
            },
          })),
        );
        isBody(volume, 12);
      }),
      { numRuns: 15, seed: 15 },
    );
  });
});

describe("calibration and declarations", () => {
  const absent: DicomSpec = { elements: { "00281052": null, "00281053": null } };

  it("is refused when some slices state it and others do not, naming the slices", async () => {
    const error = await caught(() => readVolume(series(12, (z) => ([4, 5, 9].includes(z) ? absent : {}))));
    expect([error.code, error.details]).toMatchObject([
      "DATA_PIXEL_CALIBRATION",
      { slices: [5, 6, 10], of: 12 },
    ]);
    expect(error.message).toContain("3 of 12 slices state no RescaleSlope");
    expect(codes(await readVolume(series(12, () => absent)))).toContain("RESCALE_ABSENT");
  });

  it.each<[string, DicomSpec["elements"]]>([
    ["RescaleType MGML", { "00281054": ["LO", "MGML"] }],
    ["RescaleType mg/ml*", { "00281054": ["LO", "mg/ml*"] }],
    ["RescaleType Z_EFF", { "00281054": ["LO", "Z_EFF"] }],
    ["RescaleType ED", { "00281054": ["LO", "ED"] }],
    ["RescaleType %EDW", { "00281054": ["LO", "%EDW"] }],
    ["RescaleType PCT", { "00281054": ["LO", "PCT"] }],
    ["RescaleType HU_MOD", { "00281054": ["LO", "HU_MOD"] }],
    ["ImageType MAT_SPECIFIC", { "00080008": ["CS", "DERIVED\\PRIMARY\\AXIAL\\MAT_SPECIFIC"] }],
    ["ImageType EFF_ATOMIC_NUM", { "00080008": ["CS", "DERIVED\\PRIMARY\\AXIAL\\EFF_ATOMIC_NUM"] }],
    ["Units BQML", { "00541001": ["CS", "BQML"] }],
  ])("that declare another quantity, %s, are DATA_NOT_HU before any histogram", async (what, elements) => {
    const error = await caught(() => readVolume(series(6, () => ({ elements: elements ?? {} }))));
    expect([error.code, error.details.cause]).toEqual(["DATA_NOT_HU", "declared"]);
    expect(error.message).toContain(what.split(" ")[0]);
  });

  it.each<[string, DicomSpec["elements"]]>([
    ["US", { "00281054": ["LO", "US"] }],
    ["HU*", { "00281054": ["LO", "HU*"] }],
    ["VMI", { "00080008": ["CS", "DERIVED\\PRIMARY\\AXIAL\\VMI"] }],
    ["MAT_REMOVED", { "00080008": ["CS", "DERIVED\\PRIMARY\\AXIAL\\MAT_REMOVED"] }],
    ["MONOCHROME1", { "00280004": ["CS", "MONOCHROME1"] }],
  ])("that stay HU, %s, are read", async (_, elements) => {
    isBody(await readVolume(series(6, () => ({ elements: elements ?? {} }))), 6);
  });

  it("costs no scan where a malformed value decides neither grid nor HU, whatever element it is", async () => {
    const optional = [
      "00180050",
      "00180060",
      "00181120",
      "00200012",
      "00200013",
      "00280120",
      "00201041",
      "00180088",
    ];
    for (const tag of optional) {
      const volume = await readVolume(series(6, () => ({ elements: { [tag]: ["LO", "2,5 mm"] } })));
      isBody(volume, 6);
      expect(codes(volume)).toContain("ELEMENT_MALFORMED");
    }
    const error = await caught(() => readVolume(series(6, () => ({ slope: "1,0" }))));
    expect([error.code, error.message]).toEqual([
      "DATA_PIXEL_CALIBRATION",
      expect.stringContaining("RescaleSlope is not a decimal number: it is written with a decimal comma"),
    ]);
  });
});

describe("what the header contradicts", () => {
  it.each<[string, DicomSpec]>([
    ["TILT_DISAGREES", { elements: { "00181120": ["DS", "-18.5"] } }],
    ["SPACING_DISAGREES", { elements: { "00180088": ["DS", "5"] } }],
    ["SLICES_APART", { thickness: 1 }],
    ["FIELD_OF_VIEW_DISAGREES", { elements: { "00181100": ["DS", "500"] } }],
    ["FEWER_IMAGES_THAN_STATED", { elements: { "00201002": ["IS", "40"] } }],
    ["SLICES_OVERLAP", { thickness: 20 }],
    ["PIXEL_SPACING_DISAGREES", { elements: { "00280034": ["IS", "1\\1"] } }],
    ["PIXEL_SPACING_DISAGREES", { elements: { "00182010": ["DS", "2\\2"] } }],
    ["LOSSY_SOURCE", { elements: { "00282112": ["DS", "30"] } }],
    ["PROJECTED_IMAGE", { imageType: "DERIVED\\SECONDARY\\AXIAL\\MIP" }],
    ["DERIVED_IMAGE", { imageType: "DERIVED\\PRIMARY\\AXIAL" }],
  ])("is told as %s, and the geometry decides", async (code, change) => {
    const volume = await readVolume(series(6, () => change));
    isBody(volume, 6);
    expect(codes(volume)).toEqual([code]);
  });

  it("is told of SliceLocation, of a voltage that changes once, and of high padding with share and HU", async () => {
    const located = await readVolume(series(6, (z) => ({ elements: { "00201041": ["DS", String(5 * z)] } })));
    expect(codes(located)).toEqual(["SLICE_LOCATION_DISAGREES"]);
    const blocks = await readVolume(
      series(8, (z) => ({ elements: { "00180060": ["DS", z < 4 ? "80" : "120"] } })),
    );
    expect(blocks.warnings).toEqual([
      { code: "SERIES_CHANGES", message: expect.stringContaining("first between slices 4 and 5 of 8") },
    ]);
    const padded = await readVolume(
      series(6, (z) => {
        const values = Int16Array.from(seriesSpecs(6)[z]?.values ?? []);
        values.fill(3071, 0, 48);
        return { values, elements: { "00280120": ["SS", Uint8Array.of(0xff, 0x0b)] } };
      }),
    );
    expect(padded.warnings).toEqual([
      {
        code: "PADDING_VALUES",
        message: expect.stringContaining("10.0 % of the voxels are declared padding of 3071 HU"),
      },
    ]);
  });

  it("is told of a pile at the highest value that nobody declared, and of a slice that is a copy", async () => {
    const piled = await readVolume(
      series(6, (z) => {
        const values = Int16Array.from(seriesSpecs(6)[z]?.values ?? []);
        return { values: values.fill(3071, 0, 24) };
      }),
    );
    expect(piled.warnings).toEqual([
      { code: "TOP_VALUE_PILE", message: expect.stringContaining("5.0 % of the voxels are exactly 3071 HU") },
    ]);
    const copied = await readVolume(
      series(6, (z) => (z === 3 ? { values: seriesSpecs(6)[2]?.values ?? [] } : {})),
    );
    expect(copied.warnings).toEqual([
      {
        code: "SLICES_IDENTICAL",
        message: expect.stringContaining("1 of 6 slices hold the voxels of the slice before"),
      },
    ]);
  });

  it("is told of voxels that do not belong to their place, and of one calibration among others", async () => {
    const other = (z: number): number => (z === 2 ? 9 : z === 9 ? 2 : z);
    const swapped = await readVolume(
      series(12, (z) => ({ values: seriesSpecs(12)[other(z)]?.values ?? [] })),
    );
    expect(swapped.warnings).toEqual([
      { code: "SLICES_MISFIT", message: expect.stringContaining("2 of 12 slices (3, 10)") },
    ]);
    const odd = await readVolume(series(12, (z) => (z === 5 ? { intercept: "60" } : {})));
    expect(codes(odd)).toEqual(["RESCALE_ODD_IN_FEW", "HU_SUSPECT"]);
  });

  it("is refused where signed pixels have more bits than stated, and told where bits are cut off", async () => {
    const bits = (stored: number): DicomSpec["elements"] => ({
      "00280101": ["US", Uint8Array.of(stored, 0)],
      "00280102": ["US", Uint8Array.of(stored - 1, 0)],
    });
    const error = await caught(() =>
      readVolume(series(6, (z) => (z === 2 ? { elements: bits(10) ?? {} } : {}))),
    );
    expect([error.code, error.message]).toEqual([
      "DATA_DICOM_PARSE",
      expect.stringContaining("BitsStored is 10"),
    ]);
    const marked = await readVolume(
      series(6, (z) => ({
        values: Array.from(seriesSpecs(6)[z]?.values ?? [], (hu) => (hu & 0xfff) | 0x1000),
        elements: bits(12) ?? {},
      })),
    );
    isBody(marked, 6);
    expect(codes(marked)).toEqual(["HIGH_BITS_CUT"]);
  });

  it("is refused where pixels are more than the header tells of", async () => {
    const wide = await caught(() => readVolume(series(6, () => ({ columns: 12 }))));
    expect([wide.code, wide.message]).toEqual([
      "DATA_DICOM_PARSE",
      expect.stringContaining("960 bytes of pixels where 12 x 20 need 480"),
    ]);
  });
});

describe("files of a folder", () => {
  const bare = (spec: DicomSpec): Buffer => {
    const file = dicomFile({ ...spec, syntax: "implicit" });
    return file.subarray(144 + file.readUInt32LE(140));
  };

  it("are read without preamble and meta header, all of them or some", async () => {
    for (const isBare of [() => true, (z: number) => z > 3]) {
      const files = seriesSpecs(6).map(
        (spec, z) => [`f${z}`, isBare(z) ? bare(spec) : dicomFile(spec)] as const,
      );
      const volume = await readVolume(folder(files));
      isBody(volume, 6);
      expect(codes(volume)).toEqual(["DICM_MARK_MISSING"]);
    }
  });

  it.each<[string, Buffer, string]>([
    ["zeros", Buffer.alloc(4000), "not DICOM (no DICM mark, no data set)"],
    ["a cut beginning", dicomFile({}).subarray(0, 90), "not DICOM"],
    ["nothing", Buffer.alloc(0), "is empty"],
    ["a pointer of Git LFS", Buffer.from("version https://git-lfs.github.com/spec/v1\n"), "Git LFS pointer"],
    ["an error page", Buffer.from("<html>login</html>"), "a web page"],
    ["text", Buffer.from("not found"), "is text"],
  ])("named like a slice that hold %s refuse the folder by number", async (_, content, said) => {
    const error = await caught(() =>
      readVolume(folder([...seriesFiles(seriesSpecs(6)), ["CANARY-03b.dcm", content]])),
    );
    expect([error.code, error.message]).toEqual(["DATA_DICOM_PARSE", expect.stringContaining(said)]);
    expect(error.message).toContain("file 4 of 7 (in name order)");
    expect(JSON.stringify(error.toDocument())).not.toContain("CANARY");
  });

  it("that end before their pixels are no other object, but a slice cut short", async () => {
    const cut = (spec: DicomSpec): Buffer => {
      const file = dicomFile(spec);
      return file.subarray(0, file.lastIndexOf(Buffer.from([0xe0, 0x7f, 0x10, 0x00])));
    };
    const files = seriesSpecs(6).map((spec, z) => [`f${z}`, z === 2 ? cut(spec) : dicomFile(spec)] as const);
    const error = await caught(() => readVolume(folder(files)));
    expect([error.code, error.message]).toEqual([
      "DATA_TRUNCATED",
      expect.stringContaining("file 3 of 6 (in name order)"),
    ]);
  });

  it("of which one is of another size can be read without it, by the id of the part", async () => {
    const at = series(7, (z) => (z === 0 ? { rows: 10, values: new Int16Array(240) } : {}));
    const error = await caught(() => readVolume(at));
    expect(error.message).toContain("1 of 7 slices differ in matrix: 24 x 10 (file 1 of 7");
    const [most] = error.details.series as [{ series: string; slices: number }];
    expect(most.slices).toBe(6);
    expect((await readVolume(at, { series: most.series })).shapeDHW).toEqual([6, 20, 24]);
  });

  it("of any other kind are counted, and no more than their beginning is read", async () => {
    const names = fc.constantFrom(
      "notes.txt",
      "._x.dcm",
      "page.pdf",
      "a.png",
      "Thumbs.db",
      "x.json",
      "scan.nii.gz",
    );
    const contents = fc.constantFrom(
      "text\n",
      "\x00\x05\x16\x07",
      "%PDF-1.4",
      "\x89PNG\r\n\x1a\n",
      "PK\x03\x04",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(names, contents), { minLength: 1, maxLength: 5 }), async (junk) => {
        const others = junk
          .filter(([name, content]) => !(name.endsWith(".dcm") && content === "text\n"))
          .map(([name, content], index) => [`${index}${name}`, Buffer.from(content, "latin1")] as const);
        const volume = await readVolume(folder([...seriesFiles(seriesSpecs(6)), ...others]));
        isBody(volume, 6);
        expect(volume.warnings).toEqual(
          others.length === 0
            ? []
            : [
                {
                  code: "OTHER_FILES_SKIPPED",
                  message: expect.stringContaining(`${others.length} non-DICOM`),
                },
              ],
        );
      }),
      { numRuns: 20, seed: 16 },
    );
  });

  it("have any name of bytes, and are read", async () => {
    const name = fc
      .uint8Array({ minLength: 1, maxLength: 40 })
      .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0xe4 : byte))))
      .filter((bytes) => ![".", ".."].includes(bytes.toString("latin1")));
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(name, { minLength: 6, maxLength: 6, selector: String }),
        async (names) => {
          const files = seriesFiles(seriesSpecs(6)).map(([, bytes], z) => [names[z] ?? "", bytes] as const);
          isBody(await readVolume(folder(files)), 6);
        },
      ),
      { numRuns: 20, seed: 17 },
    );
  });

  it("are shown by the command of the hint, whatever their names are", async () => {
    for (const names of [
      ["b.dcm", "a/z.dcm", "A.dcm", "a.dcm"],
      ["x\ny.dcm", "é.dcm", "e.dcm", "'.dcm"],
    ]) {
      const at = join(root, `it's ${folders++}`);
      writeFolder(join(at, "a"), []);
      const specs = seriesSpecs(4, (z) => (z === 1 ? { elements: { "00200032": null } } : {}));
      writeFolder(
        at,
        specs.map((spec, z) => [names[z] ?? "", dicomFile(spec)] as const),
      );
      const error = await caught(() => readVolume(at));
      expect([error.code, error.message]).toEqual([
        "DATA_GEOMETRY",
        expect.stringContaining("ImagePositionPatient"),
      ]);
      const command = /`(find .*)` shows/.exec(error.hint.replaceAll("\n", " "))?.[1] ?? "";
      expect(execFileSync("/bin/sh", ["-c", command], { encoding: "latin1" })).toContain(
        Buffer.from(names[1] ?? "").toString("latin1"),
      );
    }
  });

  it("that are links are followed, and one that leads nowhere is told by number, as an I/O failure", async () => {
    const at = series(6);
    const links = writeFolder(join(root, `links-${folders++}`), []);
    seriesFiles(seriesSpecs(6)).forEach(([name]) => {
      symlinkSync(join(at, name), join(links, name));
    });
    isBody(await readVolume(links), 6);
    symlinkSync("/gone/SECRET-NAME.dcm", join(links, "CANARY-99.dcm"));
    const error = await caught(() => readVolume(links));
    expect([error.code, error.exitCode, error.message]).toEqual([
      "IO_FAILED",
      74,
      expect.stringContaining("file 7 of 7 (in name order)"),
    ]);
    expect(error.message).toContain("is a link that leads nowhere");
    expect(JSON.stringify(error.toDocument())).not.toMatch(/CANARY|SECRET/);
  });
});
