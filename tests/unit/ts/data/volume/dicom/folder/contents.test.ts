import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import {
  deadLink,
  lookThrough,
  readAllElements,
  readElements,
} from "../../../../../../../ts/data/volume/dicom/folder/contents.ts";
import { scanElements } from "../../../../../../../ts/data/volume/dicom/scan.ts";
import { ReadLog, type ReadProgress } from "../../../../../../../ts/data/volume/log.ts";
import { lookInto } from "../../../../../../../ts/files/index.ts";
import { caught } from "../../../../../../support/caught.ts";
import { writeFolder } from "../../../../../../support/ct-series.ts";
import { type DicomSpec, dicomFile } from "../../../../../../support/dicom-file.ts";
import { niftiFile } from "../../../../../../support/nifti-file.ts";
import { temporaryFolder } from "../../../../../../support/temporary-folder.ts";

const root = temporaryFolder();
let folders = 0;
const folder = (files: Readonly<Record<string, Uint8Array>>): string =>
  writeFolder(join(root, `folder-${folders++}`), Object.entries(files));
const look = (path: string, maxBytes = 2 ** 20): ReturnType<typeof lookThrough> =>
  lookThrough(path, maxBytes, undefined, new ReadLog());

describe("lookThrough", () => {
  it("sorts files into series and what lies beside, by number and never by name", async () => {
    const nifti = niftiFile({ dims: [2, 2, 2], values: new Int16Array(8) });
    const path = folder({
      "1.dcm": dicomFile({ series: "1.2.3" }),
      "2.DCM": dicomFile({ series: "1.2.3", instance: 2 }),
      "3.IMA": dicomFile({ series: "1.2.4" }),
      "4": dicomFile({ sopClass: "1.2.840.10008.1.3.10" }),
      "5.dcm": dicomFile({ modality: "SEG" }),
      "6.nii.gz": gzipSync(nifti),
      "7.txt": Buffer.from("text"),
      "8.1.2.840": Buffer.alloc(200),
      "9.dcm.gz": gzipSync(dicomFile({})),
    });
    const { files, series, beside } = await look(path);
    expect([files, [...series.values()].map((images) => images.map((image) => image.extension))]).toEqual([
      9,
      [["dcm", "dcm"], ["ima"]],
    ]);
    expect(beside.map(({ counted, kind, extension, is }) => [counted, kind, extension, is])).toEqual([
      ["DICOMDIR", "DICOMDIR", "", "other"],
      ["SEG", "SEG", "dcm", "other"],
      ["non-DICOM", "NIfTI", "nii", "other"],
      ["non-DICOM", "text", "txt", "doubtful"],
      ["non-DICOM", undefined, "#", "stand-in"],
      ["non-DICOM", "a gzipped DICOM file", "dcm", "stand-in"],
    ]);
    expect(beside[0]?.where).toMatch(/^file 4 of 9 \(in name order\) of /);
  });

  it("says how many of the files were looked at", async () => {
    const heard: ReadProgress[] = [];
    const path = folder({
      "1.dcm": dicomFile({}),
      "2.dcm": dicomFile({ instance: 2 }),
      "3.txt": Buffer.from("a"),
    });
    await lookThrough(
      path,
      2 ** 20,
      undefined,
      new ReadLog({ onProgress: (progress) => heard.push(progress) }),
    );
    expect(heard).toEqual([0, 1, 2].map((done) => ({ what: "files", done, total: 3 })));
  });

  it("keeps of an image the values it needs, and nothing of what else its file holds", async () => {
    const path = folder({
      "1.dcm": dicomFile({ rows: 64, columns: 64, values: new Int16Array(4096).fill(7) }),
    });
    const [images = []] = [...(await look(path)).series.values()];
    const [{ elements } = { elements: undefined }] = images;
    expect(elements?.uint16("Rows")).toBe(64);
    expect(elements?.bytes.length).toBeLessThan(1000);
    expect(elements?.bytes.buffer.byteLength).toBe(elements?.bytes.length);
    expect(elements?.bytes.toString("latin1")).not.toContain("CANARY^NAME");
  });

  it("follows links to files, not to folders, and tells a dead one", async () => {
    const path = folder({ "a.dcm": dicomFile({}) });
    symlinkSync(path, join(path, "up"));
    symlinkSync(join(path, "a.dcm"), join(path, "b.dcm"));
    symlinkSync("/gone/CANARY", join(path, "c.dcm"));
    const { series, beside } = await look(path);
    expect([...series.values()][0]).toHaveLength(2);
    expect(beside.map(({ kind, is }) => [kind, is])).toEqual([
      [deadLink, "stand-in"],
      ["a link to a folder", "other"],
    ]);
  });

  it("tells a damaged file by number, without its name", async () => {
    const cut = dicomFile({ patch: (file) => file.subarray(0, 300) });
    const error = await caught(() => look(folder({ "CANARY.dcm": cut })));
    expect([error.code, error.message]).toEqual(["DATA_DICOM_PARSE", expect.stringContaining("file 1 of 1")]);
    const long = { elements: { "00091001": ["UN", new Uint8Array(100_000)] } } satisfies DicomSpec;
    const large = await caught(() => look(folder({ "CANARY.dcm": dicomFile(long) }), 1000));
    expect([large.code, large.details]).toEqual(["DATA_UNSUPPORTED", {}]);
    for (const one of [error, large]) expect(JSON.stringify(one.toDocument())).not.toContain("CANARY");
  });
});

describe("looking at several files at once", () => {
  const many = Array.from({ length: 12 }, (_, i): [string, Uint8Array] => [
    `${String.fromCharCode(97 + i)}.dcm`,
    dicomFile({ instance: i + 1, series: "1.2.3" }),
  ]);

  it("keeps the order of the names, and of each file its own values", async () => {
    const [images = []] = [...(await look(folder(Object.fromEntries(many)))).series.values()];
    expect(images.map(({ elements }) => elements.text("InstanceNumber"))).toEqual(
      many.map((_, i) => String(i + 1)),
    );
    expect(images.map(({ where }) => where.replace(/ of .*/, ""))).toEqual(
      many.map((_, i) => `file ${i + 1}`),
    );
  });

  it("tells the first damaged file by name, however many there are", async () => {
    const damaged = many.map(([name, file], i): [string, Uint8Array] => [
      name,
      i === 4 || i === 5 ? file.subarray(0, 300) : file,
    ]);
    const error = await caught(() => look(folder(Object.fromEntries(damaged))));
    expect([error.code, error.message]).toEqual([
      "DATA_DICOM_PARSE",
      expect.stringContaining("file 5 of 12"),
    ]);
  });

  it("stops between files when it is cancelled", async () => {
    const path = folder(Object.fromEntries(many));
    const stop = new AbortController();
    const log = new ReadLog({
      onProgress: ({ done }) => {
        if (done === 3) stop.abort();
      },
    });
    const error = await caught(() => lookThrough(path, 2 ** 20, stop.signal, log));
    expect(error.code).toBe("CANCELLED");
  });
});

describe("readElements", () => {
  it("reads no more of a file than it takes to reach the pixels, four times as much at a time", async () => {
    const opened: number[] = [];
    const header = { "00091001": ["UN", new Uint8Array(100_000)] } satisfies DicomSpec["elements"];
    const spec = { rows: 512, columns: 512, values: new Int16Array(512 * 512), elements: header };
    const path = join(folder({ long: dicomFile(spec) }), "long");
    const elements = await lookInto(path, 65536, (bytes) => {
      opened.push(bytes.length);
      const found = scanElements(bytes, false, "the file");
      return found === undefined ? 4 * bytes.length : { found };
    });
    expect(opened).toEqual([65536, 262144]);
    expect((await readElements(path, "the file", 2 ** 20)).numbers("PixelSpacing")).toEqual(
      elements.numbers("PixelSpacing"),
    );
  });

  it("reads a file past its beginning where its header is long, up to the bytes allowed", async () => {
    const long = { elements: { "00091001": ["UN", new Uint8Array(100_000)] } } satisfies DicomSpec;
    const path = join(folder({ long: dicomFile(long) }), "long");
    expect((await readElements(path, "the file", 2 ** 20)).uint16("Rows")).toBe(4);
    expect((await readAllElements(path, "the file", 2 ** 20)).bytes.length).toBeGreaterThan(100_000);
    expect((await caught(() => readAllElements(path, "the file", 1000))).exitCode).toBe(65);
  });
});
