import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import type { FramedRecord, JsonObject } from "../../../../../ts/track/record/frames.ts";
import {
  encodeRecord,
  readFramedLog,
  readSegment,
  readSegments,
  segmentFile,
} from "../../../../../ts/track/record/frames.ts";
import { failureOf, runsFolders, scratchFolder } from "../fixtures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const fresh = runsFolders(scratch.path);

function logOf(...segments: readonly (string | Uint8Array)[]): string {
  const folder = fresh();
  mkdirSync(folder);
  segments.forEach((bytes, index) => {
    writeFileSync(join(folder, segmentFile(index)), bytes);
  });
  return folder;
}

async function recordsOf(folder: string): Promise<{ records: FramedRecord[]; tornBytes: number }> {
  const records: FramedRecord[] = [];
  const { tornBytes } = await readFramedLog(folder, (record) => records.push(record));
  return { records, tornBytes };
}

const body = fc.dictionary(
  fc.string({ unit: "grapheme", minLength: 1 }).filter((key) => !["seq", "crc32", "__proto__"].includes(key)),
  fc.jsonValue({ noUnicodeString: false }),
);
const line = (seq: number, content: JsonObject = { n: seq }): string => encodeRecord(seq, content);

describe("a framed record", () => {
  it("is one line of JSON with its number first and its checksum last", () => {
    expect(encodeRecord(7, {})).toBe(
      `{"seq":7,"crc32":"${crc32('{"seq":7}').toString(16).padStart(8, "0")}"}\n`,
    );
    const parsed = JSON.parse(encodeRecord(3, { b: 1, a: "x" })) as object;
    expect(Object.keys(parsed)).toEqual(["seq", "a", "b", "crc32"]);
  });

  it("is read back as it was appended, whatever JSON it holds", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(body, { maxLength: 4 }), async (bodies) => {
        const written = bodies.map((content) => JSON.parse(JSON.stringify(content)) as JsonObject);
        const folder = logOf(written.map((content, seq) => line(seq, content)).join(""));
        const { records, tornBytes } = await recordsOf(folder);
        expect([records.map((record) => record.body), tornBytes]).toEqual([written, 0]);
        expect(records.map(({ seq }) => seq)).toEqual(written.map((_, seq) => seq));
      }),
      { numRuns: 25, seed: 20261128 },
    );
  });

  it.each(["seq", "crc32"])("may not have a key %s of its own", async (key) => {
    const refused = await failureOf(async () => encodeRecord(0, { [key]: 1 }));
    expect([refused.code, refused.exitCode]).toEqual(["INTERNAL", 70]);
  });
});

describe("a log of several segments", () => {
  it("counts on over them in their order", async () => {
    const folder = logOf(line(0) + line(1), line(2), "");
    writeFileSync(join(folder, "notes.txt"), "not a segment");
    const seen: number[] = [];
    const end = await readSegments(folder, ({ seq }) => seen.push(seq));
    expect(seen).toEqual([0, 1, 2]);
    expect(end).toMatchObject({ segment: 2, records: 3, validBytes: 0, tornBytes: 0, lostNewline: false });
  });

  it("that lacks one in the middle is refused, naming it", async () => {
    const folder = logOf(line(0));
    writeFileSync(join(folder, segmentFile(2)), line(1));
    const refused = await failureOf(recordsOf(folder));
    expect(refused.code).toBe("RECORD_INVALID");
    expect(refused.message).toContain("000002.jsonl: segment 000001.jsonl is missing before it");
  });

  it("is empty where there is no folder, and a folder that is a file cannot be read", async () => {
    expect(await recordsOf(join(scratch.path, "none"))).toEqual({ records: [], tornBytes: 0 });
    const file = join(logOf(""), segmentFile(0));
    expect((await failureOf(recordsOf(file))).code).toBe("PATH_NOT_FOUND");
  });
});

describe("the end of a log", () => {
  it("cut at any byte loses the last record alone, and nothing that was acknowledged", async () => {
    const whole = line(0) + line(1) + line(2, { text: "\u00e9".repeat(10) });
    const bytes = Buffer.from(whole);
    const before = Buffer.byteLength(line(0) + line(1));
    for (let cut = before; cut < bytes.length; cut += 1) {
      const { records, tornBytes } = await recordsOf(logOf(bytes.subarray(0, cut)));
      const lostNewline = cut === bytes.length - 1;
      expect([records.length, tornBytes]).toEqual(lostNewline ? [3, 0] : [2, cut - before]);
    }
  });

  it("filled with zeros by a power loss is torn, too", async () => {
    const { records, tornBytes } = await recordsOf(
      logOf(Buffer.concat([Buffer.from(line(0)), Buffer.alloc(100)])),
    );
    expect([records.length, tornBytes]).toEqual([1, 100]);
    const zeros = Buffer.concat([Buffer.from(line(0)), Buffer.alloc(100), Buffer.from("\n")]);
    expect((await recordsOf(logOf(zeros))).tornBytes).toBe(101);
  });

  it("whose newline alone is lost is whole", async () => {
    const end = await readSegments(logOf((line(0) + line(1)).trimEnd()), () => undefined);
    expect(end).toMatchObject({ records: 2, lostNewline: true, tornBytes: 0 });
  });
});

describe("damage to what was acknowledged", () => {
  it("is found wherever a byte differs", async () => {
    const whole = Buffer.from(line(0) + line(1) + line(2));
    const last = Buffer.byteLength(line(0) + line(1));
    await fc.assert(
      fc.asyncProperty(fc.nat(last - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const damaged = Buffer.from(whole);
        damaged[at] = (damaged[at] ?? 0) ^ flip;
        const refused = await failureOf(recordsOf(logOf(damaged)));
        expect([refused.code, refused.exitCode]).toEqual(["RECORD_INVALID", 65]);
      }),
      { numRuns: 60, seed: 20261128 },
    );
  });

  it.each([
    ["a record twice", line(0) + line(0), "record 0 stands where record 1 belongs (byte "],
    ["a record left out", line(0) + line(2), "record 2 stands where record 1 belongs (byte "],
    ["a line that is none, with more behind it", `${line(0)}x\n${line(1)}`, "record 1 is damaged (byte "],
  ])("is told for %s with the byte", async (_, text, message) => {
    const refused = await failureOf(recordsOf(logOf(text)));
    expect(refused.message).toContain(message);
    expect(refused.details.byte).toBe(Buffer.byteLength(line(0)));
  });

  it("is told for a segment that ends early though another follows", async () => {
    for (const first of [line(0).slice(0, -5), line(0).trimEnd()]) {
      const folder = logOf(first, line(1));
      const refused = await failureOf(recordsOf(folder));
      expect(refused.code).toBe("RECORD_INVALID");
      expect(readFileSync(join(folder, segmentFile(0)), "utf8")).toBe(first);
    }
  });
});

describe("the end of a log", () => {
  const zeros = (count: number): Buffer => Buffer.alloc(count);
  const text = (...parts: readonly string[]): Buffer => Buffer.from(parts.join(""), "utf8");

  it("that a power loss left as zeros, many in a row or to the end, is torn", async () => {
    const half = line(1).slice(0, 12);
    for (const end of [
      zeros(4096),
      Buffer.concat([text(half), zeros(3)]),
      Buffer.concat([text(half), zeros(512), text("tail\n")]),
      Buffer.concat([zeros(600), text('"}\n')]),
    ]) {
      const { records, tornBytes } = await recordsOf(logOf(Buffer.concat([text(line(0)), end])));
      expect([records.length, tornBytes]).toEqual([1, end.length]);
    }
  });

  it("that holds a zero or a few among its letters is damage, and told", async () => {
    const whole = text(line(1, { note: "a long line of a record, as one of many points is" }));
    for (const count of [1, 3, 20])
      for (const at of [0, 9, 30]) {
        const damaged = Buffer.from(whole);
        damaged.fill(0, at, at + count);
        const refused = await failureOf(recordsOf(logOf(Buffer.concat([text(line(0)), damaged]))));
        expect([refused.code, refused.details.record]).toEqual(["RECORD_INVALID", 1]);
      }
  });

  it("whose last newline is another byte costs no record, and is told as one byte torn", async () => {
    for (const byte of [0, 9, 0x20, 0x7d, 0xff]) {
      const bytes = Buffer.concat([text(line(0), line(1).trimEnd()), Buffer.from([byte])]);
      const { records, tornBytes } = await recordsOf(logOf(bytes));
      expect([records.map(({ seq }) => seq), tornBytes]).toEqual([[0, 1], 1]);
    }
  });

  it("is written from the canonical JSON of a record as from the record", () => {
    expect(encodeRecord(4, '{"a":1,"b":[1,2]}')).toBe(encodeRecord(4, { b: [1, 2], a: 1 }));
    expect(encodeRecord(4, "{}")).toBe(encodeRecord(4, {}));
  });
});

describe("one segment of a log", () => {
  const numbered = async (folder: string, number: number, firstSeq: number | null, isLast = false) => {
    const found: number[] = [];
    const path = join(folder, segmentFile(number));
    const end = await readSegment({ path, isLast, firstSeq }, ({ seq }) => found.push(seq));
    return { found, nextSeq: end.nextSeq };
  };

  it("is read by itself, its first record saying how many came before", async () => {
    const folder = logOf(line(0) + line(1), line(2) + line(3), line(4));
    expect(await numbered(folder, 1, null)).toEqual({ found: [2, 3], nextSeq: 4 });
    expect(await numbered(folder, 1, 2)).toEqual({ found: [2, 3], nextSeq: 4 });
    expect(await numbered(folder, 2, null, true)).toEqual({ found: [4], nextSeq: 5 });
    expect((await failureOf(numbered(folder, 1, 0))).message).toContain(
      "record 2 stands where record 0 belongs",
    );
  });

  it("that is empty or damaged from its first record on is told as in a log", async () => {
    const folder = logOf("", "x\n");
    expect(await numbered(folder, 0, null)).toEqual({ found: [], nextSeq: 0 });
    expect((await failureOf(numbered(folder, 1, null))).code).toBe("RECORD_INVALID");
  });
});
