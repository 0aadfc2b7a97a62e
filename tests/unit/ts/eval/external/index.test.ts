import { TomoeError } from "../../../../../ts/errors.ts";
import { formatOf } from "../../../../../ts/eval/external/index.ts";
import { RowReader } from "../../../../../ts/eval/rows/reader.ts";

/** What a file of these lines gives, and what its reader is told. */
function read(...lines: readonly object[]) {
  return readAs({}, ...lines);
}

/** The same, with what only exports want. */
function readAs(options: ConstructorParameters<typeof RowReader>[0], ...lines: readonly object[]) {
  const reader = new RowReader(options);
  reader.push(Buffer.from(lines.map((line) => JSON.stringify(line)).join("\n")));
  const { rows, warnings } = reader.end();
  return { rows, codes: warnings.map(({ code }) => code) };
}

function refusal(...lines: readonly object[]): TomoeError {
  try {
    read(...lines);
  } catch (error) {
    if (error instanceof TomoeError) return error;
  }
  throw new Error("it was read");
}

const choices = ["liver", "spleen", "heart"];
const compared = (id: number, more: object = {}) => ({
  doc_id: id,
  doc: { question: "Which organ?", choices, patient: "P1", case: "c1", category: ["organ", "side"] },
  target: 1,
  arguments: {},
  resps: [[["-3.5", "False"]], [["-0.5", "True"]], [[-9, false]]],
  filtered_resps: [],
  filter: "none",
  ...more,
});
const said = (id: number, more: object = {}) => ({
  doc_id: id,
  doc: { patient: "P1", case: "c1" },
  target: "a cyst",
  resps: [["no cyst"]],
  filtered_resps: ["[invalid]"],
  ...more,
});

describe("samples of the LM Evaluation Harness", () => {
  it("whose options were compared are closed answers with log-probabilities and the likeliest letter", () => {
    const { rows, codes } = read(compared(0));
    expect(rows).toEqual([
      {
        id: "0",
        case: "c1",
        subject: "P1",
        task: "closed-vqa",
        type: ["organ", "side"],
        choices,
        target: "B",
        prediction: "B",
        answerMode: "loglik-sum",
        choiceLogProbs: [-3.5, -0.5, -9],
      },
    ]);
    expect(codes).toEqual(["FORMAT_READ"]);
  });

  it("take options of the calls where the item names none, and a target by text or number in words", () => {
    const calls = Object.fromEntries(
      choices.map((one, at) => [`gen_args_${at}`, { arg_0: "Q", arg_1: ` ${one}` }]),
    );
    const [byCalls] = read(compared(0, { doc: {}, arguments: calls, target: "2" })).rows;
    expect([byCalls?.choices, byCalls?.target]).toEqual([choices, "C"]);
    expect(read(compared(0, { target: "liver" })).rows[0]?.target).toBe("liver");
  });

  it("that were generated are what was said before any filter; lines of another filter repeat it", () => {
    const { rows, codes } = read(said(0, { filter: "strict" }), said(0, { filter: "flexible" }));
    expect(rows.map(({ task, prediction }) => [task, prediction])).toEqual([["open-vqa", "no cyst"]]);
    expect(codes).toEqual(["FORMAT_READ", "FILTERS_REPEAT"]);
  });

  it("of which an item names no case are cases of their own, which is told; a `subject` is no patient", () => {
    const { rows, codes } = read(said(3, { doc: { subject: "anatomy" } }));
    expect(rows[0]).toMatchObject({ id: "3", case: "3" });
    expect(rows[0]?.subject).toBeUndefined();
    expect(codes).toEqual(["FORMAT_READ", "CASE_ASSUMED"]);
  });

  it.each([
    ["several right texts", said(0, { target: ["a", "b"] }), "2 texts are right"],
    ["several answers", said(0, { resps: [["a", "b"]] }), "holds not one text"],
    ["no answer", said(0, { resps: [] }), "holds not one text"],
    ["a number beyond the options", compared(0, { target: 3 }), "target 3 is no number of 3 options"],
    [
      "a number that is an option's text too",
      compared(0, { doc: { choices: ["2", "4", "1"], case: "c" }, target: "1" }),
      'target "1" is the text of an option and may be the number of another',
    ],
    [
      "more options compared than named",
      compared(0, { doc: { choices: ["a", "b"] }, target: 0 }),
      "3 options were",
    ],
  ])("are refused for %s, once", (_what, line, told) => {
    const error = refusal(line);
    expect(error.code).toBe("DATA_PREDICTIONS");
    expect(error.details.count).toBe(1);
    expect(error.message).toContain(`line 1: `);
    expect(error.message).toContain(told);
  });

  it("are refused where a line among them is of another kind", () => {
    expect(refusal(said(0), { id: "x" }).message).toContain("line 2: it is none of the samples of the LM");
    expect(refusal(said(0), said(0)).message).toContain("stands on line 1 already");
  });
});

const instance = (id: string, more: object = {}) => ({
  schema_version: "instance_level_eval_0.2.1",
  evaluation_id: "e",
  sample_id: id,
  interaction_type: "single_turn",
  input: { raw: "Which organ?", reference: ["spleen"], choices },
  output: { raw: ["B. spleen"] },
  metadata: { case: "c1", patient_id: "P1", task: "closed-vqa" },
  ...more,
});

describe("samples of Every Eval Ever", () => {
  it("are rows, an item that failed an empty answer that says why", () => {
    const failed = instance("b", { output: null, error: "timeout" });
    const { rows } = readAs({ keepsQuestions: true }, instance("a"), failed);
    expect(rows[0]).toMatchObject({
      id: "a",
      subject: "P1",
      choices,
      target: "spleen",
      prediction: "B. spleen",
    });
    expect(rows[1]).toMatchObject({ id: "b", prediction: "", meta: { error: "timeout" } });
  });

  it.each([
    ["several references", { input: { raw: "q", reference: ["a", "b"] } }, "2 texts are right"],
    ["several responses", { output: { raw: ["a", "b"] } }, "holds 2 responses"],
    ["no response and no error", { output: null }, "holds no response, and error says nothing"],
    ["several turns", { interaction_type: "agentic" }, "items of one turn are scored"],
  ])("are refused for %s", (_what, more, told) => {
    expect(refusal(instance("a", more)).message).toContain(told);
  });
});

const sample = (id: unknown, more: object = {}) => ({
  id,
  epoch: 1,
  input: [
    { role: "system", content: "Answer." },
    {
      role: "user",
      content: [
        { type: "image", image: "x" },
        { type: "text", text: "Which organ?" },
      ],
    },
  ],
  choices,
  target: "B",
  output: { choices: [{ message: { content: "B" }, stop_reason: "stop" }] },
  metadata: { case: "c1", patient: "P1" },
  ...more,
});

describe("samples of an Inspect log", () => {
  it("are rows; every epoch is an item of its own of the same case", () => {
    const { rows } = read(sample(7), sample(7, { epoch: 2, target: ["B"] }));
    expect(rows.map(({ id, case: scan, target }) => [id, scan, target])).toEqual([
      ["7", "c1", "B"],
      ["7#2", "c1", "B"],
    ]);
  });

  it("say where an answer was cut, and why a sample failed", () => {
    const cut = sample("a", {
      output: { choices: [{ message: { content: "B" }, stop_reason: "max_tokens" }] },
    });
    const failed = sample("b", { output: {}, error: { message: "out of memory" } });
    const parts = sample("c", { output: { completion: "B. spleen" } });
    const { rows } = readAs({ keepsQuestions: true }, cut, failed, parts);
    expect(rows.map(({ truncated, prediction, meta }) => [truncated, prediction, meta])).toEqual([
      [true, "B", undefined],
      [undefined, "", { error: "out of memory" }],
      [undefined, "B. spleen", undefined],
    ]);
  });

  it.each([
    ["neither an output nor an error", { output: {} }, "neither an output nor an error"],
    ["half a surrogate pair", { output: { completion: "\ud800" } }, "half a surrogate pair"],
  ])("are refused for %s", (_what, more, told) => {
    expect(refusal(sample("a", more)).message).toContain(told);
  });
});

describe("rows of our own", () => {
  it("are of no other program, even where they hold a key of one", () => {
    expect(formatOf({ id: "a", case: "c", task: "report", target: "x", prediction: "y" })).toBeUndefined();
    expect(refusal({ id: "a", doc_id: 1 }).message).toContain('"doc_id" is no key of a row');
  });
});
