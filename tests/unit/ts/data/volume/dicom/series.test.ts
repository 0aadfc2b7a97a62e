import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findSlices } from "../../../../../../ts/data/volume/dicom/series.ts";
import { stackSlices } from "../../../../../../ts/data/volume/dicom/stack.ts";
import { ReadLog } from "../../../../../../ts/data/volume/log.ts";
import { caught } from "../../../../../support/caught.ts";
import { type DicomSpec, dicomFile } from "../../../../../support/dicom-file.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const root = temporaryFolder();
let folders = 0;
const folderOf = (files: Readonly<Record<string, DicomSpec | Uint8Array>>): string => {
  const folder = join(root, `folder-${folders++}`);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), content instanceof Uint8Array ? content : dicomFile(content));
  }
  return folder;
};
const find = async (
  path: string,
  options: { series?: string; kind?: "file" | "folder"; signal?: AbortSignal } = {},
) => {
  const log = new ReadLog();
  const { kind = "folder", ...rest } = options;
  const slices = await findSlices(path, kind, { maxBytes: 2 ** 20, ...rest }, log);
  return { slices, warnings: log.warnings };
};
const slices = (count: number, change: DicomSpec = {}, name = "CANARY"): Record<string, DicomSpec> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, z) => [
      `${name}-${z}`,
      { position: [0, 0, z], instance: z + 1, ...change } satisfies DicomSpec,
    ]),
  );

describe("findSlices", () => {
  it("finds every slice below a folder, in folders inside it too", async () => {
    const folder = folderOf({ ...slices(3), "deeper/one": { position: [0, 0, 3], instance: 4 } });
    const found = await find(folder);
    expect(found.slices.map((slice) => slice.positionLps[2]).sort()).toEqual([0, 1, 2, 3]);
    expect(found.slices.every((slice) => String(slice.path).startsWith(folder))).toBe(true);
    expect(found.warnings).toEqual([]);
  });

  it("counts what lies beside the slices, and names no file", async () => {
    const report = { sopClass: "1.2.840.10008.5.1.4.1.1.88.11", modality: "SR" } as const;
    const { warnings } = await find(
      folderOf({
        ...slices(2),
        "CANARY.txt": Buffer.from("text"),
        "CANARY.bin": Buffer.alloc(10),
        report,
        DICOMDIR: { sopClass: "1.2.840.10008.1.3.10" },
      }),
    );
    expect(warnings).toEqual([
      {
        code: "OTHER_FILES_SKIPPED",
        message: expect.stringMatching(/^beside the slices lie (?=.*2 non-DICOM)(?=.*1 SR)(?=.*1 DICOMDIR)/),
      },
    ]);
    expect(JSON.stringify(warnings)).not.toContain("CANARY");
  });

  it("lists several series by ids that no UID can be read from, and takes the one asked for", async () => {
    const folder = folderOf({
      ...slices(3, { series: "1.2.3.1" }, "a"),
      ...slices(2, { series: "1.2.3.2", thickness: 5, rows: 6 }, "b"),
    });
    const error = await caught(() => find(folder));
    expect(error.code).toBe("DATA_SERIES_MIXED");
    const listed = error.details.series as { series: string; slices: number }[];
    expect(listed.toSorted((a, b) => a.slices - b.slices)).toEqual([
      expect.objectContaining({ slices: 2, thicknessMm: 5, rangeMm: [0, 1], fieldOfViewMm: [5, 6] }),
      expect.objectContaining({ slices: 3, thicknessMm: 2, stepMm: 1, localizer: false }),
    ]);
    expect(listed.every((row) => /^[0-9a-f]{16}$/.test(row.series))).toBe(true);
    expect(JSON.stringify(error.toDocument())).not.toContain("1.2.3.");
    for (const row of listed)
      expect((await find(folder, { series: row.series })).slices).toHaveLength(row.slices);
    const unknown = await caught(() => find(folder, { series: "0123456789abcdef" }));
    expect([unknown.code, unknown.details.series]).toEqual(["USAGE_INVALID", listed]);
  });

  it("names a few of many series in a message that does not grow, and all in the details", async () => {
    const many = Object.fromEntries(
      Array.from({ length: 40 }, (_, number) => [
        [`a-${number}`, { series: `1.2.3.${number}`, position: [0, 0, 0] }],
        [`b-${number}`, { series: `1.2.3.${number}`, position: [0, 0, 1] }],
      ]).flat() as [string, DicomSpec][],
    );
    const error = await caught(() => find(folderOf(many)));
    expect(error.message).toMatch(/holds 40 series: .*; and 36 more$/);
    expect(error.message.length).toBeLessThan(800);
    expect(error.details.series).toHaveLength(40);
  });

  it("leaves scouts beside the slices out, in a series of their own or in the same one", async () => {
    const scout = { imageType: "ORIGINAL\\PRIMARY\\LOCALIZER", position: [0, 0, 90] } as const;
    for (const series of ["1.2.3.888", "1.2.3.2"]) {
      const found = await find(folderOf({ ...slices(3), ...slices(2, { ...scout, series }, "scout") }));
      expect(found.slices).toHaveLength(3);
      expect(found.warnings).toEqual([
        { code: "OTHER_FILES_SKIPPED", message: expect.stringContaining("2 localizer") },
      ]);
    }
    expect((await find(folderOf(slices(2, scout)))).slices).toHaveLength(2);
  });

  it("leaves dose pages and colour maps beside a series out, named by kind and number", async () => {
    const colour = { "00280002": ["US", Uint8Array.from([3, 0])], "00280004": ["CS", "RGB"] } as const;
    const page = { "00200032": null, "00200037": null };
    const found = await find(
      folderOf({
        ...slices(3),
        inside: { elements: colour },
        ...slices(2, { series: "1.2.3.4", elements: colour }, "map"),
        ...slices(1, { series: "1.2.3.5", elements: page }, "page"),
        seg: { sopClass: "1.2.840.10008.5.1.4.1.1.66.4", modality: "SEG" },
      }),
    );
    expect(found.slices).toHaveLength(3);
    expect(found.warnings.map(({ message }) => message)).toEqual([
      "beside the slices lie 1 SEG, 3 colour picture, 1 picture without a place in the body file(s), which are not read",
    ]);
    expect((await caught(() => find(folderOf(slices(2, { elements: colour }))))).code).toBe("DATA_NOT_CT");
    expect((await caught(() => find(folderOf(slices(2, { elements: page }))))).code).toBe("DATA_GEOMETRY");
  });

  it("leaves the scouts of a chosen series out too", async () => {
    const scout = { imageType: "ORIGINAL\\PRIMARY\\LOCALIZER", position: [0, 0, 90] } as const;
    const folder = folderOf({
      ...slices(3),
      ...slices(1, scout, "scout"),
      ...slices(2, { series: "1.2.3.9" }, "b"),
    });
    const listing = (await caught(() => find(folder))).details.series as { series: string; slices: number }[];
    expect(listing.map((row) => row.slices)).toEqual([4, 2]);
    const chosen = await find(folder, { series: listing[0]?.series ?? "" });
    expect(chosen.slices).toHaveLength(3);
    expect(chosen.warnings[0]?.message).toContain("1 localizer");
  });

  it("reads one series out of files that an anonymiser gave a SeriesInstanceUID each", async () => {
    const each = (change: (z: number) => DicomSpec): Record<string, DicomSpec> =>
      Object.fromEntries(
        [0, 1, 2, 3].map((z) => [
          `f${z}`,
          { position: [0, 0, z], series: `1.2.3.${z}`, instance: z, ...change(z) },
        ]),
      );
    const joined = await find(folderOf(each(() => ({}))));
    expect([joined.slices.length, joined.warnings]).toEqual([
      4,
      [{ code: "SERIES_UID_PER_SLICE", message: expect.stringContaining("SeriesInstanceUID of its own") }],
    ]);
    const gap = await caught(() => find(folderOf(each((z) => (z === 3 ? { position: [0, 0, 4] } : {})))));
    expect([gap.code, gap.message]).toEqual([
      "DATA_SERIES_MIXED",
      expect.stringContaining(
        "of one slice each, as if an anonymiser had given every file its own SeriesInstanceUID",
      ),
    ]);
    expect(gap.message).toContain("(DATA_SERIES_GAP)");
    const strangers = each((z) => ({
      elements: { "0020000D": ["UI", `1.2.${z}`], "00200052": ["UI", `1.3.${z}`] },
    }));
    expect((await caught(() => find(folderOf(strangers)))).message).toContain("but of several studies");
  });

  it("takes a part of a series by its id, where two stacks interleave or one slice is odd", async () => {
    const mixed = folderOf(
      Object.fromEntries(
        Array.from({ length: 8 }, (_, z) => [
          `f${z}`,
          { position: [0, 0, z], instance: z, elements: { "00200012": ["IS", String(1 + (z % 2))] } },
        ]),
      ),
    );
    const { slices: whole } = await find(mixed);
    const error = await caught(() => stackSlices(whole, new ReadLog()));
    const parts = error.details.series as { series: string; slices: number }[];
    expect(parts.map((part) => part.slices)).toEqual([4, 4]);
    for (const { series } of parts) {
      const { slices: part, warnings } = await find(mixed, { series });
      expect(part).toHaveLength(4);
      expect(warnings[0]?.message).toContain("4 slice of another part");
      expect(() => stackSlices(part, new ReadLog())).not.toThrow();
    }
  });

  it("keeps a series together whose files name none", async () => {
    const none = { elements: { "0020000E": null } } as const;
    expect((await find(folderOf(slices(3, none)))).slices).toHaveLength(3);
  });

  it.each<[string, Readonly<Record<string, DicomSpec | Uint8Array>>, string, string]>([
    ["no DICOM at all", { "a.txt": Buffer.from("text") }, "DATA_EMPTY", "1 file and no DICOM image"],
    [
      "objects that are no slices",
      { seg: { sopClass: "1.2.840.10008.5.1.4.1.1.66.4", modality: "SEG" }, text: Buffer.from("x") },
      "DATA_NOT_CT",
      "holds SEG objects and no CT slice",
    ],
    [
      "an enhanced object without NumberOfFrames",
      { one: { sopClass: "1.2.840.10008.5.1.4.1.1.2.1" } },
      "DATA_DICOM_PARSE",
      "file 1 of 1 (in name order)",
    ],
  ])("refuses a folder of %s", async (_, files, code, said) => {
    const error = await caught(() => find(folderOf(files)));
    expect(error.code).toBe(code);
    expect(error.message).toContain(said);
  });

  it("refuses an empty folder", async () => {
    const empty = join(root, "empty");
    mkdirSync(empty);
    const error = await caught(() => find(empty));
    expect([error.code, error.hint]).toEqual(["DATA_EMPTY", "Give a folder of one DICOM series."]);
  });

  it("takes a file as that slice alone, without a choice of series", async () => {
    const folder = folderOf(slices(3));
    const file = join(folder, "CANARY-1");
    const { slices: found } = await find(file, { kind: "file" });
    expect(found.map((slice) => [slice.path, slice.positionLps[2]])).toEqual([[file, 1]]);
    const error = await caught(() => find(file, { kind: "file", series: "0123456789abcdef" }));
    expect([error.code, error.message]).toEqual([
      "USAGE_INVALID",
      "[USAGE_INVALID] a series was chosen, but the path is one file",
    ]);
  });

  it("stops when it is cancelled", async () => {
    const signal = AbortSignal.abort();
    expect((await caught(() => find(folderOf(slices(2)), { signal }))).code).toBe("CANCELLED");
  });
});
