import { measureRows } from "../../../../../ts/run/evaluate/measured.ts";
import { caught } from "../../../../support/caught.ts";
import { fractionOf, type Script } from "../../../../support/scripted-model.ts";
import { newJob } from "../fixtures.ts";

const rows = [
  { id: "r1", task: "report", prediction: "a spleen", target: "the spleen" },
  { id: "c1", task: "closed-vqa", prediction: "B. coronal", target: "coronal" },
  { id: "r2", task: "report", prediction: "", target: "the liver" },
  { id: "o1", task: "open-vqa", prediction: "liver", target: "liver" },
];

const both = 'tasks={"report":{"metrics":["rouge1","meteor"]},"open-vqa":{"metrics":["meteor"]}}';

async function measure(set: readonly string[] = [both], script: Script = {}) {
  const test = await newJob({ set, script });
  const attempt = await test.attempt();
  return { calls: test.workers.calls, results: await measureRows({ ...attempt, rows }) };
}

describe("measureRows", () => {
  it("gives the library's scores by row id, of each task that asks for them", async () => {
    const { results, calls } = await measure();
    expect([...results.keys()]).toEqual(["report/meteor", "open-vqa/meteor"]);
    const report = results.get("report/meteor");
    expect(report?.signature).toBe("scripted-meteor");
    expect(Object.fromEntries(report?.scores ?? [])).toEqual({
      r1: fractionOf({ prediction: "a spleen", target: "the spleen" }),
      r2: fractionOf({ prediction: "", target: "the liver" }),
    });
    expect([...(results.get("open-vqa/meteor")?.scores.keys() ?? [])]).toEqual(["o1"]);
    expect(calls.filter((call) => call.includes("measure"))).toEqual([
      "1 measure meteor 2",
      "1 measure meteor 1",
    ]);
  });

  it("does not depend on the order of the rows", async () => {
    const test = await newJob({ set: [both] });
    const attempt = await test.attempt();
    const one = await measureRows({ ...attempt, rows }),
      other = await measureRows({ ...attempt, rows: rows.toReversed() });
    const scores = (results: typeof one) =>
      Object.fromEntries([...results].map(([key, value]) => [key, Object.fromEntries(value.scores)]));
    expect(scores(other)).toEqual(scores(one));
  });

  it("asks the worker nothing where every metric is ours", async () => {
    const { results, calls } = await measure(['tasks={"report":{"metrics":["rouge1","bleu1"]}}']);
    expect([results.size, calls]).toEqual([0, []]);
  });

  it.each([[[0.5]], [[0.5, 0.5, 0.5]], [[]]])("refuses %j as the scores of two rows", async (scores) => {
    const failure = await caught(() => measure(undefined, { scores: () => scores }));
    expect([failure.code, failure.what]).toEqual([
      "WIRE_INCOMPLETE",
      `the worker gave ${scores.length} scores of meteor for 2 rows of report`,
    ]);
    expect(failure.details).toEqual({ metric: "meteor", task: "report", rows: 2, scores: scores.length });
  });
});
