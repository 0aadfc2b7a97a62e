import { join } from "node:path";
import { whyDocument } from "../../../../../../ts/cli/commands/why/document.ts";
import { call } from "../../../../../support/call.ts";
import { caught } from "../../../../../support/caught.ts";
import { pastRun } from "../../../../../support/past-runs.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const runsDir = join(temporaryFolder(), "runs");
const place = ["--runs", runsDir];

describe("tomoe why", () => {
  it("tells the gap of each metric with its interval, and every cause that was recorded", async () => {
    const a = await pastRun(runsDir, { right: { of: 40, count: 10 } });
    const b = await pastRun(runsDir, { seed: 2, learningRate: 0.02, right: { of: 40, count: 36 } });
    const { document, text, stderr } = await call("why", a, b, ...place);
    const told = whyDocument.parse(document);
    expect(told.gap[0]).toMatchObject({
      task: "closed-vqa",
      metric: "accuracy.micro",
      a: 0.25,
      b: 0.9,
      separable: true,
    });
    expect(told.causes).toEqual([
      { kind: "seed", path: "seed", a: 1, b: 2 },
      { kind: "config", path: "stages.shared.learningRate", a: 0.01, b: 0.02 },
    ]);
    expect([told.warnings, stderr]).toEqual([[], ""]);
    expect(text).toMatch(/closed-vqa +accuracy\.micro +0\.250 +0\.900 +0\.650 +\[0\.\d+, 0\.\d+\] +yes/);
    expect(text).toMatch(/config +stages\.shared\.learningRate +0\.01 +0\.02/);
  });

  it("says where two runs did not answer the same items, and where nothing differs", async () => {
    const a = await pastRun(runsDir, { right: { of: 8, count: 4 } });
    const b = await pastRun(runsDir, { right: { of: 8, count: 4, from: "other" } });
    const { document, text, stderr } = await call("why", a, b, ...place);
    expect(whyDocument.parse(document)).toMatchObject({ causes: [], warnings: [{ code: "NOT_PAIRED" }] });
    expect(stderr).toContain("warning: ");
    expect(text).toContain("no (not the same items)");
    expect(text).toContain("the two runs differ in nothing that was recorded");
    const bare = await pastRun(runsDir);
    expect((await call("why", a, bare, ...place)).text).toContain("no metric stands in both scorecards");
  });

  it("is told of runs alone", async () => {
    const error = await caught(() => call("why", "latest", "nowhere", ...place));
    expect(error).toMatchObject({ code: "RUN_NOT_FOUND", exitCode: 64 });
  });
});
