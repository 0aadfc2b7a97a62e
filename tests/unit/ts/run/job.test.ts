import { firstRank, recordEvent } from "../../../../ts/run/job.ts";
import { readEvents } from "../../../../ts/track/read/index.ts";
import type { WorkerPool } from "../../../../ts/worker/index.ts";
import { caught } from "../../../support/caught.ts";
import { newJob } from "./fixtures.ts";

describe("firstRank", () => {
  it("is rank 0, and a pool without ranks is a bug of ours", async () => {
    const test = await newJob({ set: ["execution.ranks=2"] });
    const { pool } = await test.attempt();
    expect(firstRank(pool).facts.rank).toBe(0);
    const failure = await caught(() => firstRank({ ...pool, ranks: [] } as unknown as WorkerPool));
    expect([failure.code, failure.what]).toEqual(["INTERNAL", "a pool without ranks"]);
  });
});

describe("recordEvent", () => {
  it("has the event on the disk when it resolves, and takes a key again for the same only with the same data", async () => {
    const { job } = await newJob();
    await job.owned.beginAttempt();
    await recordEvent(job, { kind: "lifted", key: "lift", data: { tensors: 3 } });
    await recordEvent(job, { kind: "lifted", key: "lift", data: { tensors: 3 } });
    await recordEvent(job, { kind: "telemetry", data: { lost: 0 } });
    const events = await readEvents(job.owned.paths.events);
    expect(events.map(({ kind, key, attempt }) => [kind, key, attempt])).toEqual([
      ["lifted", "lift", 1],
      ["telemetry", undefined, 1],
    ]);
    const other = await caught(() => recordEvent(job, { kind: "lifted", key: "lift", data: { tensors: 4 } }));
    expect(other.code).toBe("REPLAY_DIVERGED");
  });
});
