import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runsLsDocument, runsShowDocument } from "../../../../../../ts/cli/commands/runs/document.ts";
import { createRun } from "../../../../../../ts/track/index.ts";
import { commitOne } from "../../../track/fixtures.ts";
import { onlyDocument, runProgram } from "../../program.ts";

const scratch = mkdtempSync(join(tmpdir(), "tomoe-runs-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const runsDir = join(scratch, "runs");
let runId = "";

beforeAll(async () => {
  const run = await createRun(
    runsDir,
    { experimentName: "phantom", resolved: {}, seed: 7 },
    { notice: () => undefined },
  );
  await run.beginAttempt();
  await (await run.metrics()).append([
    { stage: "shared", step: 4, name: "loss", value: 0.5, wallSeconds: 1 },
    {
      stage: "shared",
      step: 4,
      name: "gradientNorm",
      value: Number.NaN,
      wallSeconds: 1,
    },
  ]);
  await commitOne(run, 5, { final: true });
  await run.write(
    "scorecard.json",
    JSON.stringify({
      ok: true,
      runId: run.runId,
      dir: run.dir,
      scorecard: [
        {
          task: "closed-vqa",
          metric: "accuracy.micro",
          value: 0.8,
          ciLow: 0.7,
          ciHigh: 0.9,
          n: 40,
          clusters: 10,
          chance: 0.25,
          signature: "s",
        },
      ],
    }),
  );
  await run.mark("finished");
  await run.close();
  runId = run.runId;
  mkdirSync(join(runsDir, "20200101-000000-broken-2222"));
});

describe("tomoe runs", () => {
  it("ls lists every run in ./runs of the current folder, broken ones too", async () => {
    const [json, text] = await Promise.all([
      runProgram(["runs", "ls", "--json"], { cwd: scratch }),
      runProgram(["runs", "ls"], { cwd: scratch }),
    ]);
    const document = runsLsDocument.parse(onlyDocument(json.stdout));
    expect(document.runs.map(({ runId: id, status }) => [id, status])).toEqual([
      ["20200101-000000-broken-2222", "broken"],
      [runId, "finished"],
    ]);
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(
      /^RUN +STATUS +SEED +CHECKPOINTS +CREATED \(UTC\) +NOTE\n20200101-000000-broken-2222 +broken .* state\.json is missing\n/,
    );
    expect(text.stdout).toContain(`${runId}  finished     7            1`);
  });

  it("show tells status, metrics, checkpoints and scorecard, with values that are not finite as text", async () => {
    const [json, text] = await Promise.all([
      runProgram(["runs", "show", "latest", "--runs", runsDir, "--json"]),
      runProgram(["runs", "show", runId.slice(0, -2), "--runs", runsDir]),
    ]);
    const document = runsShowDocument.parse(onlyDocument(json.stdout));
    expect(document.run.runId).toBe(runId);
    expect(document.metrics).toEqual([
      { stage: "shared", name: "loss", step: 4, value: 0.5, records: 1 },
      {
        stage: "shared",
        name: "gradientNorm",
        step: 4,
        value: "NaN",
        records: 1,
      },
    ]);
    expect(document.checkpoints.map(({ name }) => name)).toEqual(["000001-shared-00000005"]);
    expect(text.stdout).toContain("status    finished");
    expect(text.stdout).toMatch(/closed-vqa +accuracy\.micro +0\.800 +\[0\.700, 0\.900\] +0\.250 +40 +10/);
  });

  it("show of a run that is not there says which was meant", async () => {
    const { code, stdout } = await runProgram(["runs", "show", `${runId}x`, "--runs", runsDir, "--json"]);
    expect(code).toBe(64);
    expect(onlyDocument(stdout).error).toMatchObject({
      code: "RUN_NOT_FOUND",
      hint: expect.stringContaining(`Did you mean ${runId}`),
    });
  });

  it("refuses a folder of runs that the user named and that is not there, and knows none in the default one", async () => {
    writeFileSync(join(scratch, "file"), "");
    for (const dir of ["nowhere", "file"]) {
      const { code, stdout } = await runProgram(["runs", "ls", "--runs", join(scratch, dir), "--json"]);
      expect(code).toBe(64);
      expect(onlyDocument(stdout).error?.code).toBe("PATH_NOT_FOUND");
    }
    const empty = await runProgram(["runs", "ls", "--json"], { cwd: runsDir });
    expect(onlyDocument(empty.stdout)).toMatchObject({ ok: true, runs: [] });
  });
});
