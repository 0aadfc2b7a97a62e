import { assembled } from "../../../../../../../ts/data/sources/rows/parquet/assemble.ts";
import type { Page } from "../../../../../../../ts/data/sources/rows/parquet/pages.ts";
import { schemaOf } from "../../../../../../../ts/data/sources/rows/parquet/schema.ts";
import { ThriftReader } from "../../../../../../../ts/data/sources/rows/parquet/thrift.ts";
import type { Stored } from "../../../../../../../ts/data/sources/rows/parquet/values.ts";
import { thrown } from "../../../../../../support/caught.ts";
import { type Struct, struct, structBytes } from "../../../../../../support/parquet/craft.ts";

const [required, optional, repeated] = [0, 1, 2];
const leaf = (name: string, repetition = optional): Struct => struct([1, 1], [3, repetition], [4, name]);
const text = (name: string, repetition = optional): Struct =>
  struct([1, 6], [3, repetition], [4, name], [6, 0]);
const binary = (name: string): Struct => struct([1, 6], [3, optional], [4, name]);
const group = (name: string, children: number, repetition = optional, converted?: number): Struct =>
  struct([3, repetition], [4, name], [5, children], [6, converted]);

/** A page by its levels, one digit an entry, and its values. */
function page(values: readonly Stored[], definition?: string, repetition?: string): Page {
  const levels = (digits: string | undefined): Uint8Array | undefined =>
    digits === undefined ? undefined : Uint8Array.from(digits, Number);
  return {
    entries: definition?.length ?? values.length,
    definition: levels(definition),
    repetition: levels(repetition),
    values: { count: values.length, at: (index) => values[index] ?? 0 },
  };
}

function rows(elements: readonly Struct[], pages: readonly (readonly Page[])[], count: number, columns = 1) {
  const footer = struct([2, [struct([4, "schema"], [5, columns]), ...elements]]);
  const schema = schemaOf(new ThriftReader(structBytes(footer)).struct());
  return [...assembled(schema, pages, count)].map((row) => ("values" in row ? row.values : row));
}

const bytes = (word: string): Uint8Array => Buffer.from(word);

describe("rows out of columns", () => {
  it("have values, and nulls where nothing is", () => {
    expect(rows([leaf("a"), leaf("b", required)], [[page([5], "01")], [page([7, 8])]], 2, 2)).toEqual([
      { a: null, b: 7 },
      { a: 5, b: 8 },
    ]);
  });

  it("go on from page to page, also within a list", () => {
    const list = [group("a", 1, optional, 3), group("list", 1, repeated), leaf("element", required)];
    const pages = [page([1, 2], "22", "00"), page([], ""), page([3, 4], "22", "10")];
    expect(rows(list, [pages], 3)).toEqual([{ a: [1] }, { a: [2, 3] }, { a: [4] }]);
  });

  it("tell no list from an empty one, from one of nothing", () => {
    const list = [group("a", 1, optional, 3), group("list", 1, repeated), leaf("element")];
    expect(rows(list, [[page([9], "01233", "00001")]], 4)).toEqual([
      { a: null },
      { a: [] },
      { a: [null] },
      { a: [9, 0] },
    ]);
  });

  it("have lists of structs, and structs that are not there", () => {
    const list = [
      group("m", 1, optional, 3),
      group("list", 1, repeated),
      group("element", 2),
      leaf("a"),
      leaf("b", required),
    ];
    const a = page([1, 2], "42341", "01100");
    const b = page([5, 6, 7], "32331", "01100");
    expect(rows(list, [[a], [b]], 3)).toEqual([
      { m: [{ a: 1, b: 5 }, null, { a: null, b: 6 }] },
      { m: [{ a: 2, b: 7 }] },
      { m: [] },
    ]);
  });

  it("read the lists of old writers, whose child is the element", () => {
    expect(
      rows([group("a", 1, optional, 3), leaf("array", repeated)], [[page([1, 2], "22", "01")]], 1),
    ).toEqual([{ a: [1, 2] }]);
    const tuple = [group("a", 1, optional, 3), group("a_tuple", 1, repeated), leaf("x")];
    expect(rows(tuple, [[page([1], "3", "0")]], 1)).toEqual([{ a: [{ x: 1 }] }]);
    const pair = [group("a", 1, optional, 3), group("bag", 2, repeated), leaf("x"), leaf("y")];
    expect(rows(pair, [[page([1], "3", "0")], [page([2], "3", "0")]], 1)).toEqual([{ a: [{ x: 1, y: 2 }] }]);
    expect(rows([leaf("a", repeated)], [[page([1, 2], "110", "010")]], 2)).toEqual([
      { a: [1, 2] },
      { a: [] },
    ]);
  });

  it("have maps as objects, and refuse a key that stands twice", () => {
    const map = [
      group("m", 1, optional, 1),
      group("key_value", 2, repeated),
      text("key", required),
      leaf("value"),
    ];
    const keys = page([bytes("a"), bytes("__proto__"), bytes("k"), bytes("k")], "2222", "0101");
    const values = page([1, 2, 3], "3233", "0101");
    const [first, second] = rows(map, [[keys], [values]], 2);
    expect(Object.entries((first as { readonly m: object }).m)).toEqual([
      ["a", 1],
      ["__proto__", null],
    ]);
    expect(second).toEqual({ problem: 'column "m" names a key twice', code: "DATA_MANIFEST" });
  });

  it("have the path of a file that is named, and refuse one that is embedded", () => {
    const file = [group("image", 2), binary("bytes"), text("path")];
    const path = page([bytes("a.nii"), bytes("b.nii")], "2120");
    expect(rows(file, [[page([bytes("xyz")], "1120")], [path]], 4)).toEqual([
      { image: "a.nii" },
      { image: null },
      {
        problem: 'column "image" embeds a file of 3 bytes instead of naming one',
        code: "DATA_UNSUPPORTED",
      },
      { image: null },
    ]);
  });

  it("are told by the first value that cannot be read, and the next row is read", () => {
    const a = page([bytes("x"), Uint8Array.of(0xff), bytes("z")]);
    expect(rows([text("a", required), leaf("b", required)], [[a], [page([1, 2, 3])]], 3, 2)).toEqual([
      { a: "x", b: 1 },
      { problem: 'column "a" holds text that is not UTF-8', code: "DATA_MANIFEST" },
      { a: "z", b: 3 },
    ]);
  });
});

describe("columns that do not fit", () => {
  const list = [
    group("m", 1, required, 3),
    group("list", 1, repeated),
    group("element", 2),
    leaf("a"),
    leaf("b"),
  ];

  it.each<[string, () => unknown, string]>([
    [
      "have fewer rows",
      () => rows([leaf("a")], [[page([1], "1")]], 2),
      'column "a" has 1 rows, the row group 2',
    ],
    [
      "have more rows",
      () => rows([leaf("a")], [[page([1, 2], "11")]], 1),
      'column "a" has 2 rows, the row group 1',
    ],
    ["have no pages", () => rows([leaf("a")], [[]], 1), 'column "a" has 0 rows, the row group 1'],
    [
      "begin with the middle of a list",
      () => rows([leaf("a", repeated)], [[page([1, 2], "11", "11")]], 0),
      'column "a" begins within a row',
    ],
    [
      "have lists of other lengths in one struct",
      () => rows(list, [[page([1, 2], "33", "01")], [page([5], "3", "0")]], 1),
      'the columns below "m.list" do not fit each other',
    ],
    [
      "say of one struct that it is there and that it is not",
      () => rows(list, [[page([1], "3", "0")], [page([], "1", "0")]], 1),
      'the columns below "m.list.element" do not fit each other',
    ],
    [
      "go on with a list that is not open",
      () => rows([group("m", 1, required, 3), leaf("x", repeated)], [[page([1, 2], "11", "02")]], 1),
      'column "m.x" goes on with a list that is not open',
    ],
  ])("are damaged where they %s", (_, use, message) => {
    const error = thrown(use);
    expect(error).toMatchObject({ code: "DATA_MANIFEST" });
    expect(error.message).toContain(message);
  });

  it("are refused though no row is said to be there", () => {
    const error = thrown(() => rows([leaf("a")], [[page([1], "1")]], 0));
    expect(error.what).toBe('column "a" has 1 rows, the row group 0');
  });
});
