import { existsSync } from "node:fs";
import { planInAnswers } from "../../../../../ts/run/evaluate/answers.ts";
import { evaluateRun } from "../../../../../ts/run/evaluate/evaluate.ts";
import { measurePoint } from "../../../../../ts/run/evaluate/point.ts";
import { trainAttempt } from "../../../../../ts/run/train/attempt.ts";
import { newJob } from "../fixtures.ts";

describe("measurePoint", () => {
  it("gives the number that a scorecard of the same weights has, asks one task alone, and leaves nothing behind", async () => {
    const test = await newJob();
    const attempt = await test.attempt();
    await trainAttempt(attempt);
    const plan = await planInAnswers(test.job);
    const before = test.workers.calls.length;
    const closed = await measurePoint(attempt, plan, { task: "closed-vqa", metric: "accuracy.micro" });
    const calls = test.workers.calls.slice(before);
    expect(calls.some((call) => call.includes("score"))).toBe(true);
    expect(calls.some((call) => call.includes("generate"))).toBe(false);
    const report = await measurePoint(attempt, plan, { task: "report", metric: "rouge1" });
    expect(existsSync(test.job.owned.paths.predictions)).toBe(false);
    const entries = await evaluateRun(attempt);
    const scored = (name: string) => entries.find(({ task, metric }) => `${task}/${metric}` === name)?.value;
    expect([closed, report]).toEqual([scored("closed-vqa/accuracy.micro"), scored("report/rouge1")]);
  });

  it("computes a metric of a reference library as the scorecard does", async () => {
    const test = await newJob();
    const attempt = await test.attempt();
    await trainAttempt(attempt);
    const found = await measurePoint(attempt, await planInAnswers(test.job), {
      task: "report",
      metric: "meteor",
    });
    const entries = await evaluateRun(attempt);
    expect(found).toBe(entries.find(({ metric }) => metric === "meteor")?.value);
  });

  it("is no number where the scorecard has none of that name", async () => {
    const test = await newJob();
    const attempt = await test.attempt();
    await trainAttempt(attempt);
    const plan = await planInAnswers(test.job);
    expect(await measurePoint(attempt, plan, { task: "closed-vqa", metric: "type.colour" })).toBeNaN();
  });
});
