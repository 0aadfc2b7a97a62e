import { holdJudged, judgedTasks, readJudged } from "../../../../../ts/eval/rows/judged.ts";
import type { PredictionRow } from "../../../../../ts/eval/rows/row.ts";
import { caught } from "../../../../support/caught.ts";

async function* pieces(...lines: readonly unknown[]): AsyncGenerator<Uint8Array> {
  const text = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
  for (let at = 0; at < text.length; at += 50)
    yield await Promise.resolve(Buffer.from(text.slice(at, at + 50)));
}
const item = (id: string, value: unknown, more: object = {}): object => ({
  id,
  task: "open-vqa",
  judge: "reader-1",
  value,
  signature: "radiologist, 12 years; form v2",
  ...more,
});
const read = async (...lines: readonly unknown[]) => await readJudged(pieces(...lines), "judged.jsonl");
const refusal = async (...lines: readonly unknown[]) => await caught(() => read(...lines));
const row = (id: string, task: PredictionRow["task"] = "open-vqa"): PredictionRow => ({
  id,
  case: id,
  task,
  target: "liver",
  prediction: "spleen",
});

describe("judged items", () => {
  it("are scores by item, each judge with a signature and the bounds of the file", async () => {
    const [judge] = await read(item("a", 1), item("b", 0.5));
    expect(judge).toMatchObject({ judge: "reader-1", bounds: { floor: 0, ceiling: 1 }, tasks: ["open-vqa"] });
    expect(judge?.signature).toBe("radiologist, 12 years; form v2");
    expect([...(judge?.scores ?? [])]).toEqual([
      ["open-vqa a", 1],
      ["open-vqa b", 0.5],
    ]);
  });

  it("take bounds of the first line, alone or with the first item, as a list or by name", async () => {
    const wanted = { floor: 1, ceiling: 5 };
    for (const lines of [
      [{ bounds: [1, 5] }, item("a", 4)],
      [item("a", 4, { bounds: [1, 5] })],
      [{ bounds: { low: 1, high: 5 }, judge: "reader-1" }, item("a", 4)],
      [item("a", 4, { bounds: [1, 5] }), item("b", 5, { bounds: [1, 5] })],
    ])
      expect((await read(...lines))[0]?.bounds).toEqual(wanted);
  });

  it("take a threshold of the first line, within the bounds that it names", async () => {
    expect((await read({ bounds: [1, 5], threshold: 4 }, item("a", 4)))[0]?.threshold).toBe(4);
    expect((await read(item("a", 1, { threshold: 0.5 }), item("b", 0)))[0]?.threshold).toBe(0.5);
    expect((await read(item("a", 1)))[0]?.threshold).toBeUndefined();
    const wrong = /threshold must be a number above 1 and at most 5/;
    for (const threshold of [1, 5.5, "4", null])
      expect((await refusal({ bounds: [1, 5], threshold }, item("a", 4))).message).toMatch(wrong);
    expect((await refusal(item("a", 1), item("b", 1, { threshold: 0.5 }))).message).toContain(
      "line 2: threshold stands in the first line, once for the file",
    );
  });

  it("may be of several judges and tasks in one file", async () => {
    const judges = await read(item("a", 1), item("a", 0, { judge: "gpt" }), item("r", 1, { task: "report" }));
    expect(judges.map(({ judge, scores }) => [judge, scores.size])).toEqual([
      ["reader-1", 2],
      ["gpt", 1],
    ]);
    expect(judgedTasks(judges)).toEqual(["report", "open-vqa"]);
  });

  it.each([
    [
      "a value beyond the bounds",
      [item("a", 4)],
      /line 1: value must be a number within 0\.\.1, found number 4/,
    ],
    ["no number", [item("a", "good")], /found the text "good"/],
    [
      "an item judged twice",
      [item("a", 1), item("a", 0)],
      /line 2: judge "reader-1" judges open-vqa "a" twice/,
    ],
    [
      "another signature",
      [item("a", 1), item("b", 1, { signature: "x" })],
      /has signature "x", before it was/,
    ],
    ["no signature", [item("a", 1, { signature: " " })], /signature must say how it was judged/],
    ["a name with a bar", [item("a", 1, { judge: "a|b" })], /judge must be a name/],
    ["an unknown task", [item("a", 1, { task: "open" })], /task "open" is none of/],
    ["an unknown key", [item("a", 1, { vlaue: 1 })], /"vlaue" is no key of a judged item.*"value"/],
    [
      "bounds further down",
      [item("a", 1), item("b", 1, { bounds: [0, 9] })],
      /line 2: bounds stand in the first/,
    ],
    ["bounds turned round", [item("a", 1, { bounds: [5, 1] })], /bounds must be \[lowest, highest\]/],
    ["bounds without an end", ['{"bounds":[-1e400,1]}', item("a", 1)], /bounds must be \[lowest, highest\]/],
    ["a list", [[1]], /line 1: a judged item is one JSON object, found a list/],
    ["no JSON", ["{"], /line 1: not JSON/],
    ["a key twice", ['{"id":"a","id":"b"}'], /the key "id" stands twice/],
  ])("are refused with the line for %s", async (_what, lines, told) => {
    const error = await refusal(...lines);
    expect(error.code).toBe("DATA_PREDICTIONS");
    expect(error.message).toMatch(told);
    expect(error.hint).toContain("{id, task, judge, value, signature}");
  });

  it("count every problem, however many", async () => {
    const error = await refusal(...Array.from({ length: 30 }, (_, at) => item(`q${at}`, 7)));
    expect(error.details.count).toBe(30);
    expect(error.message).toContain("... and 10 more");
  });

  it("are refused where there is none", async () => {
    expect((await refusal({ bounds: [0, 1] })).code).toBe("DATA_EMPTY");
  });

  it("hold for all rows of their tasks and no other: each that is left out or foreign is named", async () => {
    const judges = await read(item("a", 1), item("c", 1));
    expect(() => holdJudged([row("a"), row("c"), row("r", "report")], judges)).not.toThrow();
    const error = await caught(async () => holdJudged([row("a"), row("b")], await Promise.resolve(judges)));
    expect(error.code).toBe("DATA_PREDICTIONS");
    expect(error.details.problems).toEqual([
      'judge "reader-1" judges "open-vqa c", which is no row',
      'judge "reader-1" left out open-vqa "b"',
    ]);
    expect(() => holdJudged([row("a"), row("c")], [...judges, ...judges])).toThrow(/stands in two files/);
    const again = judges.map((one) => ({ ...one, judge: "Reader-1 " }));
    expect(() => holdJudged([row("a"), row("c")], [...judges, ...again])).toThrow(
      'judge "Reader-1 " looks like "reader-1"',
    );
  });
});
