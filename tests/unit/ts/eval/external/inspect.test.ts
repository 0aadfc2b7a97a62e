import { inspectSamples } from "../../../../../ts/eval/external/inspect.ts";

function read(value: object) {
  const problems: string[] = [];
  const fields = inspectSamples().fields(value as never, (problem) => problems.push(problem));
  return { fields, problems };
}
const sample = (more: object = {}) => ({
  id: "a",
  epoch: 1,
  input: "Which organ?",
  target: "liver",
  output: { choices: [{ message: { role: "assistant", content: "the liver" }, stop_reason: "stop" }] },
  metadata: { case: "c", patient: "P" },
  ...more,
});

describe("a sample of an Inspect log", () => {
  it("is what was asked, what is right and what was said", () => {
    expect(read(sample())).toEqual({
      fields: {
        id: "a",
        case: "c",
        subject: "P",
        task: "open-vqa",
        question: "Which organ?",
        target: "liver",
        prediction: "the liver",
      },
      problems: [],
    });
  });

  it.each([
    [
      "the last thing the user said",
      [
        { role: "user", content: "one" },
        { role: "user", content: "two" },
      ],
      "two",
    ],
    ["the texts among its parts", [{ role: "user", content: [{ type: "text", text: "three" }] }], "three"],
    ["nothing where no user spoke", [{ role: "system", content: "four" }], undefined],
  ])("asks %s", (_what, input, question) => {
    expect(read(sample({ input })).fields?.question).toBe(question);
  });

  it("has an empty list of choices as none", () => {
    expect(read(sample({ choices: [] })).fields).not.toHaveProperty("choices");
    expect(read(sample({ choices: null })).fields?.task).toBe("open-vqa");
  });

  it("with two answers is told, and with an empty one is an empty answer", () => {
    const two = { choices: [{ message: { content: "a" } }, { message: { content: "b" } }] };
    expect(read(sample({ output: two })).problems).toEqual([
      "output holds 2 choices: one answer an item is scored",
    ]);
    expect(read(sample({ output: { choices: [{ message: { content: "" } }] } }))).toMatchObject({
      fields: { prediction: "" },
      problems: [],
    });
  });

  it("that failed keeps its error, whatever its output", () => {
    expect(read(sample({ error: { message: "killed" }, output: {} })).fields).toMatchObject({
      prediction: "",
      meta: { error: "killed" },
    });
    expect(read(sample({ error: {} })).fields?.meta).toEqual({ error: "the sample failed" });
  });

  it("may keep long texts apart, and one that is not there is told", () => {
    const content = "attachment://0af3";
    const output = { choices: [{ message: { content } }] };
    const attachments = { "0af3": "a long answer" };
    expect(read(sample({ output, input: content, attachments })).fields).toMatchObject({
      question: "a long answer",
      prediction: "a long answer",
    });
    for (const more of [{ output }, { output, attachments: {} }])
      expect(read(sample(more)).problems).toEqual(['"attachment://0af3" is no attachment of the sample']);
  });

  it("that was declared invalid is told", () => {
    expect(read(sample({ invalidation: { author: "x", reason: "wrong scan" } })).problems).toEqual([
      "the sample was declared invalid: run it again, or take it out of the log",
    ]);
    expect(read(sample({ invalidation: null })).problems).toEqual([]);
  });

  it("may keep what an export of ours has beside an answer, and others' lists of labels are left alone", () => {
    const metadata = { case: "c", answerMode: "loglik-sum", choiceLogProbs: [-1, -2], truncated: true };
    expect(read(sample({ metadata })).fields).toMatchObject({
      answerMode: "loglik-sum",
      choiceLogProbs: [-1, -2],
      truncated: true,
    });
    expect(read(sample({ metadata: { case: "c", labels: ["cyst"] } })).fields).not.toHaveProperty("labels");
  });

  it("is told from other files by epoch, input and target", () => {
    const { fits } = inspectSamples();
    expect(fits(sample())).toBe(true);
    expect(fits({ id: "a", case: "c", task: "report", target: "x", prediction: "y" })).toBe(false);
  });
});
