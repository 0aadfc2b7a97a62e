import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onlyDocument, repoRoot, runProgram } from "../../program.ts";

const scratch = mkdtempSync(join(tmpdir(), "tomoe-run-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const toy = join(repoRoot, "tests/fixtures/recipes/toy.ts");

async function failureOf(...words: string[]) {
  const { code, stdout } = await runProgram(["run", ...words, "--json"], { cwd: scratch });
  return { exit: code, ...onlyDocument(stdout).error };
}

describe("the modes of tomoe run", () => {
  it("are a recipe or a run to resume, and not both; every problem is named at once", async () => {
    expect(await failureOf()).toMatchObject({
      exit: 64,
      code: "USAGE_INVALID",
      message: expect.stringContaining("RECIPE.ts is missing (or give --resume RUN)"),
    });
    const both = await failureOf(toy, "--resume", "r1", "--seed", "3", "--set", "seed=4", "--dry-run");
    expect(both.details?.problems).toEqual([
      expect.stringContaining(`the recipe ${toy} cannot stand beside it`),
      ...["set", "seed", "dry-run"].map((name) => expect.stringContaining(`--${name} cannot stand beside`)),
    ]);
  });

  it("refuse a negative seed and a --set that assigns nothing", async () => {
    const failure = await failureOf(toy, "--seed=-1", "--set", "router.topK");
    expect(failure.details?.problems).toEqual([
      "--seed must not be negative",
      '--set must be path=value, found "router.topK"',
    ]);
  });

  it("know a run that is not there by its name", async () => {
    expect(await failureOf("--resume", "none")).toMatchObject({ exit: 64, code: "RUN_NOT_FOUND" });
  });
});

describe("tomoe run --dry-run", () => {
  it("resolves and checks the recipe with what --set and --seed change, and makes no folder", async () => {
    const { code, stdout } = await runProgram(
      ["run", toy, "--dry-run", "--seed", "11", "--set", "stages.0.steps=3", "--json"],
      // What it costs is said in tests/unit/ts/run: without a Python the rest is said in a tenth of the time.
      { cwd: scratch, env: { TOMOE_PYTHON: "/nowhere/python" } },
    );
    expect(code).toBe(0);
    const document = onlyDocument(stdout);
    expect(document).toMatchObject({ ok: true, dryRun: true, seed: 11 });
    expect(document.stages).toContainEqual(expect.objectContaining({ name: "shared", steps: 3 }));
    expect(document.cost).toMatchObject({ notChecked: expect.stringContaining("/nowhere/python") });
    expect(existsSync(join(scratch, "runs"))).toBe(false);
  });

  it("tells a wrong value with the option's path, and 64", async () => {
    const failure = await failureOf(toy, "--dry-run", "--set", "router.topK=0");
    expect(failure).toMatchObject({
      exit: 64,
      code: "CONFIG_INVALID",
      message: expect.stringContaining("router.topK"),
    });
  });

  it("takes no file for a recipe that exports no experiment", async () => {
    const path = join(scratch, "empty.ts");
    writeFileSync(path, "export const nothing = 1;\n");
    expect(await failureOf(path, "--dry-run")).toMatchObject({ exit: 64, code: "CONFIG_INVALID" });
  });
});
