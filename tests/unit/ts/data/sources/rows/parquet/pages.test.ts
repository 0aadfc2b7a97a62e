import { gzipSync } from "node:zlib";
import type { Chunk } from "../../../../../../../ts/data/sources/rows/parquet/footer.ts";
import { pagesOf } from "../../../../../../../ts/data/sources/rows/parquet/pages.ts";
import type { Leaf } from "../../../../../../../ts/data/sources/rows/parquet/schema.ts";
import { thrown } from "../../../../../../support/caught.ts";
import {
  behindLength,
  page,
  plainInt32,
  plainTexts,
  run,
  struct,
  structBytes,
  type Written,
} from "../../../../../../support/parquet/craft.ts";

const leafOf = (definition = 0, repeated = 0): Leaf => ({
  kind: "leaf",
  name: "x",
  path: "x",
  type: "int32",
  length: 0,
  meaning: { kind: "plain" },
  levels: { repetition: "optional", definition, repeated },
  index: 0,
});

function read(pages: readonly Uint8Array[], facts: Partial<Chunk> = {}, leaf: Leaf = leafOf()) {
  const bytes = Buffer.concat(pages);
  const chunk = { codec: 0, entries: 2, from: 4, bytes: bytes.length, unpackedBytes: bytes.length, ...facts };
  return pagesOf(bytes, chunk, leaf).map(({ entries, repetition, definition, values }) => ({
    entries,
    repetition: repetition && [...repetition],
    definition: definition && [...definition],
    values: Array.from({ length: values.count }, (_, at) => values.at(at)),
  }));
}

const two = plainInt32([5, 6]);

describe("pages of a column", () => {
  it("are read until the column has its values", () => {
    const one = page(plainInt32([7]), { values: 1 });
    const pages = read([page(two, { values: 2 }), one], { entries: 3 });
    expect(pages.map(({ values }) => values)).toEqual([[5, 6], [7]]);
    expect(read([page(two, { values: 2 }), one])).toHaveLength(1);
    expect(read([], { entries: 0 })).toEqual([]);
  });

  it("have levels before their values where something may be null, or repeats", () => {
    const repetition = behindLength(Buffer.concat([run(1, 0, 1), run(2, 1, 1)]));
    const definition = behindLength(Buffer.concat([run(2, 2, 2), run(1, 1, 2)]));
    const body = Buffer.concat([repetition, definition, two]);
    expect(read([page(body, { values: 3 })], { entries: 3 }, leafOf(2, 1))).toEqual([
      { entries: 3, repetition: [0, 1, 1], definition: [2, 2, 1], values: [5, 6] },
    ]);
  });

  it("of the second kind have their levels unpacked, and say how long these are", () => {
    const repetition = run(3, 0, 1),
      definition = Buffer.concat([run(2, 1, 1), run(1, 0, 1)]);
    const packed = gzipSync(two);
    const body = Buffer.concat([repetition, definition, packed]);
    const levels = { definition: definition.length, repetition: repetition.length };
    const unpacked = repetition.length + definition.length + two.length;
    const bytes = page(body, { type: 3, values: 3, unpacked, levels });
    const expected = [{ entries: 3, repetition: [0, 0, 0], definition: [1, 1, 0], values: [5, 6] }];
    expect(read([bytes], { entries: 3, codec: 2 }, leafOf(1, 1))).toEqual(expected);
    const plain = Buffer.concat([repetition, definition, two]);
    const as = page(plain, { type: 3, values: 3, levels, isPacked: false });
    expect(read([as], { entries: 3, codec: 2 }, leafOf(1, 1))).toEqual(expected);
  });

  it("look their values up in the dictionary before them, and pass by an index", () => {
    const dictionary = page(plainInt32([40, 50]), { type: 2, values: 2 });
    const index = page(Buffer.from("index"), { type: 1, values: 0 });
    const numbers = page(Buffer.concat([Uint8Array.of(1), run(2, 1, 1)]), { values: 2, encoding: 8 });
    expect(read([dictionary, index, numbers])[0]?.values).toEqual([50, 50]);
  });

  it("have their checksums held, where they have one", () => {
    expect(read([page(two, { values: 2, sum: true })])[0]?.values).toEqual([5, 6]);
    const error = thrown(() => read([page(two, { values: 2, sum: 12345 })]));
    expect(error.what).toBe("page 1 has another checksum than it had when it was written");
    const bent = Buffer.from(page(two, { values: 2, sum: true }));
    bent[bent.length - 1] = 1;
    expect(thrown(() => read([bent])).what).toContain("page 1 has another checksum");
  });

  type Field = readonly [number, Written | undefined];
  const header = (...fields: readonly Field[]): Uint8Array => structBytes(struct(...fields));

  it.each<[string, readonly Uint8Array[], Partial<Chunk>, string]>([
    ["the bytes end", [], {}, "a header ends before it is whole"],
    [
      "a page is cut",
      [page(two, { values: 2 }).subarray(0, -1)],
      {},
      "page 1 is said to be of 8 bytes, 7 are left",
    ],
    [
      "a page is of two thousand million bytes",
      [page(two, { values: 2, stored: 2 ** 31 })],
      {},
      "of 2147483648 bytes",
    ],
    [
      "a page gives more than the column",
      [page(two, { values: 2, unpacked: 2 ** 31 })],
      {},
      "give more than the",
    ],
    [
      "two pages give more than the column",
      [page(two, { values: 1 }), page(two, { values: 1 })],
      { unpackedBytes: 40 },
      "pages to number 2 give more than the 40 bytes",
    ],
    [
      "a page gives another length",
      [page(two, { values: 2, unpacked: 7 })],
      {},
      "a page gives 8 bytes, its header says 7",
    ],
    [
      "a page has more values than are left",
      [page(two, { values: 3 })],
      {},
      "is said to be of 3 values, 2 are left",
    ],
    ["a page has negative values", [page(two, { values: -1 })], {}, "the number of values of a page is -1"],
    [
      "a page says nothing of itself",
      [Buffer.concat([header([1, 0], [2, 8], [3, 8]), two])],
      {},
      "what a page holds is not there",
    ],
    [
      "a second page says nothing of itself",
      [Buffer.concat([header([1, 3], [2, 8], [3, 8]), two])],
      {},
      "what a page holds is not there",
    ],
    [
      "a dictionary says nothing of itself",
      [Buffer.concat([header([1, 2], [2, 8], [3, 8]), two])],
      {},
      "what the dictionary holds is not there",
    ],
    [
      "there are two dictionaries",
      [page(two, { type: 2, values: 2 }), page(two, { type: 2, values: 2 })],
      { unpackedBytes: 1000 },
      "page 2 is a second dictionary",
    ],
    [
      "a dictionary is of more values than it has",
      [page(two, { type: 2, values: 2 ** 31 })],
      {},
      "ends before its values do",
    ],
  ])("are damaged where %s", (_, pages, facts, message) => {
    const error = thrown(() => read(pages, facts));
    expect(error).toMatchObject({ code: "DATA_MANIFEST" });
    expect(error.message).toContain(message);
  });

  it.each<[string, Uint8Array, string]>([
    ["are missing", page(Uint8Array.of(1), { values: 2 }), "a page ends before its levels do"],
    [
      "lead behind the page",
      page(Uint8Array.of(255, 0, 0, 0, 1), { values: 2 }),
      "a page ends before its levels do",
    ],
    [
      "are a run of a thousand million",
      page(behindLength(run(1e9, 1, 1)), { values: 2 }),
      "a run is of 1000000000 values",
    ],
    [
      "are deeper than the column",
      page(behindLength(run(2, 3, 2)), { values: 2 }),
      "a number is 3 where 2 is the most",
    ],
    [
      "are said to be longer than the page",
      page(two, { type: 3, values: 2, levels: { definition: 9, repetition: 0 } }),
      "a page ends before its levels do",
    ],
  ])("are damaged where their levels %s", (_, bytes, message) => {
    expect(thrown(() => read([bytes], {}, leafOf(2))).message).toContain(message);
  });

  it("are refused where they are of an unknown type, or their levels or dictionary of an unknown encoding", () => {
    expect(thrown(() => read([page(two, { type: 7, values: 2 })])).what).toBe(
      "page 1 is of the unknown type 7",
    );
    const old = Buffer.concat([
      header([1, 0], [2, 8], [3, 8], [5, struct([1, 2], [2, 0], [3, 4], [4, 4])]),
      two,
    ]);
    expect(thrown(() => read([old], {}, leafOf(1))).what).toBe("levels are written by the encoding 4");
    const dictionary = page(plainTexts(["a"]), { type: 2, values: 1, encoding: 6 });
    expect(thrown(() => read([dictionary])).what).toBe("a dictionary is written by the encoding 6");
  });
});
