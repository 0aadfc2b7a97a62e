import { looksLikeNpy, readNpyHeader } from "../../../../../../ts/data/volume/numpy/header.ts";
import { caught } from "../../../../../support/caught.ts";
import { npyFile } from "../../../../../support/npy-file.ts";
import { storedBody } from "../../../../../support/stored-body.ts";

const withDict = (dict: string): Buffer => npyFile(storedBody(), { dict });

describe("readNpyHeader", () => {
  it("reads all three versions, both orders, and axes of one value before the others", () => {
    for (const version of [1, 2, 3] as const)
      for (const fortran of [true, false]) {
        const file = npyFile(storedBody(), { version, fortran, leading: fortran ? 0 : 2 });
        expect(looksLikeNpy(file)).toBe(true);
        expect(readNpyHeader(file)).toEqual({
          version: `${version}.0`,
          shapeDHW: fortran ? [14, 12, 10] : [10, 12, 14],
          type: "int16",
          littleEndian: true,
          fortranOrder: fortran,
          bytes: file.length - 14 * 12 * 10 * 2,
        });
      }
  });

  it("takes the keys in any order and either quotes", () => {
    const header = readNpyHeader(withDict(`{"shape":(2,3,4),"fortran_order":False,"descr":"|u1"}`));
    expect(header).toMatchObject({ shapeDHW: [2, 3, 4], type: "uint8" });
  });

  it.each([
    ["{'descr': '|O', 'fortran_order': False, 'shape': (2, 3, 4)}", "DATA_UNSUPPORTED", /pickle/],
    ["{'descr': [('a', '<i2')], 'fortran_order': False, 'shape': (2,)}", "DATA_DTYPE_UNSUPPORTED", /records/],
    ["{'descr': '<i8', 'fortran_order': False, 'shape': (2, 3, 4)}", "DATA_DTYPE_UNSUPPORTED", /type i8/],
    ["{'descr': '<f2', 'fortran_order': False, 'shape': (2, 3, 4)}", "DATA_DTYPE_UNSUPPORTED", /type f2/],
    ["{'descr': '|b1', 'fortran_order': False, 'shape': (2, 3, 4)}", "DATA_DTYPE_UNSUPPORTED", /type b1/],
    [
      "{'descr': 'CANARY CANARY', 'fortran_order': False, 'shape': (2, 3, 4)}",
      "DATA_DTYPE_UNSUPPORTED",
      /no type/,
    ],
    ["{'descr': '|i2', 'fortran_order': False, 'shape': (2, 3, 4)}", "DATA_HEADER", /no byte order/],
    ["{'descr': '<i2', 'fortran_order': CANARY, 'shape': (2, 3, 4)}", "DATA_HEADER", /no dict of exactly/],
    ["{'descr': '<i2', 'fortran_order': 'x', 'shape': (2, 3, 4)}", "DATA_HEADER", /neither True nor False/],
    ["{'descr': '<i2', 'fortran_order': False}", "DATA_HEADER", /no dict of exactly/],
    ["{'descr': '<i2', 'descr': '<i2', 'shape': (2, 3, 4)}", "DATA_HEADER", /descr stands twice/],
    ["{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3, 4), 'x': 1}", "DATA_HEADER", /no dict/],
    ["{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3, 4)} CANARY", "DATA_HEADER", /no dict/],
    ["{'descr': '<i2', 'fortran_order': False, 'shape': (-2, 3, 4)}", "DATA_HEADER", /no dict/],
    ["__import__('CANARY')", "DATA_HEADER", /no dict/],
    ["{'descr': '<i2', 'fortran_order': False, 'shape': ()}", "DATA_UNSUPPORTED", /a picture/],
    ["{'descr': '<i2', 'fortran_order': False, 'shape': (3, 4)}", "DATA_UNSUPPORTED", /a picture/],
    [
      "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 2, 3, 4)}",
      "DATA_UNSUPPORTED",
      /more than one volume/,
    ],
    ["{'descr': '<i2', 'fortran_order': False, 'shape': (2, 0, 4)}", "DATA_HEADER", /not a positive size/],
  ])("refuses %s", async (dict, code, what) => {
    const error = await caught(() => readNpyHeader(withDict(dict)));
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(what)]);
    expect(error.message).not.toContain("CANARY");
  });

  it("refuses another version, a header that is cut, too long, or none", async () => {
    const file = npyFile(storedBody());
    for (const [bytes, code] of [
      [file.with(6, 4), "DATA_HEADER"],
      [file.with(7, 1), "DATA_HEADER"],
      [file.subarray(0, 11), "DATA_TRUNCATED"],
      [file.subarray(0, 40), "DATA_TRUNCATED"],
      [npyFile(storedBody(), { version: 2 }).with(11, 9), "DATA_HEADER"],
      [Buffer.from("nothing of the kind"), "DATA_HEADER"],
    ] as const)
      expect((await caught(() => readNpyHeader(Buffer.from(bytes)))).code).toBe(code);
  });
});
