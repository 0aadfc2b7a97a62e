import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { listRuns, readRun } from "../../../../../ts/run/script/read.ts";
import { caught } from "../../../../support/caught.ts";
import { newJob, resolvedWith } from "../fixtures.ts";

const entry = {
  task: "closed-vqa",
  metric: "accuracy.micro",
  value: 0.5,
  ciLow: 0.4,
  ciHigh: 0.6,
  n: 10,
  clusters: 5,
  unit: "patient",
  chance: 0.25,
  majority: null,
  answerMode: "loglik-sum",
  designEffect: 1,
  signature: "s",
};

describe("readRun and listRuns", () => {
  it("give a script what a run is: what it ran, how it stands, and its scorecard once there is one", async () => {
    const { job } = await newJob();
    const { runId, dir } = job.owned;
    const runsDir = dirname(dir);
    expect(listRuns({ runsDir }).map((run) => [run.runId, run.status, run.tags])).toEqual([
      [runId, "created", {}],
    ]);
    const before = await readRun(runId, { runsDir });
    expect(before).toMatchObject({ runId, dir, scorecard: null, entries: [] });
    expect(before.resolved.digest).toBe(resolvedWith().digest);
    writeFileSync(join(dir, "scorecard.json"), JSON.stringify({ ok: true, runId, dir, scorecard: [entry] }));
    const after = await readRun(runId.slice(-4), { runsDir });
    expect(after.scorecard).toMatchObject({ "closed-vqa": { accuracy: { micro: { value: 0.5, n: 10 } } } });
  });

  it("know a run that is not there", async () => {
    const { job } = await newJob();
    const error = await caught(() => readRun("none", { runsDir: dirname(job.owned.dir) }));
    expect([error.code, error.exitCode]).toEqual(["RUN_NOT_FOUND", 64]);
  });
});
