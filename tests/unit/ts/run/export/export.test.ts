import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ExportOptions, exportRun } from "../../../../../ts/run/export/export.ts";
import { caught } from "../../../../support/caught.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";
import { type FinishedRun, finishedRun } from "../predict/finished-run.ts";

const scratch = temporaryFolder();
let run: FinishedRun;
beforeAll(async () => {
  run = await finishedRun();
});

function world(change: Partial<ExportOptions> = {}) {
  const above = mkdtempSync(join(scratch, "x-"));
  const said: string[] = [];
  const options: ExportOptions = {
    run: run.folder.runId,
    runsDir: run.runsDir,
    out: join(above, "out"),
    merge: false,
    env: process.env,
    signal: new AbortController().signal,
    say: (line) => void said.push(line),
    ...change,
  };
  return { above, said, options };
}

describe("exporting a run", () => {
  it("refuses one whose base was trained from scratch, and leaves nothing", async () => {
    const { above, said, options } = world();
    const error = await caught(() => exportRun(options));
    expect([error.code, error.exitCode]).toEqual(["CHECKPOINT_INCOMPATIBLE", 65]);
    expect(error.what).toBe(
      `the base of run ${run.folder.runId} was trained from scratch: there is no published model to give back`,
    );
    expect(error.hint).toBe("Export a run that lifts a folder of published weights.");
    expect([readdirSync(above), said]).toEqual([[], []]);
  });

  it("refuses a folder that is not empty before it looks at anything else", async () => {
    const { above, options } = world({ run: "no-such-run" });
    mkdirSync(join(above, "out"));
    writeFileSync(join(above, "out", "mine.txt"), "kept");
    const error = await caught(() => exportRun(options));
    expect([error.code, error.exitCode]).toEqual(["OUTPUT_EXISTS", 73]);
    expect(readdirSync(join(above, "out"))).toEqual(["mine.txt"]);
  });

  it("refuses a run and a checkpoint that are not there", async () => {
    const { options } = world();
    expect((await caught(() => exportRun({ ...options, run: "no-such-run" }))).code).toBe("RUN_NOT_FOUND");
    const error = await caught(() => exportRun({ ...options, checkpoint: "000099-shared-00000001" }));
    expect([error.code, error.exitCode]).toEqual(["USAGE_INVALID", 64]);
    expect(error.hint).toMatch(/^It has 0/);
  });
});
