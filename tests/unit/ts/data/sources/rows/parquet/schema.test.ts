import { type Node, schemaOf } from "../../../../../../../ts/data/sources/rows/parquet/schema.ts";
import { ThriftReader } from "../../../../../../../ts/data/sources/rows/parquet/thrift.ts";
import { thrown } from "../../../../../../support/caught.ts";
import { type Struct, struct, structBytes, type Written } from "../../../../../../support/parquet/craft.ts";

type Fields = readonly (readonly [number, Written | undefined])[];
const [int32, int64, int96, double, bytes, fixed] = [1, 2, 3, 5, 6, 7];

const leaf = (name: string, type: number, more: Fields = [], repetition = 1): Struct =>
  struct(
    [1, type],
    ...more.filter(([field]) => field < 3),
    [3, repetition],
    [4, name],
    ...more.filter(([field]) => field > 4),
  );
const group = (name: string, children: number, repetition = 1, more: Fields = []): Struct =>
  struct([3, repetition], [4, name], [5, children], ...more);
const schema = (count: number, ...elements: readonly Struct[]) =>
  schemaOf(
    new ThriftReader(structBytes(struct([2, [struct([4, "schema"], [5, count]), ...elements]]))).struct(),
  );
const text: Fields = [[6, 0]];
const listed: Fields = [[6, 3]];

const shape = (node: Node): unknown =>
  node.kind === "leaf"
    ? `${node.name} ${node.levels.definition}/${node.levels.repeated}`
    : {
        [`${node.kind} ${node.name} ${node.levels.definition}/${node.levels.repeated}`]:
          node.children.map(shape),
      };

describe("the columns of a table", () => {
  it("are a tree whose nodes know how often they may be null, and repeat", () => {
    const { columns, leaves } = schema(
      2,
      leaf("id", bytes, text, 0),
      group("messages", 1, 1, listed),
      group("list", 1, 2),
      group("element", 2),
      leaf("role", bytes, text),
      group("content", 1, 1, listed),
      group("list", 1, 2),
      leaf("element", bytes, text),
    );
    expect(columns.map(shape)).toEqual([
      "id 0/0",
      {
        "list messages 1/0": [
          {
            "struct list 2/1": [
              {
                "struct element 3/1": [
                  "role 4/1",
                  { "list content 4/1": [{ "struct list 5/2": ["element 6/2"] }] },
                ],
              },
            ],
          },
        ],
      },
    ]);
    expect(leaves.map(({ path }) => path)).toEqual([
      "id",
      "messages.list.element.role",
      "messages.list.element.content.list.element",
    ]);
    expect(columns[1]).toMatchObject({ leaves: [1, 2] });
  });

  it("are maps, and files that are embedded or named, where they are shaped so", () => {
    const { columns } = schema(
      3,
      group("meta", 1, 1, [[6, 1]]),
      group("key_value", 2, 2),
      leaf("key", bytes, text, 0),
      leaf("value", int32),
      group("image", 2),
      leaf("bytes", bytes),
      leaf("path", bytes, text),
      group("other", 2),
      leaf("bytes", bytes, text),
      leaf("path", bytes, text),
    );
    expect(columns.map(({ kind }) => kind)).toEqual(["map", "embedded", "struct"]);
  });

  const logical = (field: number, member: Struct = struct()): Fields => [[10, struct([field, member])]];
  const timed = (unit: number, zone: boolean): Struct => struct([1, zone], [2, struct([unit, struct()])]);

  it.each<[string, number, Fields, unknown]>([
    ["text", bytes, logical(1), { kind: "text" }],
    ["text of old writers", bytes, text, { kind: "text" }],
    ["a word of few", bytes, logical(4), { kind: "text" }],
    ["bytes", bytes, [], { kind: "bytes" }],
    ["bytes of one length", fixed, [[2, 3]], { kind: "bytes" }],
    ["JSON", bytes, logical(12), { kind: "json" }],
    ["an id", fixed, [[2, 16], ...logical(14)], { kind: "uuid" }],
    ["half a float", fixed, [[2, 2], ...logical(15)], { kind: "float16" }],
    ["a day", int32, logical(6), { kind: "date" }],
    ["a day of old writers", int32, [[6, 6]], { kind: "date" }],
    ["an integer", int32, logical(10, struct([1, 8], [2, true])), { kind: "plain" }],
    ["an integer without a sign", int32, logical(10, struct([1, 8], [2, false])), { kind: "unsigned" }],
    ["an integer without a sign of old writers", int64, [[6, 14]], { kind: "unsigned" }],
    ["a float", double, [], { kind: "plain" }],
    ["a decimal", fixed, [[2, 5], ...logical(5, struct([1, 3], [2, 9]))], { kind: "decimal", scale: 3 }],
    [
      "a decimal of old writers",
      int32,
      [
        [6, 5],
        [7, 2],
      ],
      { kind: "decimal", scale: 2 },
    ],
    ["a time", int64, logical(7, timed(2, true)), { kind: "time", perSecond: 1_000_000n, zone: true }],
    [
      "a timestamp",
      int64,
      logical(8, timed(3, false)),
      { kind: "timestamp", perSecond: 1_000_000_000n, zone: false },
    ],
    ["a timestamp of old writers", int64, [[6, 9]], { kind: "timestamp", perSecond: 1000n, zone: true }],
    ["a time of old writers", int64, [[6, 8]], { kind: "time", perSecond: 1_000_000n, zone: true }],
    ["a timestamp of the oldest", int96, [], { kind: "timestamp", perSecond: 1_000_000_000n, zone: false }],
  ])("mean %s", (_, type, more, meaning) => {
    expect(schema(1, leaf("x", type, more)).leaves[0]?.meaning).toEqual(meaning);
  });

  it.each<[string, () => unknown, string]>([
    ["there are none", () => schema(0), "the table has no columns"],
    [
      "the list ends before them",
      () => schema(2, leaf("a", int32)),
      "the list of columns ends before they do",
    ],
    [
      "the list goes on behind them",
      () => schema(1, leaf("a", int32), leaf("b", int32)),
      "has 3 entries, the columns use 2",
    ],
    ["two have one name", () => schema(2, leaf("a", int32), leaf("a", int32)), 'names column "a" twice'],
    [
      "one holds no others and has no type",
      () => schema(1, group("a", 0)),
      'column "a" has no columns below it',
    ],
    ["a type is unknown", () => schema(1, leaf("a", 9)), 'column "a" has an unknown type'],
    [
      "a repetition is unknown",
      () => schema(1, leaf("a", int32, [], 3)),
      'column "a" has an unknown repetition',
    ],
    ["a length is missing", () => schema(1, leaf("a", fixed)), 'values of column "a" have no length'],
    [
      "a decimal has an odd scale",
      () =>
        schema(
          1,
          leaf("a", int32, [
            [6, 5],
            [7, -1],
          ]),
        ),
      "decimal scale of -1",
    ],
    [
      "they are nested without an end",
      () => schema(1, ...Array.from({ length: 80 }, () => group("a", 1)), leaf("a", int32)),
      "nested deeper than 64",
    ],
    [
      "one tells of two thousand million below it",
      () => schema(1, group("a", 2 ** 31)),
      "ends before they do",
    ],
  ])("are damaged where %s", (_, use, message) => {
    const error = thrown(use);
    expect(error).toMatchObject({ code: "DATA_MANIFEST" });
    expect(error.message).toContain(message);
  });

  it("are refused where their times are of an unknown unit", () => {
    const error = thrown(() => schema(1, leaf("a", int64, logical(8, timed(4, true)))));
    expect(error).toMatchObject({
      code: "DATA_UNSUPPORTED",
      what: 'column "a" has times of an unknown unit',
    });
  });
});
