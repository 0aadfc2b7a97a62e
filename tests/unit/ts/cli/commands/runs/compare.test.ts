import { join } from "node:path";
import { runsCompareDocument } from "../../../../../../ts/cli/commands/runs/document.ts";
import { call } from "../../../../../support/call.ts";
import { pastRun } from "../../../../../support/past-runs.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const runsDir = join(temporaryFolder(), "runs");
const place = ["--runs", runsDir];

describe("tomoe runs compare", () => {
  it("puts metrics beside each other with intervals, and tests each run against the first", async () => {
    const a = await pastRun(runsDir, { right: { of: 40, count: 10 }, loss: 2 });
    const b = await pastRun(runsDir, { right: { of: 40, count: 36 }, loss: Number.NaN });
    const c = await pastRun(runsDir);
    const { document, text, stderr } = await call("runs", "compare", a, b, c, ...place);
    const told = runsCompareDocument.parse(document);
    expect(told.runs.map(({ runId }) => runId)).toEqual([a, b, c]);
    expect(told.metrics[0]).toMatchObject({
      task: "closed-vqa",
      metric: "accuracy.micro",
      values: [{ runId: a, value: 0.25, n: 40, clusters: 20 }, { runId: b, value: 0.9 }, null],
    });
    expect(told.training).toEqual([
      {
        stage: "shared",
        name: "loss",
        values: [{ runId: a, step: 3, value: 2 }, { runId: b, step: 3, value: "NaN" }, null],
      },
    ]);
    expect(told.comparison.filter(({ primary }) => primary)).toMatchObject([
      { a, b, metric: "accuracy.micro", verdict: "second is higher" },
    ]);
    expect(told.warnings).toMatchObject([{ code: "NOT_PAIRED" }]);
    expect(stderr).toContain(`${c} is not tested item by item: it has no predictions`);
    expect(text).toMatch(/accuracy\.micro +0\.250 \[0\.\d+, 0\.\d+\] +0\.900 \[0\.\d+, 0\.\d+\] +-/);
    expect(text).toContain("second is higher");
  });

  it("of runs without a scorecard says so", async () => {
    const [a, b] = [await pastRun(runsDir), await pastRun(runsDir)];
    expect((await call("runs", "compare", a, b, ...place)).text).toBe(
      "none of these runs has a scorecard yet",
    );
  });
});
