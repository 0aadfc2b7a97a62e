// Siblings of the kinds of bad rows that have turned up: each is refused with its line and in words, or read for what
// it is. Rows go through the reader as bytes, as the command line hands them over.

import { TomoeError } from "../../ts/errors.ts";
import { atOnce, type PredictionRow, RowReader, scoreRows } from "../../ts/eval/index.ts";

type Row = Readonly<Record<string, unknown>>;

const open = (at: number, more: Row = {}): Row => ({
  id: `q${at}`,
  case: `c${at}`,
  task: "open-vqa",
  target: "a cyst",
  prediction: "a cyst",
  ...more,
});
const closed = (at: number, more: Row = {}): Row => ({
  ...open(at),
  task: "closed-vqa",
  choices: ["liver", "spleen", "heart"],
  target: "A",
  prediction: "A",
  ...more,
});
const lines = (...rows: readonly Row[]): Buffer =>
  Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(""), "utf8");
const raw = (more: string): Buffer =>
  Buffer.from(`{"id":"a","case":"c","task":"open-vqa","target":"x","prediction":"x"${more}}\n`);

function read(bytes: Uint8Array): readonly PredictionRow[] {
  const reader = new RowReader();
  // Pieces that end anywhere, within a letter too.
  for (let at = 0; at < bytes.length; at += 61) reader.push(bytes.subarray(at, at + 61));
  return reader.end().rows;
}

function refusal(bytes: Uint8Array): TomoeError {
  try {
    read(bytes);
  } catch (error) {
    if (error instanceof TomoeError) return error;
    throw error;
  }
  throw new Error("it was read");
}

const numberOf = (bytes: Uint8Array, metric: string): number | undefined =>
  atOnce(scoreRows(read(bytes), { profile: "strict" })).entries.find((entry) => entry.metric === metric)
    ?.value;

const utf16 = (text: string): Buffer => Buffer.from(text, "utf16le");
const utf32 = (text: string): Buffer =>
  Buffer.concat(
    [...text].map((one) => {
      const unit = Buffer.alloc(4);
      unit.writeUInt32LE(one.codePointAt(0) ?? 0);
      return unit;
    }),
  );
const bytesFor = (placed: readonly number[]): Buffer => {
  const [head = "", tail = ""] = lines(open(1, { prediction: "HERE" }))
    .toString("utf8")
    .split("HERE");
  return Buffer.concat([Buffer.from(head), Buffer.from(placed), Buffer.from(tail)]);
};

describe("bytes that are no UTF-8, or no lines", () => {
  const text = lines(open(1)).toString("utf8");

  it.each<[string, Uint8Array, string]>([
    ["UTF-16, big end first", utf16(`\ufeff${text}`).swap16(), "line 1: it is UTF-16, not UTF-8"],
    ["UTF-16 without a mark", utf16(text), "NUL bytes (UTF-16 without a byte order mark"],
    ["UTF-32", utf32(`\ufeff${text}`), "line 1: it is UTF-32, not UTF-8"],
    ["a letter in too many bytes", bytesFor([0xc0, 0xaf]), "line 1: it is not UTF-8"],
    ["a dash of Windows", bytesFor([0x96]), "line 1: it is not UTF-8"],
    ["surrogates as bytes", bytesFor([0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]), "line 1: it is not UTF-8"],
    ["a letter that is cut", bytesFor([0xe8, 0x82]), "line 1: it is not UTF-8"],
    ["a packed file", Buffer.from([0x1f, 0x8b, 8, 0, 0, 0]), "it is not UTF-8"],
    ["a mark in the middle", Buffer.from(`${text}\ufeff${text}`), "line 2: not JSON"],
    ["two marks", Buffer.from(`\ufeff\ufeff${text}`), "line 1: not JSON"],
    ["lines parted by NEL", Buffer.from(`${text.trim()}\u0085${text}`), "line 1: not JSON"],
    ["two rows on a line", Buffer.from(`${text.trim()} ${text}`), "line 1: not JSON"],
    ["a comma behind the row", Buffer.from(text.replace("}\n", "},\n")), "line 1: not JSON"],
    ["a comment", Buffer.from(`// rows\n${text}`), "line 1: not JSON"],
    ["marks of another language", Buffer.from("{'id':'a'}\n"), "line 1: not JSON"],
  ])("%s", (_what, bytes, told) => {
    const error = refusal(bytes);
    expect(error.code).toBe("DATA_PREDICTIONS");
    expect(error.message).toContain(told);
  });

  it("may end in any way, hold blank lines, and line ends of other programs within a text", () => {
    const rows = `${text.trim()}\r\n\r\n \t\n${lines(open(2, { target: "a\u2028b\r\nc", prediction: "x" }))}`;
    expect(read(Buffer.from(`\ufeff${rows}${JSON.stringify(open(3))}`)).map(({ id }) => id)).toEqual([
      "q1",
      "q2",
      "q3",
    ]);
    for (const nothing of ["", "\ufeff", "\n\r\n  \n"])
      expect(refusal(Buffer.from(nothing)).code).toBe("DATA_EMPTY");
  });
});

describe("JSON that other programs read otherwise", () => {
  it.each<[string, Buffer, string]>([
    ["a key twice within `meta`", raw(',"meta":{"k":1,"k":2}'), 'the key "k" stands twice'],
    ["a key twice, once in escapes", raw(',"\\u0070rediction":"y"'), 'the key "prediction" stands twice'],
    ["a key in other letters", raw(',"Prediction":"y"'), 'did you mean "prediction"'],
    ["`__proto__` as a key", raw(',"__proto__":{"id":"b"}'), '"__proto__" is no key of a row'],
    ["half a pair in a key", raw(',"meta":{"\\ud800":1}'), "half a surrogate pair"],
    ["a pair in the wrong order", raw(',"meta":{"k":"\\udc00\\ud800"}'), "half a surrogate pair"],
    ["objects 5,000 deep", raw(`,"meta":${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`), "more than 64 deep"],
    [
      "lists 100,000 deep",
      Buffer.from(`${"[".repeat(100_000)}${"]".repeat(100_000)}\n`),
      "more than 64 deep",
    ],
    ["an infinity", raw(',"meta":{"k":Infinity}'), "not JSON"],
    [
      "a row of more than a MiB",
      lines(open(1, { prediction: "x ".repeat(600_000) })),
      "more than 1048576 bytes",
    ],
    ["a number for a text", lines(open(1, { prediction: 1 })), "prediction must be text, found number 1"],
    ["a truth for a text", lines(open(1, { target: true })), "target must be text, found boolean true"],
    ["null for a patient", lines(open(1, { subject: null })), "subject must be text or a whole number"],
    ["a text for a truth", lines(open(1, { truncated: "true" })), "truncated must be true or false"],
  ])("%s", (_what, bytes, told) => {
    expect(refusal(bytes).message).toContain(told);
  });

  it("names that every object has are names like any other", () => {
    const names = ["__proto__", "constructor", "toString", "hasOwnProperty"];
    const rows = names.map((name) => open(0, { id: name, case: name, subject: name, type: name }));
    const { entries } = atOnce(scoreRows(read(lines(...rows)), { profile: "strict" }));
    expect(
      entries.filter(({ metric }) => metric.startsWith("exact.type.")).map(({ metric }) => metric),
    ).toEqual([...names].sort().map((name) => `exact.type.${name}`));
    expect(entries[0]).toMatchObject({ metric: "exact", n: 4, clusters: 4 });
    expect(read(raw(',"meta":{"__proto__":{"id":"b"}}'))[0]?.id).toBe("a");
  });
});

describe("names that look alike", () => {
  const looks = "looks like";

  it.each<[string, Row, Row, string]>([
    ["ids of two Unicode forms", { id: "caf\u00e9" }, { id: "cafe\u0301" }, looks],
    ["ids but for a space of another kind", { id: "a\u00a0" }, { id: "a" }, looks],
    ["ids but for a zero-width space", { id: "a\u200bb" }, { id: "ab" }, looks],
    ["ids but for a mark of direction", { id: "a\u200e" }, { id: "a" }, looks],
    ["ids but for a soft hyphen", { id: "lung-1\u00ad" }, { id: "lung-1" }, looks],
    ["ids but for a byte order mark", { id: "\ufeffa" }, { id: "a" }, looks],
    ["a number and its digits", { id: 1 }, { id: "1" }, "stands on line 1 already"],
    ["patients but for a joiner", { subject: "P1" }, { subject: "P\u200d1" }, 'looks like "P1"'],
    ["patients but for a space", { subject: "P1" }, { subject: "P1 " }, looks],
    ["cases of two forms", { case: "caf\u00e9" }, { case: "cafe\u0301" }, looks],
    ["types but for something unseen", { type: "organ" }, { type: "organ\u200b" }, looks],
    ["types but for a space", { type: "left lung" }, { type: "leftlung" }, looks],
    ["a patient on some rows alone", { subject: "P1" }, {}, "subject is missing here"],
    [
      "two modes",
      { answerMode: "generate" },
      { answerMode: "loglik-sum" },
      "answerMode loglik-sum stands on a row of open-vqa",
    ],
  ])("%s", (_what, one, other, told) => {
    const error = refusal(lines(open(1, one), open(2, other)));
    expect(error.message).toContain(told);
    // What nobody sees is shown as an escape.
    expect(error.message).not.toMatch(/[\u00ad\u200b-\u200f\ufeff]/);
  });

  it("and are written otherwise stay two", () => {
    const rows = [open(1, { id: "a1", subject: "p1" }), open(2, { id: "A1", subject: "P1" })];
    expect(read(lines(...rows)).length).toBe(2);
    expect(refusal(lines(open(1, { id: 1.5 }), open(2, { id: ["a"] }))).message).toContain(
      "id must be text or a whole number",
    );
  });
});

describe("options, targets and log-probabilities", () => {
  it.each<[string, Row, string]>([
    ["a letter beyond the options", { target: "E" }, 'target "E" is not one of "liver", "spleen", "heart"'],
    [
      "a letter that is another's text",
      { choices: ["b", "a", "c"], target: "a" },
      "the text of option B and the letter",
    ],
    ["no option but missing ones", { choices: ["NA", "-", ""], target: "A" }, "0 of 3 options are there"],
    ["one option that is there", { choices: ["liver", "n/a"], target: "A" }, "1 of 2 options is there"],
    [
      "more options than letters",
      { choices: Array.from({ length: 27 }, (_, at) => `o${at}`) },
      "more than letters",
    ],
    ["an option that is null", { choices: ["liver", null] }, "found null in it"],
    ["no options", { choices: [] }, "0 of 0 options"],
    [
      "an infinite log-probability",
      { choiceLogProbs: [-1, -2, null] },
      "no number for option C, which is there",
    ],
    [
      "probabilities",
      { choiceLogProbs: [0.7, 0.2, 0.1] },
      "log-probabilities (0 at most) or null, found number 0.7",
    ],
    ["tokens of nothing", { choiceTokens: [0, 1, 1] }, "choiceTokens must be a list of counts or null"],
    ["one too few", { choiceLogProbs: [-1, -2] }, "choiceLogProbs has 2 entries for 3 options"],
  ])("%s are refused", (_what, more, told) => {
    expect(refusal(lines(closed(1, more))).message).toContain(told);
  });

  it("log-probabilities and options on a row that has none are refused, not left out", () => {
    const error = refusal(lines(open(1, { choiceLogProbs: [-1, -2], choices: ["a", "b"] })));
    expect(error.details).toMatchObject({ count: 2 });
    expect(error.message).toContain("choiceLogProbs stand on a row of open-vqa, whose items have no options");
  });

  it("a null stands for an option that is missing, or for every one of an item that failed", () => {
    const missing = closed(1, { choices: ["liver", "NA", "heart"], choiceLogProbs: [-1, null, -2] });
    const failed = closed(2, { choiceLogProbs: [null, null, null], prediction: "" });
    expect(read(lines(missing, failed)).length).toBe(2);
  });

  it("any character may stand in an option: lists that differ are never taken for each other", () => {
    const rows = [
      closed(1, { choices: ["a\u0000b", "c"], target: "B", prediction: "c" }),
      closed(2, { choices: ["a", "b\u0000c"], target: "A", prediction: "a" }),
    ];
    expect(read(lines(...rows)).map(({ choices }) => choices)).toEqual(rows.map(({ choices }) => choices));
    expect(numberOf(lines(...rows), "accuracy.micro")).toBe(1);
  });

  it("26 options have 26 letters, and markup is text", () => {
    const many = closed(1, {
      choices: Array.from({ length: 26 }, (_, at) => `o${at}`),
      target: "Z",
      prediction: "Z.",
    });
    const marked = closed(2, {
      choices: ["<b>liver</b>", "spleen"],
      target: "<b>liver</b>",
      prediction: "A",
    });
    expect(numberOf(lines(many, marked), "accuracy.micro")).toBe(1);
  });
});
