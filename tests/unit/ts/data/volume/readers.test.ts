// The suite of every format: a reader is a row of ts/data/volume/readers, and comes with an example that writes it.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { withInspection } from "../../../../../ts/data/volume/inspect.ts";
import { ReadLog } from "../../../../../ts/data/volume/log.ts";
import { readVolumeLogged } from "../../../../../ts/data/volume/read.ts";
import { candidateAt, formatOf, readers } from "../../../../../ts/data/volume/readers.ts";
import type { ReadOptions } from "../../../../../ts/data/volume/source.ts";
import { isTomoeError, type TomoeError } from "../../../../../ts/errors.ts";
import type { Volume } from "../../../../../ts/schema/volume.ts";
import { seeded } from "../../../../support/body-voxels.ts";
import { caught } from "../../../../support/caught.ts";
import { expectOneVolume } from "../../../../support/reader-orders.ts";
import { bodyOf, bodyRas, shapeRas, storedBody } from "../../../../support/stored-body.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";
import { putFile, volumeExamples } from "../../../../support/volume-examples.ts";

const root = temporaryFolder();
let folders = 0;
const fresh = (): string => join(root, `scan-${folders++}`);
const read = async (path: string, options: ReadOptions = {}, log = new ReadLog()): Promise<Volume> =>
  await readVolumeLogged(path, options, log);
/** What is printed of a refusal, without the path that was named. */
async function refusal(path: string, options: ReadOptions = {}): Promise<TomoeError> {
  const log = new ReadLog();
  const error = await caught(() => read(path, options, log));
  const told = withInspection(error, log);
  return isTomoeError(told) ? told : error;
}
const edit = (path: string, change: (bytes: Buffer) => Uint8Array): void =>
  writeFileSync(path, change(readFileSync(path)));
/** The format of an example, whose name may go on with a word. */
const formatIn = (name: string): string => name.split(" ")[0] ?? "";
/** Another letter in a text, or another last bit of the last voxel. */
function flipped(bytes: Buffer): Uint8Array {
  const text = bytes.lastIndexOf("ANARY^TEXT");
  const at = text < 0 ? bytes.length - 1 : text;
  return bytes.with(at, (bytes[at] ?? 0) ^ 1);
}
const lastOf = (files: readonly string[]): string => files.at(-1) ?? "";
const _bytesOf = ({ voxels }: Volume): Buffer =>
  Buffer.from(voxels.buffer, voxels.byteOffset, voxels.byteLength);

/** Turned by 0.3 about the first axis. */
const oblique = [
  [2, 0, 0, 1],
  [0, 3 * Math.cos(0.3), -4 * Math.sin(0.3), 2],
  [0, 3 * Math.sin(0.3), 4 * Math.cos(0.3), 3],
];

describe("every reader", () => {
  it("has an example here", () => {
    const formats = new Set(Object.keys(volumeExamples).map(formatIn));
    expect([...formats].sort()).toEqual(Object.keys(readers).sort());
  });

  it.each(Object.entries(volumeExamples))(
    "of %s alone takes what is of its format",
    async (name, example) => {
      const format = formatIn(name);
      const { path, options } = example.write(fresh(), storedBody());
      const candidate = await candidateAt(path);
      expect(await formatOf(candidate)).toBe(format);
      const sure = Object.entries(readers).filter(([, reader]) => reader.sniff(candidate) === "certain");
      expect(sure.map(([taker]) => taker)).toEqual([format]);
      expect((await read(path, options)).receipt.format).toBe(format);
    },
  );

  it.each(Object.keys(volumeExamples).map((name, first) => ({ name, first })))(
    "of $name gives one volume for each sixth storage order, others than its neighbour",
    async ({ name, first }) => {
      const example = volumeExamples[name];
      if (example === undefined) throw new Error("no example");
      await expectOneVolume(example, fresh(), { every: 6, first });
    },
  );

  it.each(Object.entries(volumeExamples))(
    "of %s keeps an oblique grid, with its rotation",
    async (_, example) => {
      const { path, options } = example.write(fresh(), storedBody([0, 1, 2], [], { affine: oblique }));
      const volume = await read(path, options);
      oblique.forEach((row, world) => {
        row.forEach((value, column) => {
          expect(volume.affineRas[world]?.[column]).toBeCloseTo(value, 4);
        });
      });
      expect([...volume.voxels]).toEqual([...bodyRas]);
    },
  );

  it.each(Object.entries(volumeExamples))(
    "of %s refuses a sheared grid, and says by how much",
    async (_, example) => {
      const sheared = oblique.map((row, world) => (world === 0 ? [2, 0.3, 0, 1] : row));
      const { path, options } = example.write(fresh(), storedBody([0, 1, 2], [], { affine: sheared }));
      const error = await refusal(path, options);
      expect(error.code).toMatch(/^DATA_(GEOMETRY|SERIES_\w+)$/);
      if (example.shears) expect(error.details.shearDegrees).toBeCloseTo(5.71, 1);
    },
  );

  it.each(Object.entries(volumeExamples))("of %s reads its types in both byte orders", async (_, example) => {
    for (const dtype of example.dtypes)
      for (const littleEndian of [true, false]) {
        const values = bodyOf(dtype);
        const { path, options } = example.write(
          fresh(),
          storedBody([0, 1, 2], [], { values, dtype, littleEndian }),
        );
        expect([...(await read(path, { ...options, huGate: "record" })).voxels]).toEqual(values);
      }
  });

  it.each(Object.entries(volumeExamples))(
    "of %s calls a float that is no number no HU",
    async (_, example) => {
      for (const dtype of example.dtypes.filter((name) => name.startsWith("float"))) {
        const values = bodyOf(dtype).with(70, Number.NaN).with(71, Number.POSITIVE_INFINITY);
        const { path, options } = example.write(fresh(), storedBody([0, 1, 2], [], { values, dtype }));
        const error = await refusal(path, options);
        expect([error.code, error.details.cause, error.details.voxels]).toEqual([
          "DATA_NOT_HU",
          "not-finite",
          2,
        ]);
      }
    },
  );
});

describe("what is wrong with a file", () => {
  it.each(Object.entries(volumeExamples))("%s that is cut anywhere is refused", async (_, example) => {
    const { path, files, options } = example.write(fresh(), storedBody());
    const whole = readFileSync(lastOf(files));
    for (const share of [0, 0.001, 0.01, 0.1, 0.3, 0.6, 0.9, 0.999]) {
      writeFileSync(lastOf(files), whole.subarray(0, Math.floor(share * whole.length)));
      expect((await refusal(path, options)).code).toMatch(/^DATA_/);
    }
    writeFileSync(lastOf(files), whole.subarray(0, -1));
    expect((await refusal(path, options)).code).toMatch(/^DATA_/);
  });

  it.each(Object.entries(volumeExamples))(
    "%s with bytes behind the voxels is never read silently",
    async (_, example) => {
      const { path, files, options } = example.write(fresh(), storedBody());
      const whole = readFileSync(lastOf(files));
      // Padding behind compressed data is of zeros; anything else there is damage.
      const fill = example.behind === "told" ? 0 : 0xaa;
      writeFileSync(lastOf(files), Buffer.concat([whole, Buffer.alloc(6, fill)]));
      const codes = async (): Promise<string> =>
        await read(path, options).then(
          ({ warnings }) => `read: ${warnings.map(({ code }) => code).join()}`,
          (error: unknown) => (isTomoeError(error) ? `refused: ${error.code}` : "not typed"),
        );
      const few = await codes();
      writeFileSync(lastOf(files), Buffer.concat([whole, Buffer.alloc(shapeRas[0] * shapeRas[1] * 2, fill)]));
      const slice = await codes();
      expect(few).toMatch(/^read: (GZIP_)?TRAILING_BYTES$/);
      if (example.behind === "refused") expect(slice).toMatch(/^refused: DATA_(HEADER|DICOM_PARSE)$/);
      if (example.behind === "told") expect(slice).toBe("read: GZIP_TRAILING_BYTES");
    },
  );

  it.each(Object.entries(volumeExamples))(
    "%s that claims more than it holds is refused by its header",
    async (_, example) => {
      for (const claimed of [
        [900, 900, 900],
        [60_000, 60_000, 60_000],
        [1_200_000, 3, 2],
      ] as const) {
        if (example.shears || claimed[0] < 65_536) {
          const { path, options } = example.write(fresh(), storedBody([0, 1, 2], [], { claimed }));
          expect((await refusal(path, options)).code).toMatch(/^DATA_/);
        }
      }
      const { path, options } = example.write(fresh(), storedBody());
      expect((await refusal(path, { ...options, maxBytes: 1000 })).code).toBe("DATA_UNSUPPORTED");
    },
  );

  it.each(Object.entries(volumeExamples))("%s stops when it is told to", async (_, example) => {
    const { path, options } = example.write(fresh(), storedBody());
    expect((await refusal(path, { ...options, signal: AbortSignal.abort() })).code).toBe("CANCELLED");
    const stop = new AbortController();
    const reading = caught(() => read(path, { ...options, signal: stop.signal }));
    stop.abort();
    expect((await reading).code).toBe("CANCELLED");
  });

  it.each(Object.entries(volumeExamples))(
    "%s with any bytes changed is read or refused, never worse",
    async (_, example) => {
      const random = seeded(11);
      const { path, files, options } = example.write(fresh(), storedBody());
      for (let trial = 0; trial < 25; trial++) {
        const file = files[Math.floor(random() * files.length)] ?? "";
        const whole = readFileSync(file);
        const changed = Buffer.from(whole);
        for (let at = 0; at < 1 + (trial % 4); at++)
          changed[Math.floor(random() * Math.min(whole.length, 700))] = Math.floor(random() * 256);
        writeFileSync(file, changed);
        const outcome = await read(path, { ...options, maxBytes: 1 << 24 }).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(isTomoeError(outcome) ? "typed" : String(outcome)).toBe("typed");
        writeFileSync(file, whole);
      }
    },
  );
});

describe("what leaves a reader", () => {
  it.each(Object.entries(volumeExamples))(
    "of %s is a digest of every byte of every file",
    async (_, example) => {
      const { path, files, options } = example.write(fresh(), storedBody());
      const before = (await read(path, options)).receipt.sourceDigest;
      expect((await read(path, options)).receipt.sourceDigest).toBe(before);
      for (const file of files.slice(0, 3)) {
        edit(file, flipped);
        expect((await read(path, options)).receipt.sourceDigest).not.toBe(before);
        edit(file, flipped);
      }
      expect(before).toMatch(/^[0-9a-f]{64}$/);
    },
  );

  it.each(Object.entries(volumeExamples))(
    "of %s holds no text of the header and no file's name",
    async (_, example) => {
      const { path, files, options } = example.write(
        fresh(),
        storedBody([0, 1, 2], [], { text: "CANARY^TEXT" }),
      );
      const volume = await read(path, options);
      const said = [JSON.stringify({ ...volume, voxels: [] })];
      expect(Buffer.from(volume.voxels.buffer).includes("CANARY")).toBe(false);
      const whole = readFileSync(lastOf(files));
      for (const length of [200, 500, whole.length - 7]) {
        writeFileSync(lastOf(files), whole.subarray(0, length));
        said.push(JSON.stringify((await refusal(path, options)).toDocument()).replaceAll(path, ""));
      }
      for (const text of said) expect(text).not.toMatch(/CANARY|slice-0|scan-/);
    },
  );
});

describe("a file that no reader takes", () => {
  it.each([
    ["picture.png", Buffer.from("\x89PNG\r\n\x1a\n rest of it", "latin1"), "DATA_UNSUPPORTED", /PNG picture/],
    ["scan.zip", Buffer.from("PK\x03\x04 rest of it"), "DATA_UNSUPPORTED", /zip archive/],
    ["scan.bin", Buffer.from(Uint8Array.of(1, 2, 3, 4)), "DATA_UNSUPPORTED", /neither|none of/],
    ["scan.dcm", Buffer.from("nothing that is known"), "DATA_DICOM_PARSE", /DICM/],
    ["scan.gz", gzipSync("hello"), "DATA_UNSUPPORTED", /gzip/],
    ["scan.nii", Buffer.from("nothing that is known"), "DATA_HEADER", /sizeof_hdr/],
    ["empty.nii", Buffer.alloc(0), "DATA_EMPTY", /empty/],
  ])("is told by its content, its name only after that: %s", async (name, bytes, code, what) => {
    const error = await refusal(putFile(fresh(), name, bytes));
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(what)]);
    expect(error.hint).not.toBe("");
  });

  it("is told to be the voxels of a pair where a header lies beside it", async () => {
    const folder = fresh();
    putFile(folder, "pair.hdr", "header");
    const error = await refusal(putFile(folder, "pair.img", Buffer.from(Uint8Array.of(9, 9, 9, 9))));
    expect([error.code, error.message]).toEqual([
      "DATA_UNSUPPORTED",
      expect.stringMatching(/voxel half of a pair/),
    ]);
  });

  it("may not be placed by the caller where it states its own geometry", async () => {
    const { path } = volumeExamples.nifti?.write(fresh(), storedBody()) ?? { path: "" };
    const affineRas = [
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ] as const;
    expect((await refusal(path, { affineRas })).code).toBe("USAGE_INVALID");
  });

  it("is missing, or neither a file nor a folder", async () => {
    expect((await refusal(join(root, "nowhere"))).code).toBe("PATH_NOT_FOUND");
    expect((await refusal("/dev/null")).code).toBe("DATA_UNSUPPORTED");
  });
});
