import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runsLsDocument, runsShowDocument } from "../../../../../../ts/cli/commands/runs/document.ts";
import { createRun } from "../../../../../../ts/track/index.ts";
import { call } from "../../../../../support/call.ts";
import { caught } from "../../../../../support/caught.ts";
import { pastRun } from "../../../../../support/past-runs.ts";
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
      /^RUN +STATE +SEED +CHECKPOINTS +ON DISK +CREATED \(UTC\) +NOTE\n20200101-000000-broken-2222 +broken .* state\.json is missing\n/,
    );
    expect(text.stdout).toMatch(new RegExp(`${runId}  finished +7 +1 +\\d+\\.\\d KiB  20`));
    expect(document.runs[1]?.bytes).toBeGreaterThan(3000);
  });

  it("ls shows the runs and the columns that it is asked for", async () => {
    const filter = [
      "--filter",
      "closed-vqa/accuracy.micro>0.5",
      "--columns",
      "seed,closed-vqa/accuracy.micro",
    ];
    const { document, text } = await call("runs", "ls", "--runs", runsDir, ...filter);
    expect(runsLsDocument.parse(document).runs).toMatchObject([
      { runId, columns: { seed: 7, "closed-vqa/accuracy.micro": 0.8 } },
    ]);
    expect(text).toMatch(/^RUN +SEED +closed-vqa\/accuracy\.micro\n/);
    const none = await call("runs", "ls", "--runs", runsDir, "--filter", "seed=8");
    expect(none.text).toBe(`none of 2 runs in ${runsDir} is as --filter says`);
    expect(runsLsDocument.parse(none.document).runs).toEqual([]);
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

describe("the list of runs on the screen", () => {
  const dir = join(scratch, "several");

  beforeAll(async () => {
    await pastRun(dir, { seed: 1, tags: { arm: "wide" }, right: { of: 8, count: 6 } });
    await pastRun(dir, { seed: 12, name: "other" });
  });

  it("puts numbers to the right and words to the left, and nothing where a run lacks it", async () => {
    const { text } = await call("runs", "ls", "--runs", dir, "--columns", "seed,tag.arm,name,created");
    const [titles = "", ...rows] = text.split("\n");
    expect(titles).toMatch(/^RUN +SEED +tag\.arm +name +CREATED \(UTC\)$/);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatch(/-past-\w{4} +1 +wide +past +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    expect(rows[1]).toMatch(/-other-\w{4} +12 +other +\d{4}-/);
    const end = titles.indexOf("SEED") + "SEED".length;
    expect(rows.map((row) => row.slice(end - 2, end))).toEqual([" 1", "12"]);
  });

  it("takes each column once, and ignores blanks around a comma", async () => {
    const { document } = await call("runs", "ls", "--runs", dir, "--columns", " seed , seed,,tag.arm");
    expect(runsLsDocument.parse(document).runs.map(({ columns }) => columns)).toEqual([
      { seed: 1, "tag.arm": "wide" },
      { seed: 12, "tag.arm": null },
    ]);
  });

  it("has no columns in its document where none was asked for", async () => {
    const { document } = await call("runs", "ls", "--runs", dir, "--filter", "tag.arm=wide");
    const { runs } = runsLsDocument.parse(document);
    expect(runs).toHaveLength(1);
    expect(runs[0]).not.toHaveProperty("columns");
    expect(runs[0]).toMatchObject({ status: "finished", tags: { arm: "wide" }, bytes: expect.any(Number) });
  });

  it("of a filter that cannot be understood prints nothing but why", async () => {
    for (const filter of ["seed=", "seed=1 seed=2", "nosuch=1"]) {
      const error = await caught(() => call("runs", "ls", "--runs", dir, "--filter", filter));
      expect(error).toMatchObject({ code: "USAGE_INVALID", exitCode: 64, details: { filter } });
      expect(error.hint).toContain("state=finished and closed-vqa/accuracy.micro>=0.5");
    }
  });

  it("tells what a run holds on the disk where it shows one", async () => {
    const { runs } = runsLsDocument.parse((await call("runs", "ls", "--runs", dir)).document);
    const { text, document } = await call("runs", "show", runs[1]?.runId ?? "", "--runs", dir);
    expect(text).toMatch(/^on disk +\d+(?:\.\d)? (?:B|KiB)$/m);
    expect(runsShowDocument.parse(document).run.bytes).toBeGreaterThan(0);
  });
});
