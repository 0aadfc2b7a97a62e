import fc from "fast-check";
import { tensorLimits } from "../../../../ts/tensor/column.ts";
import { readTensorShape } from "../../../../ts/tensor/extension.ts";

const read = (tensor: unknown, limits = tensorLimits) =>
  readTensorShape(typeof tensor === "string" ? tensor : JSON.stringify(tensor), "volume", limits);

const refused = (message: string) =>
  expect.objectContaining({
    code: "DATA_SHARD_SCHEMA",
    message: expect.stringContaining(message),
    hint: expect.stringMatching(/^[A-Z].*\.$/),
  });

describe("the metadata of a fixed-shape tensor", () => {
  it("is read whatever the sizes, the names and the space between them", () => {
    const space = fc.stringMatching(/^[ \t\n\r]{0,3}$/);
    const names = fc.uniqueArray(
      fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" }).filter((name) => name.isWellFormed()),
      { minLength: 1, maxLength: 8 },
    );
    const text = fc
      .tuple(
        names,
        fc.array(fc.integer({ min: 1, max: 2 ** 31 }), { minLength: 8, maxLength: 8 }),
        space,
        fc.boolean(),
      )
      .map(([dimNames, sizes, gap, withPermutation]) => {
        const shape = sizes.slice(0, dimNames.length);
        const members = [
          ["dim_names", dimNames.map((name) => JSON.stringify(name))],
          ["shape", shape],
          ...(withPermutation ? [["permutation", [...shape.keys()]] as const] : []),
        ].map(
          ([key, items]) =>
            `${gap}"${String(key)}"${gap}:${gap}[${gap}${(items as unknown[]).join(`${gap},${gap}`)}${gap}]${gap}`,
        );
        return { json: `${gap}{${members.join(",")}}${gap}`, shape, dimNames };
      });
    fc.assert(
      fc.property(text, ({ json, shape, dimNames }) => {
        expect(read(json)).toEqual({ shape, dimNames });
      }),
      { seed: 20261128 },
    );
  });

  it.each([
    ["nothing", ""],
    ["an empty object", "{}"],
    ["text that is not JSON", "{shape"],
    ["a list", [2, 3]],
    ["null", "null"],
    ["no names", { shape: [6] }],
    ["no shape", { dim_names: ["x"] }],
    ["a key of its own", { shape: [6], dim_names: ["x"], unit: "HU" }],
    ["a key twice", '{"shape":[6],"dim_names":["x"],"shape":[6]}'],
    ["a comma too many", '{"shape":[6],"dim_names":["x"],}'],
    ["a comma too few", '{"shape":[6]"dim_names":["x"]}'],
    ["a comma for its brace", ',"shape":[6],"dim_names":["x"]}'],
    ["text behind it", '{"shape":[6],"dim_names":["x"]}x'],
    ["no end", '{"shape":[6],"dim_names":["x"]'],
    ["a shape that is no list", '{"shape":6,"dim_names":["x"]}'],
    ["a shape of text", { shape: ["6"], dim_names: ["x"] }],
    ["names that are no list", '{"shape":[6],"dim_names":"x"}'],
    ["names that are numbers", { shape: [6], dim_names: [6] }],
    ["a key spelled in escapes", String.raw`{"\u0073hape":[6],"dim_names":["x"]}`],
    ["a line break in a name", '{"shape":[6],"dim_names":["x\n"]}'],
    ["an escape that JSON has not", String.raw`{"shape":[6],"dim_names":["\x41"]}`],
  ])("is refused when it is %s", (_what, tensor) => {
    expect(() => read(tensor)).toThrow(refused('column "volume" has tensor metadata'));
  });

  // Each of these is a number for one JSON parser and none, or another, for the next.
  it.each(["6.0", "6e0", "06", "+6", "-6", "-0", "NaN", "Infinity", "0x6", "6 6", "99999999999999999"])(
    "is refused with a size written %s",
    (size) => {
      expect(() => read(`{"shape":[${size}],"dim_names":["x"]}`)).toThrow(refused("has tensor metadata"));
    },
  );

  it.each([
    ["a size of 0", { shape: [0], dim_names: ["x"] }, "has shape [0]"],
    ["a rank of 0", { shape: [], dim_names: [] }, "has shape []"],
    [
      "a rank of 9",
      { shape: Array(9).fill(1), dim_names: [..."abcdefghi"] },
      "has shape [1,1,1,1,1,1,1,1,1]",
    ],
    ["a size past 2^53", { shape: [2 ** 53], dim_names: ["x"] }, "has shape [9007199254740992]"],
    ["too few names", { shape: [2, 3], dim_names: ["h"] }, 'has dimension names ["h"]'],
    ["a name twice", { shape: [2, 3], dim_names: ["h", "h"] }, 'has dimension names ["h","h"]'],
    ["an empty name", { shape: [2], dim_names: [""] }, 'has dimension names [""]'],
    ["half a surrogate pair", { shape: [2], dim_names: ["\ud800"] }, "has dimension names"],
    ["turned axes", { shape: [2, 3], dim_names: ["h", "w"], permutation: [1, 0] }, "has permutation [1,0]"],
    [
      "a short permutation",
      { shape: [2, 3], dim_names: ["h", "w"], permutation: [0] },
      "has permutation [0]",
    ],
  ])("is refused with %s", (_what, tensor, message) => {
    expect(() => read(tensor)).toThrow(refused(message));
  });

  it("measures names in bytes of UTF-8", () => {
    const tensor = { shape: [1], dim_names: ["\u00e9"] };
    expect(read(tensor, { ...tensorLimits, nameBytes: 2 })).toEqual({ shape: [1], dimNames: ["\u00e9"] });
    expect(() => read(tensor, { ...tensorLimits, nameBytes: 1 })).toThrow(refused("has dimension names"));
  });
});
