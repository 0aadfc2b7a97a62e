import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readScored } from "../../../../../ts/run/history/scored.ts";
import { openRun } from "../../../../../ts/track/read/index.ts";
import { caught } from "../../../../support/caught.ts";
import { pastRun } from "../../../../support/past-runs.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const runsDir = join(temporaryFolder(), "runs");

describe("a run with what it scored", () => {
  it("has its scorecard, its predictions and its last metrics", async () => {
    const id = await pastRun(runsDir, { right: { of: 6, count: 3 }, loss: 0.5 });
    const run = await readScored(runsDir, id.slice(0, -1));
    expect(run.folder.runId).toBe(id);
    expect(run.rows).toHaveLength(6);
    expect(run.entries.map(({ metric }) => metric)).toContain("accuracy.micro");
    expect(run.description.metrics).toEqual([
      { stage: "shared", name: "loss", step: 3, value: 0.5, records: 1 },
    ]);
  });

  it("is refused where its predictions are damaged, with the run and the line", async () => {
    const id = await pastRun(runsDir, { right: { of: 6, count: 3 } });
    const { paths } = await openRun(runsDir, id);
    writeFileSync(paths.predictions, '{"id":"x"}\n');
    const error = await caught(() => readScored(runsDir, id));
    expect(error).toMatchObject({ code: "DATA_PREDICTIONS", exitCode: 65 });
    expect(error.message).toContain(id);
  });
});
