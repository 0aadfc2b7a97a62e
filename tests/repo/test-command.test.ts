import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { repoFiles, repoRoot, repoText } from "../support/source-tree.ts";

const work = mkdtempSync(join(tmpdir(), "tomoe-counts-"));
afterAll(() => {
  rmSync(work, { recursive: true, force: true });
});

const lastLine = (text: string): string => text.trimEnd().split("\n").at(-1) ?? "";
const testCommand = (...args: readonly string[]): ReturnType<typeof spawnSync> =>
  spawnSync(process.execPath, [join(repoRoot, "scripts/test.mjs"), ...args], { encoding: "utf8" });

const python = join(repoRoot, ".venv/bin/python");
const isSetUp = existsSync(join(repoRoot, ".venv/tomoe-setup.json"));
if (!isSetUp)
  console.warn("npm test over a pattern is not tested: this checkout was not set up by npm run setup");
if (!existsSync(python)) console.warn("the count of pytest is not tested: this checkout has no .venv");
const whenSetUp = isSetUp ? it : it.skip;
const withPython = existsSync(python) ? it : it.skip;

describe("the counts of both runners", () => {
  const suites = async (): Promise<Record<string, (...args: unknown[]) => unknown>> =>
    import(pathToFileURL(join(repoRoot, "scripts/support/suites.mjs")).href);

  withPython("take passed, failed, skipped and broken tests from pytest", async () => {
    const { countsOf, pytestTask } = await suites();
    const file = join(work, "test_four.py");
    writeFileSync(
      file,
      "import pytest\n\ndef test_good():\n    pass\n\ndef test_bad():\n    assert 1 == 2, '<&>'\n\ndef test_skipped():\n    pytest.skip('no device')\n\n@pytest.fixture\ndef broken():\n    raise OSError('x')\n\ndef test_broken(broken):\n    pass\n",
    );
    const task = pytestTask?.(
      { python },
      { name: "pytest", files: [file], countsFile: join(work, "pytest.xml") },
    ) as { readonly args: readonly string[] };
    const run = spawnSync(python, [...task.args], { cwd: work, encoding: "utf8" });
    expect(run.status).toBe(1);
    expect(countsOf?.(task, run)).toMatchObject({
      passed: 1,
      failed: 2,
      skipped: 1,
      slowest: expect.arrayContaining([
        expect.objectContaining({ title: expect.stringContaining("test_good") }),
      ]),
      broken: [
        { title: expect.stringContaining("test_bad"), reason: expect.stringContaining("<&>") },
        { title: expect.stringContaining("test_broken"), reason: expect.stringContaining("OSError: x") },
      ],
    });
  });

  it("take passed, failed, skipped and unloadable tests from jest", async () => {
    const { countsOf, jestTask } = await suites();
    writeFileSync(
      join(work, "a.test.mjs"),
      `import { createServer } from "node:net";\nit("passes", () => {}); it("fails and leaves a server", () => { createServer().listen(0); throw new Error("x"); }); it.${"skip"}("waits", () => {});\n`,
    );
    writeFileSync(join(work, "b.test.mjs"), "import './nowhere.mjs';\n");
    const task = jestTask?.(
      { node: process.execPath },
      {
        name: "jest",
        files: [join(work, "a.test.mjs"), join(work, "b.test.mjs")],
        countsFile: join(work, "jest.json"),
      },
    ) as { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> };
    const run = spawnSync(process.execPath, task.args, {
      cwd: repoRoot,
      encoding: "utf8",
      env: { ...process.env, ...task.env },
    });
    expect(run.status).toBe(1);
    expect(countsOf?.(task, run)).toMatchObject({
      passed: 1,
      failed: 2,
      skipped: 1,
      slowest: expect.arrayContaining([
        expect.objectContaining({ title: expect.stringMatching(/a\.test\.mjs passes$/) }),
      ]),
      broken: [
        { title: expect.stringMatching(/a\.test\.mjs fails and leaves a server$/), reason: "Error: x" },
        {
          title: expect.stringMatching(/b\.test\.mjs loads$/),
          reason: expect.stringContaining("nowhere.mjs"),
        },
      ],
    });
  });

  it("count a runner that crashed, or ran nothing, as one failure", async () => {
    const { countsOf } = await suites();
    const task = { name: "jest", countsFile: join(work, "missing.json"), readCounts: () => ({}) };
    expect(countsOf?.(task, { status: 137 })).toEqual({
      passed: 0,
      failed: 1,
      skipped: 0,
      slowest: [],
      note: "jest ended with 137 and no test run",
    });
    writeFileSync(join(work, "zero.json"), "{}");
    const zero = {
      ...task,
      countsFile: join(work, "zero.json"),
      readCounts: () => ({ passed: 0, failed: 0, skipped: 0, slowest: [] }),
    };
    expect(countsOf?.(zero, { status: 0 })).toMatchObject({
      failed: 1,
      note: "jest ended with 0 and no test run",
    });
    const green = { ...zero, readCounts: () => ({ passed: 3, failed: 0, skipped: 0, slowest: [] }) };
    expect(countsOf?.(green, { status: 1 })).toMatchObject({
      passed: 3,
      failed: 1,
      note: "jest ended with 1 and no failed test",
    });
    expect(countsOf?.(green, { status: 0 })).toEqual({ passed: 3, failed: 0, skipped: 0, slowest: [] });
  });
});

describe("what a call runs", () => {
  interface Planned {
    readonly name: string;
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
  }
  const planned = async (campaign: string | undefined): Promise<readonly Planned[]> => {
    const { campaigns, plan, testFiles } = await import(
      pathToFileURL(join(repoRoot, "scripts/support/suites.mjs")).href
    );
    const all = testFiles() as Record<"jest" | "pytest", readonly string[]>;
    const wanted = (file: string): boolean =>
      campaign === undefined
        ? !campaigns.some((name: string) => file.startsWith(`tests/${name}/`))
        : file.startsWith(`tests/${campaign}/`);
    const chosen = { jest: all.jest.filter(wanted), pytest: all.pytest.filter(wanted), campaign };
    return plan({ node: "node", python: "python" }, chosen, work);
  };
  const filesOf = (tasks: readonly Planned[]): readonly string[] =>
    tasks
      .flatMap(({ args, env }) => [...args, ...(env.TOMOE_TEST_FILES?.split("\n") ?? [])])
      .filter((file) => file.startsWith("tests/"))
      .toSorted();

  it("is every file of a campaign, those of Python too, and the campaign is named to them", async () => {
    const tasks = await planned("nightly");
    const there = readdirSync(join(repoRoot, "tests/nightly")).filter((name) =>
      /^test_.*\.py$|\.test\.ts$/.test(name),
    );
    expect(there.some((name) => name.endsWith(".py"))).toBe(true);
    expect(filesOf(tasks)).toEqual(there.map((name) => `tests/nightly/${name}`).toSorted());
    expect(tasks.map(({ env }) => env.TOMOE_CAMPAIGN)).toEqual(tasks.map(() => "nightly"));
  });

  it("is without a campaign every file of none, once", async () => {
    const files = filesOf(await planned(undefined));
    expect(files.filter((file) => /^tests\/(nightly|soak)\//.test(file))).toEqual([]);
    expect(files).toContain("tests/repo/test-command.test.ts");
    expect(files).toContain("tests/repo/test_constants.py");
    expect(new Set(files).size).toBe(files.length);
    const unit = repoFiles().filter((path) => /^tests\/unit\/.*\.test\.ts$/.test(path));
    expect(files.filter((file) => /^tests\/unit\/.*\.test\.ts$/.test(file))).toEqual(unit.toSorted());
  });
});

describe("npm test", () => {
  it("refuses an unknown flag and a pattern that fits no file, and still ends with a count", () => {
    const flag = testCommand("--fast"),
      pattern = testCommand("no-file-is-called-so"),
      broken = testCommand("(");
    expect(`${flag.stderr}`).toContain("[USAGE_INVALID] test does not know --fast");
    expect(`${pattern.stderr}`).toContain("[USAGE_INVALID] no test file fits no-file-is-called-so");
    expect(`${broken.stderr}`).toContain("[USAGE_INVALID] Invalid regular expression");
    for (const run of [flag, pattern, broken]) {
      expect(run.status).toBe(64);
      expect(lastLine(`${run.stdout}`)).toBe("0 passed, 1 failed, 0 skipped");
    }
  });

  whenSetUp("narrows to a pattern and ends with one line over all suites", () => {
    const run = testCommand("tests/repo/source-text");
    expect(lastLine(`${run.stdout}`)).toMatch(/^[1-9]\d* passed, 0 failed, 0 skipped$/);
    expect(`${run.stdout}`).toContain("slowest tests:");
    expect(run.status).toBe(0);
  });

  it("is what CI calls, by a script that may be executed", () => {
    expect(statSync(join(repoRoot, ".ci/run")).mode & 0o111).not.toBe(0);
    expect(
      repoText(".ci/run")
        .split("\n")
        .filter((line) => line.trim() !== "" && !line.startsWith("#"))
        .at(-1),
    ).toMatch(/\bnpm test$/);
    expect(JSON.parse(repoText("package.json")).scripts.test).toBe("node scripts/test.mjs");
  });
});
