import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runsDiffDocument } from "../../../../../../ts/cli/commands/runs/document.ts";
import { call } from "../../../../../support/call.ts";
import { caught } from "../../../../../support/caught.ts";
import { pastRun } from "../../../../../support/past-runs.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const runsDir = join(temporaryFolder(), "runs");
const place = ["--runs", runsDir];

describe("tomoe runs diff", () => {
  it("tells every leaf in which two runs differ, and how many are the same", async () => {
    const a = await pastRun(runsDir, { environment: { note: "a\nb" } });
    const b = await pastRun(runsDir, { name: "x".repeat(60), environment: { note: "c" } });
    const { document, text } = await call("runs", "diff", a, b, ...place);
    const told = runsDiffDocument.parse(document);
    expect(told).toMatchObject({ a, b, equal: { seed: 1 } });
    expect(told.differences).toEqual([
      { kind: "config", path: "name", a: "past", b: "x".repeat(60) },
      { kind: "environment", path: "environment.note", a: "a\nb", b: "c" },
    ]);
    expect(text).toMatch(/config +name +past +x{45}\.\.\.\n/);
    expect(text).toMatch(/equal: 1 of seed, \d+ of config/);
    expect((await call("runs", "diff", a, a, ...place)).text).toContain(
      "differ in nothing that was recorded",
    );
  });

  it("is the same from the other side, with the values exchanged", async () => {
    const a = await pastRun(runsDir, { seed: 1 });
    const b = await pastRun(runsDir, { seed: 2, learningRate: 0.5 });
    const [there, back] = await Promise.all(
      [
        [a, b],
        [b, a],
      ].map(async (words) =>
        runsDiffDocument.parse((await call("runs", "diff", ...words, ...place)).document),
      ),
    );
    expect(there?.differences).toHaveLength(2);
    expect(back?.differences).toEqual(there?.differences.map((one) => ({ ...one, a: one.b, b: one.a })));
    expect(back?.equal).toEqual(there?.equal);
  });

  it("of a run that cannot be read names the file", async () => {
    const a = await pastRun(runsDir);
    const b = await pastRun(runsDir);
    writeFileSync(join(runsDir, b, "environment.json"), "{");
    const error = await caught(() => call("runs", "diff", a, b, ...place));
    expect(error).toMatchObject({ code: "RECORD_INVALID", exitCode: 65 });
    expect(error.message).toContain("environment.json");
    expect(await caught(() => call("runs", "diff", a, ...place))).toMatchObject({ code: "USAGE_INVALID" });
    expect(await caught(() => call("runs", "diff", a, b, a, ...place))).toMatchObject({
      code: "USAGE_INVALID",
    });
  });
});
