import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readmeScript } from "../support/readme.ts";
import { repoRoot } from "../support/source-tree.ts";

/** A user's own folder: the script of README.md beside a tsconfig, tomoe in its node_modules. */
function userFolder(script: string): string {
  const folder = mkdtempSync(join(tmpdir(), "tomoe-readme-"));
  mkdirSync(join(folder, "node_modules/@types"), { recursive: true });
  symlinkSync(repoRoot, join(folder, "node_modules/tomoe"));
  symlinkSync(join(repoRoot, "node_modules/@types/node"), join(folder, "node_modules/@types/node"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  writeFileSync(join(folder, "chest-ct.ts"), script);
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({
    compilerOptions: { target: "es2024", lib: ["es2024", "esnext"], module: "nodenext", strict: true, noEmit: true, skipLibCheck: true, types: ["node"], allowImportingTsExtensions: true, customConditions: ["tomoe-source"] },
    include: ["*.ts"],
  }));
  return folder;
}

describe("the experiment script of README.md", () => {
  const folder = userFolder(readmeScript());
  afterAll(() => { rmSync(folder, { recursive: true, force: true }); });
  const tsc = (): ReturnType<typeof spawnSync> => spawnSync(join(repoRoot, "node_modules/.bin/tsc"), ["-p", "."], { cwd: folder, encoding: "utf8" });

  it("is about 25 lines long", () => {
    expect(readmeScript().trim().split("\n").length).toBeLessThanOrEqual(40);
  });

  it("compiles as it stands", () => {
    const run = tsc();
    expect(`${run.stdout}`).toBe("");
    expect(run.status).toBe(0);
  });

  it.each([
    ["a component that does not exist", /trains: \["/, 'trains: ["eyes", "'],
    ["a metric of another task", /"closed-vqa": vqaTask\(\{ closed: true, metrics: \["accuracy"\]/, '"closed-vqa": vqaTask({ closed: true, metrics: ["rouge1"]'],
    ["more experts a token than there are", /topK: \d+/, "topK: 99"],
  ])("does not compile with %s, and the error stands on that line", (_what, from, to) => {
    const lineOf = readmeScript().split("\n").findIndex((line) => from.test(line)) + 1;
    expect(lineOf).toBeGreaterThan(0);
    writeFileSync(join(folder, "wrong.ts"), readmeScript().replace(from, to));
    const run = tsc();
    rmSync(join(folder, "wrong.ts"));
    expect(`${run.stdout}`).toContain(`wrong.ts(${lineOf},`);
    expect(run.status).not.toBe(0);
  });

  it("resolves through the command line without training anything", () => {
    const run = spawnSync(process.execPath, [join(repoRoot, "scripts/tomoe.mjs"), "run", "chest-ct.ts", "--dry-run", "--json"], { cwd: folder, encoding: "utf8", timeout: 60_000 });
    const document = JSON.parse(run.stdout);
    expect(document).toMatchObject({ ok: true });
    expect(run.status).toBe(0);
  }, 60_000);
});
