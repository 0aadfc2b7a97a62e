import fc from "fast-check";
import {
  findStart,
  hasDicomMark,
  startBytes,
} from "../../../../../../../ts/data/volume/dicom/encoding/start.ts";
import { type DicomSpec, dicomFile, type Syntax } from "../../../../../../support/dicom-file.ts";

/** Where the elements behind the meta header start. */
const dataAt = (file: Buffer): number => 144 + file.readUInt32LE(140);

describe("findStart", () => {
  it("finds the meta header of a Part 10 file", () => {
    const file = dicomFile({});
    expect(findStart(file)).toEqual({ at: 132, marked: true, encoding: "explicit", meta: true });
    expect([hasDicomMark(file), hasDicomMark(file.subarray(1))]).toEqual([true, false]);
  });

  it.each<[string, Syntax, (file: Buffer) => Buffer, object]>([
    [
      "an implicit data set alone",
      "implicit",
      (f) => f.subarray(dataAt(f)),
      { at: 0, encoding: "implicit", meta: false },
    ],
    [
      "an explicit data set alone",
      "explicit",
      (f) => f.subarray(dataAt(f)),
      { at: 0, encoding: "explicit", meta: false },
    ],
    [
      "a big endian data set alone",
      "big",
      (f) => f.subarray(dataAt(f)),
      { at: 0, encoding: "big", meta: false },
    ],
    [
      "a meta header without preamble",
      "explicit",
      (f) => f.subarray(132),
      { at: 0, encoding: "explicit", meta: true },
    ],
    [
      "a mark without preamble",
      "explicit",
      (f) => f.subarray(128),
      { at: 4, encoding: "explicit", meta: true },
    ],
    [
      "a preamble without mark",
      "explicit",
      (f) => Buffer.concat([f.subarray(0, 128), f.subarray(132)]),
      { at: 128, encoding: "explicit", meta: true },
    ],
    [
      "a mark that was wiped",
      "explicit",
      (f) => Buffer.concat([f.subarray(0, 128), Buffer.alloc(4), f.subarray(132)]),
      { at: 132, encoding: "explicit", meta: true },
    ],
  ])("finds %s", (_, syntax, change, found) => {
    expect(findStart(change(dicomFile({ syntax })).subarray(0, startBytes))).toEqual({
      marked: false,
      ...found,
    });
  });

  it("finds none in text, zeros, pictures and random bytes", () => {
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.alloc(2000),
      Buffer.from("some text ".repeat(50)),
      Buffer.alloc(300, 8),
    ])
      expect(findStart(bytes)).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 400 }), (bytes) => {
        fc.pre(bytes[0] !== 8 && bytes[0] !== 2 && bytes[0] !== 0);
        expect(findStart(Buffer.from(bytes.subarray(0, 120)))).toBeUndefined();
      }),
      { numRuns: 500, seed: 8 },
    );
  });

  it("never throws, whatever a data set's beginning was damaged to", () => {
    const spec: DicomSpec = { syntax: "implicit" };
    const bare = dicomFile(spec).subarray(dataAt(dicomFile(spec)), 600);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(59), fc.nat(255)), { maxLength: 5 }), fc.nat(60), (edits, cut) => {
        const bytes = Buffer.from(bare.subarray(0, bare.length - cut));
        for (const [at, value] of edits) bytes[at] = value;
        const found = findStart(bytes);
        expect(found === undefined || found.at <= 132).toBe(true);
      }),
      { numRuns: 500, seed: 9 },
    );
  });
});
