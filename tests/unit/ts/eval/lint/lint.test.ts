import { atOnce } from "../../../../../ts/eval/index.ts";
import { type LintedItem, lintItems } from "../../../../../ts/eval/lint/lint.ts";

const codes = (...items: readonly LintedItem[]): readonly string[] =>
  atOnce(lintItems(items)).map(({ code }) => code);

const open = (question: string, target: string, prediction = ""): LintedItem => ({
  id: "q",
  task: "open-vqa",
  question,
  target,
  prediction,
});
const closed = (question: string, target: string): LintedItem => ({
  id: "q",
  task: "closed-vqa",
  question,
  choices: ["liver", "spleen", "right kidney", "lung"],
  target,
  prediction: "A",
});
const long = "there is a round nodule of eight millimetres in the right lower lobe";

describe("a prompt that tells its answer", () => {
  it.each([
    [
      "an open question with its answer in it",
      open("The spleen is enlarged. Which organ is enlarged?", "Spleen"),
    ],
    [
      "in another script",
      open("\u809d\u81d3\u306b\u5ac7\u80de\u304c\u3042\u308a\u307e\u3059", "\u809d\u81d3"),
    ],
    [
      "a closed question with the right option in it",
      closed("What is wrong with the right kidney?", "right kidney"),
    ],
    ["a right option that is named by its letter", closed("What is wrong with the right kidney?", "C")],
    ["and by letter and text", closed("What is wrong with the spleen?", "B. spleen")],
  ])("is told: %s", (_title, item) => {
    expect(codes(item)).toEqual(["PROMPT_HOLDS_ANSWER"]);
  });

  it.each([
    ["an answer that is not there", open("Which organ is enlarged?", "spleen")],
    ["part of a longer word", open("Is it a splenic lesion?", "spleen")],
    ["one of two that are offered", open("Is it on the left or on the right?", "left")],
    ["an option beside another one", closed("Is the spleen larger than the liver?", "spleen")],
    ["a question nobody kept", { id: "q", task: "open-vqa", target: "spleen", prediction: "" } as const],
  ])("is not: %s", (_title, item) => {
    expect(codes(item)).toEqual([]);
  });

  it("is told of a report where eight words in a row are the same", () => {
    const asked = (question: string): LintedItem => ({
      id: "r",
      task: "report",
      question,
      target: `Findings: ${long}.`,
      prediction: "none",
    });
    expect(codes(asked(`Write this down: ${long.toUpperCase()}`))).toEqual(["PROMPT_HOLDS_REFERENCE"]);
    expect(codes(asked("Write a report of a nodule in the right lower lobe"))).toEqual([]);
  });
});

describe("a reference that stands in the prediction", () => {
  const said = (prediction: string): LintedItem => ({ id: "r", task: "report", target: long, prediction });

  it("is told where the whole of it and more was said", () => {
    expect(codes(said(`Reference: ${long}. Answer: no finding.`))).toEqual(["PREDICTION_HOLDS_REFERENCE"]);
  });

  it("is not where it was said and nothing else, or a part of it, or where it is a few words", () => {
    expect(codes(said(long), said(long.slice(0, 40)), open("What?", "a nodule", "it is a nodule"))).toEqual(
      [],
    );
  });
});

it("a warning says of how many items, of which task, and which are the first", () => {
  const items = Array.from({ length: 7 }, (_, at) => ({
    ...open("The spleen is large.", "spleen"),
    id: `q${at}`,
  }));
  const [warning] = atOnce(lintItems([...items, { ...open("Which?", "liver"), id: "fine" }]));
  expect(warning?.message).toContain("7 of 8 prompts of open-vqa hold their whole answer");
  expect(warning?.message).toContain('"q0", "q1", "q2", "q3", "q4")');
});
