import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { initDocument } from "../../../../../../ts/cli/commands/init/document.ts";
import { onlyDocument, repoRoot, runProgram } from "../../program.ts";

const scratch = mkdtempSync(join(tmpdir(), "tomoe-init-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("tomoe init", () => {
  it("writes a project whose experiment the compiler accepts, and whose misspelt metric it does not", async () => {
    const dir = join(scratch, "new", "project");
    const { code, stdout } = await runProgram(["init", dir, "--json"]);
    expect(code).toBe(0);
    expect(initDocument.parse(onlyDocument(stdout))).toMatchObject({
      dir,
      files: ["chest-ct.ts", "package.json", "tsconfig.json"],
    });
    expect(readdirSync(dir).sort()).toEqual(["chest-ct.ts", "package.json", "tsconfig.json"]);
    // As after "npm install tomoe", but on the sources: nothing is built for this test.
    mkdirSync(join(dir, "node_modules"));
    symlinkSync(repoRoot, join(dir, "node_modules", "tomoe"));
    writeFileSync(
      join(dir, "tsconfig.sources.json"),
      JSON.stringify({
        extends: "./tsconfig.json",
        compilerOptions: {
          customConditions: ["tomoe-source"],
          types: ["node"],
          typeRoots: [join(repoRoot, "node_modules/@types")],
          lib: ["es2024", "esnext"],
        },
      }),
    );
    const recipe = readFileSync(join(dir, "chest-ct.ts"), "utf8");
    expect(recipe).toContain('metrics: ["accuracy"]');
    writeFileSync(join(dir, "misspelt.ts"), recipe.replace('metrics: ["accuracy"]', 'metrics: ["accurate"]'));
    const check = spawnSync(
      join(repoRoot, "node_modules/.bin/tsc"),
      ["--noEmit", "--pretty", "false", "-p", join(dir, "tsconfig.sources.json")],
      { encoding: "utf8" },
    );
    const files = new Set(
      [...check.stdout.matchAll(/^(?:.*\/)?([\w-]+\.ts)\(\d+,\d+\): error/gm)].map(([, file]) => file),
    );
    expect([...files]).toEqual(["misspelt.ts"]);
    expect(check.stdout).toContain("accurate");
  });

  it("replaces nothing and writes nothing where one of its files is", async () => {
    const dir = join(scratch, "taken");
    mkdirSync(dir);
    writeFileSync(join(dir, "chest-ct.ts"), "mine");
    const { code, stdout } = await runProgram(["init", dir, "--json"]);
    expect(code).toBe(73);
    expect(onlyDocument(stdout).error).toMatchObject({
      code: "OUTPUT_EXISTS",
      message: expect.stringContaining("has chest-ct.ts already; nothing was written"),
    });
    expect(readFileSync(join(dir, "chest-ct.ts"), "utf8")).toBe("mine");
    expect(existsSync(join(dir, "tsconfig.json"))).toBe(false);
  });

  it("leaves a package.json as it is, and says so when it is for CommonJS", async () => {
    const dir = join(scratch, "project");
    mkdirSync(dir);
    writeFileSync(join(dir, "package.json"), '{"type":"commonjs"}');
    const { code, stdout, stderr } = await runProgram(["init"], { cwd: dir });
    expect(code).toBe(0);
    expect(stdout).toContain("wrote chest-ct.ts, tsconfig.json in");
    expect(stderr).toContain("npm pkg set type=module");
    expect(readFileSync(join(dir, "package.json"), "utf8")).toBe('{"type":"commonjs"}');
  });

  it("refuses a file in place of a folder", async () => {
    const file = join(scratch, "file");
    writeFileSync(file, "");
    const { code, stdout } = await runProgram(["init", file, "--json"]);
    expect(code).toBe(73);
    expect(onlyDocument(stdout).error?.code).toBe("OUTPUT_CREATE");
  });
});
