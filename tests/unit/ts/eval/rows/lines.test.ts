import { JsonLines, rowBytesAtMost } from "../../../../../ts/eval/rows/lines.ts";

interface Told {
  readonly values: readonly (readonly [line: number, value: unknown, isWhole: boolean])[];
  readonly problems: readonly string[];
  readonly given: number;
}

/** What a taker is told of bytes that come in pieces of a size. */
function read(bytes: Uint8Array, size = bytes.length): Told {
  const values: (readonly [number, unknown, boolean])[] = [],
    problems: string[] = [];
  const lines = new JsonLines({
    value: (value, line, isWhole) => values.push([line, value, isWhole]),
    problem: (problem, line) => problems.push(`${line}: ${problem}`),
  });
  for (let at = 0; at < bytes.length; at += Math.max(1, size)) lines.push(bytes.subarray(at, at + size));
  lines.end();
  return { values, problems, given: lines.given };
}
const text = (content: string): Uint8Array => Buffer.from(content);

describe("lines of JSON", () => {
  it.each([1, 2, 5, 33, 1000])("are the same in pieces of %d bytes", (size) => {
    const content = text('\ufeff{"a":"é😀"}\r\n\n[1,2]\n  \n"x"\nnull');
    expect(read(content, size)).toEqual({
      values: [
        [1, { a: "é😀" }, true],
        [3, [1, 2], true],
        [5, "x", true],
        [6, null, true],
      ],
      problems: [],
      given: 4,
    });
  });

  it("are none in an empty file, or in one of blank lines", () => {
    for (const content of ["", "\n", " \t\r\n\n"])
      expect(read(text(content))).toEqual({ values: [], problems: [], given: 0 });
  });

  it("have their own number each, with what is wrong with them", () => {
    const { values, problems, given } = read(text('{"a":1}\n{"a":\n[\n{"b":2}\n'));
    expect(values.map(([line]) => line)).toEqual([1, 4]);
    expect(problems.map((problem) => problem.slice(0, 12))).toEqual(["2: not JSON:", "3: not JSON:"]);
    expect(given).toBe(4);
  });

  it.each([
    ["a key twice", '{"a":1,"a":2}', 'the key "a" stands twice in one object'],
    ["half a surrogate pair", '{"a":"\\ud800"}', "half a surrogate pair"],
    ["lists too deep", `${"[".repeat(70)}${"]".repeat(70)}`, "more than 64 deep"],
  ])("that JSON.parse takes without a word are told: %s", (_what, content, told) => {
    const { values, problems } = read(text(content));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(told);
    expect(values.map(([, , isWhole]) => isWhole)).toEqual([false]);
  });

  it("that are no UTF-8 cost themselves alone, wherever a piece ends", () => {
    const bytes = Buffer.concat([
      text('{"a":1}\n'),
      Buffer.from([0x22, 0xe9, 0x22, 0x0a]),
      text('{"b":2}\n'),
    ]);
    for (const size of [1, 4, bytes.length]) {
      const { values, problems } = read(bytes, size);
      expect(values.map(([line]) => line)).toEqual([1, 3]);
      expect(problems).toEqual(["2: it is not UTF-8: save the file as UTF-8"]);
    }
  });

  it.each([
    [[0x1f, 0x8b, 8], "compressed by gzip"],
    [[0x28, 0xb5, 0x2f, 0xfd, 0x80], "compressed by zstandard"],
    [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], "compressed by xz"],
    [[0x42, 0x5a, 0x68, 0x39, 0xff], "compressed by bzip2"],
    [[0x50, 0x4b, 3, 4, 0xff], "a zip archive"],
    [[0x50, 0x41, 0x52, 0x31, 0xff], "Parquet"],
    [[0xff, 0xfe, 0x7b, 0], "it is UTF-16, not UTF-8"],
    [[0xff, 0xfe, 0, 0], "it is UTF-32, not UTF-8"],
    [[0x7b, 0xff], "it is not UTF-8: save the file as UTF-8"],
  ])("of a file of another kind (%j) say which", (bytes, what) => {
    expect(read(Buffer.from(bytes)).problems).toEqual([expect.stringContaining(what)]);
  });

  it("that are too long are told once, and what follows is read", () => {
    const long = `"${"x".repeat(rowBytesAtMost)}"\n{"b":2}`;
    for (const size of [4096, long.length]) {
      const { values, problems } = read(text(long), size);
      expect(problems).toEqual([expect.stringContaining(`1: a row of more than ${rowBytesAtMost} bytes`)]);
      expect(values.map(([line]) => line)).toEqual([2]);
    }
  });

  it("may be as long as a row may be", () => {
    const whole = `"${"x".repeat(rowBytesAtMost - 2)}"`;
    expect(read(text(whole)).values).toHaveLength(1);
  });

  it.each([
    ["a list over several lines", "[\n1\n]", "a list begins here"],
    ["an object over several lines", '{\n"a":1\n}', "an object goes on over several lines"],
    ["two objects that a carriage return parts", '{"a":1}\r{"b":2}', "a carriage return alone ends no line"],
    ["NUL bytes", '{"a":1}\u0000', "it holds NUL bytes"],
  ])("say what a file is instead: %s", (_what, content, told) => {
    expect(read(text(content)).problems[0]).toContain(told);
  });
});
