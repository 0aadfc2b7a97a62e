import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { showRun } from "../../../../../ts/run/history/show.ts";
import { createRun } from "../../../../../ts/track/index.ts";
import { caught } from "../../../../support/caught.ts";
import { pastRun } from "../../../../support/past-runs.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";
import { finishedRun } from "../../track/fixtures.ts";

const runsDir = join(temporaryFolder(), "runs");
const indexOf = (id: string): string => join(runsDir, id, "metrics", "000000.index");

describe("a run that is shown", () => {
  it("is described, and the index of its metrics is made again where it is gone", async () => {
    const id = await pastRun(runsDir, { loss: 0.5 });
    const before = readFileSync(indexOf(id));
    rmSync(indexOf(id));
    const shown = await showRun(runsDir, id.slice(0, -1));
    expect(shown.summary.runId).toBe(id);
    expect(shown.metrics).toEqual([{ stage: "shared", name: "loss", step: 3, value: 0.5, records: 1 }]);
    expect(readFileSync(indexOf(id)).equals(before)).toBe(true);
  });

  it("is left as it is while a process works on it, or where its lock cannot be read", async () => {
    const run = await createRun(
      runsDir,
      { experimentName: "live", resolved: {}, seed: 1 },
      { notice: () => undefined },
    );
    const metrics = await run.metrics();
    await metrics.append([{ stage: "shared", step: 0, name: "loss", value: 3, wallSeconds: 0 }]);
    expect((await showRun(runsDir, run.runId)).metrics).toMatchObject([{ step: 0, value: 3 }]);
    expect(existsSync(indexOf(run.runId))).toBe(false);
    await run.close();
    writeFileSync(join(run.dir, "lock"), "no owner");
    expect((await showRun(runsDir, run.runId)).metrics).toHaveLength(1);
    expect(existsSync(indexOf(run.runId))).toBe(false);
    rmSync(join(run.dir, "lock"));
    await showRun(runsDir, run.runId);
    expect(existsSync(indexOf(run.runId))).toBe(true);
  });

  it("may be the latest, a damaged one, and no one that is not there", async () => {
    const latest = await finishedRun(runsDir, "latest");
    expect((await showRun(runsDir, "latest")).summary.runId).toBe(latest.runId);
    const damaged = await pastRun(runsDir, { loss: 1 });
    writeFileSync(join(runsDir, damaged, "metrics", "000000.jsonl"), "damaged\nand more\n");
    const { problems, metrics } = await showRun(runsDir, damaged);
    expect([metrics, problems]).toEqual([[], [expect.stringContaining("record 0 is damaged")]]);
    expect(await caught(() => showRun(runsDir, "nowhere"))).toMatchObject({ code: "RUN_NOT_FOUND" });
  });
});
