import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { causesBetween, readFacts } from "../../../../../ts/run/history/facts.ts";
import type { RunProgress } from "../../../../../ts/run/progress.ts";
import { recordHardware, recordSource } from "../../../../../ts/run/provenance/record.ts";
import { createRun, type OwnedRun } from "../../../../../ts/track/index.ts";
import { openRun } from "../../../../../ts/track/read/index.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const root = temporaryFolder();
const runsDir = join(root, "runs");
const project = join(root, "project");
const git = (...words: readonly string[]): void => {
  execFileSync("git", ["-c", "user.name=x", "-c", "user.email=x@example.org", ...words], { cwd: project });
};

let told: string[] = [];
const onProgress = (progress: RunProgress): void => {
  if (progress.kind === "notice") told.push(progress.text);
};

const newRun = async (): Promise<OwnedRun> =>
  await createRun(
    runsDir,
    { experimentName: "source", resolved: { config: { name: "source" } }, seed: 1 },
    { notice: () => undefined },
  );
const json = (run: OwnedRun, name: string): unknown => JSON.parse(readFileSync(join(run.dir, name), "utf8"));

beforeAll(() => {
  mkdirSync(project);
  git("init", "--quiet");
  writeFileSync(join(project, "a.ts"), "export const a = 1;\n");
  git("add", "-A");
  git("commit", "--quiet", "-m", "first");
});

beforeEach(() => {
  told = [];
  writeFileSync(join(project, "a.ts"), "export const a = 1;\n");
});

describe("the record of what a run is begun with", () => {
  it("is the commit, the patch beside it, and the machine", async () => {
    writeFileSync(join(project, "a.ts"), "export const a = 2;\n");
    const run = await newRun();
    await recordSource(run, onProgress, project);
    await recordHardware(run, onProgress);
    expect(json(run, "source.json")).toMatchObject({
      format: "tomoe.source/1",
      git: { commit: expect.stringMatching(/^[0-9a-f]{40}/), patch: { files: 1, leftOut: null } },
    });
    expect(readFileSync(join(run.dir, "changes.patch"), "utf8")).toContain("+export const a = 2;");
    expect(json(run, "hardware.json")).toMatchObject({ format: "tomoe.hardware/1", cpu: {}, gpus: [] });
    expect(told).toEqual([]);
    await run.close();
  });

  it("says why a patch is not kept, once", async () => {
    writeFileSync(join(project, "a.ts"), `export const api_${"key"} = "abcdef123456";\n`);
    const run = await newRun();
    await recordSource(run, onProgress, project);
    expect(existsSync(join(run.dir, "changes.patch"))).toBe(false);
    expect(told).toEqual([expect.stringContaining("something in it looks like a secret")]);
    await run.close();
  });

  it("says that there is no git where there is none, and the run goes on", async () => {
    const run = await newRun();
    await recordSource(run, onProgress, root);
    expect(json(run, "source.json")).toEqual({ format: "tomoe.source/1", git: null });
    expect(told).toEqual([]);
    await run.close();
  });

  it("makes changed code a cause, and a like machine none", async () => {
    const facts = [];
    for (const text of ["export const a = 1;\n", "export const a = 3;\n"]) {
      writeFileSync(join(project, "a.ts"), text);
      const run = await newRun();
      await recordSource(run, onProgress, project);
      await recordHardware(run, onProgress);
      await run.close();
      facts.push(await readFacts(await openRun(runsDir, run.runId)));
    }
    const [a, b] = facts;
    if (a === undefined || b === undefined) throw new Error("two runs were made");
    const { causes, equal } = causesBetween(a, b);
    expect(new Set(causes.map(({ kind }) => kind))).toEqual(new Set(["code"]));
    expect(causes.map(({ path }) => path)).toContain("git.patch.sha256");
    expect(equal.environment).toBeGreaterThanOrEqual(4);
  });
});
