import {
  besideOf,
  isBest,
  jsonLine,
  portableName,
  scoresByItem,
  signaturePart,
} from "../../../../../ts/eval/export/exported.ts";
import { answered, exportOf } from "../../../../support/exports.ts";

describe("names in an export", () => {
  it.each([
    ["ct-7b", "ct-7b"],
    ["my run: 3/4", "my_run_3_4"],
    ["..hidden.", "hidden"],
    ["データ", "データ"],
    ["data", "x_data"],
    ["NUL.jsonl", "x_NUL.jsonl"],
    ["///", "x_"],
  ])("%s is %s in a path", (given, wanted) => {
    expect(portableName(given)).toBe(wanted);
  });
});

describe("what stands beside a row", () => {
  it("is what our readers need to make the row again, and no text that stands elsewhere", () => {
    expect(
      besideOf({ ...answered[0], subject: "P", type: "organ", choiceLogProbs: [-1, null] } as never),
    ).toEqual({
      task: "closed-vqa",
      case: "c0",
      patient: "P",
      type: "organ",
      answerMode: "generate",
      choiceLogProbs: [-1, null],
    });
    expect(besideOf({ ...answered[0], type: ["a", "b"] } as never)).toMatchObject({ types: ["a", "b"] });
    expect(besideOf({ ...answered[0], type: ["a"] } as never)).not.toHaveProperty("type");
  });

  it("is the score of the row under each metric that is a mean of items", () => {
    const scores = scoresByItem(exportOf());
    expect(scores.get("closed-vqa q1")).toMatchObject({ "accuracy.micro": 1 });
    expect(Object.keys(scores.get("report q1") ?? {})).toEqual(["rouge1", "bleu1"]);
  });

  it("is a part of the signature by its beginning", () => {
    const entry = exportOf().entries.find(({ metric }) => metric === "rouge1");
    expect(signaturePart(entry as never, "profile:")).toBe("profile:strict");
    expect(signaturePart(entry as never, "nothing:")).toBeUndefined();
  });

  it("is best at the end of its bounds that is better", () => {
    const entry = { metric: "judge.x", signature: "a|bounds:1..5" } as never;
    expect([isBest(5, entry), isBest(1, entry)]).toEqual([true, false]);
    expect(isBest(0, { metric: "unparsed", signature: "a" } as never)).toBe(true);
  });

  it("is one line for readers that end lines at other characters too", () => {
    const line = jsonLine({ a: "x\u2028y\u0085z\u2029\n" });
    expect(line).toBe('{"a":"x\\u2028y\\u0085z\\u2029\\n"}\n');
    expect(JSON.parse(line)).toEqual({ a: "x\u2028y\u0085z\u2029\n" });
  });
});
