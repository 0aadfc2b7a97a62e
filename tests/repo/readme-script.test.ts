import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readmeScript, readmeSweep } from "../support/readme.ts";
import { repoRoot } from "../support/source-tree.ts";

/** A user's own folder: the script of README.md beside a tsconfig, tomoe in its node_modules. */
function userFolder(script: string): string {
  const folder = mkdtempSync(join(tmpdir(), "tomoe-readme-"));
  mkdirSync(join(folder, "node_modules/@types"), { recursive: true });
  symlinkSync(repoRoot, join(folder, "node_modules/tomoe"));
  symlinkSync(join(repoRoot, "node_modules/@types/node"), join(folder, "node_modules/@types/node"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  writeFileSync(join(folder, "chest-ct.ts"), script);
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        target: "es2024",
        lib: ["es2024", "esnext"],
        module: "nodenext",
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        types: ["node"],
        allowImportingTsExtensions: true,
        customConditions: ["tomoe-source"],
      },
      include: ["*.ts"],
    }),
  );
  return folder;
}

describe("the experiment script of README.md", () => {
  const folder = userFolder(readmeScript());
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  it("is about 25 lines long", () => {
    expect(readmeScript().trim().split("\n").length).toBeLessThanOrEqual(40);
  });

  it("compiles as it stands, and not with a wrong component, metric or range: each error stands on its line", () => {
    const mistakes: readonly (readonly [string, RegExp, string])[] = [
      ["component.ts", /trains: \["/, 'trains: ["eyes", "'],
      [
        "metric.ts",
        /"closed-vqa": vqaTask\(\{ closed: true, metrics: \["accuracy"\]/,
        '"closed-vqa": vqaTask({ closed: true, metrics: ["rouge1"]',
      ],
      ["range.ts", /topK: \d+/, "topK: 99"],
      ["steps.ts", /steps: [\d_]+/, "steps: 1.5"],
    ];
    const places = mistakes.map(([file, from, to]) => {
      writeFileSync(join(folder, file), readmeScript().replace(from, to));
      return `${file}(${
        readmeScript()
          .split("\n")
          .findIndex((line) => from.test(line)) + 1
      },`;
    });
    // The sweep stands beside the experiment; each mistake in it is one line.
    const sweep = readmeSweep().replace("./first-light.ts", "./chest-ct.ts");
    writeFileSync(join(folder, "rates.ts"), sweep);
    const sweepMistakes: readonly (readonly [string, RegExp, string])[] = [
      ["path.ts", /"stages\.shared\.learningRate"/, '"stages.shared.rate"'],
      ["bounds.ts", /logFloat\(5e-4/, "logFloat(0"],
      ["objective.ts", /metric: "[^"]+"/, 'metric: "report/bleu4"'],
    ];
    for (const [file, from, to] of sweepMistakes) {
      writeFileSync(join(folder, file), sweep.replace(from, to));
      places.push(`${file}(${sweep.split("\n").findIndex((line) => from.test(line)) + 1},`);
    }
    const tsc = join(repoRoot, "node_modules/.bin/tsc");
    const run = spawnSync(tsc, ["-p", "."], { cwd: folder, encoding: "utf8" });
    for (const [file] of [...mistakes, ...sweepMistakes]) rmSync(join(folder, file));
    for (const place of places) expect(run.stdout).toContain(place);
    // A wrong objective leaves the space uninferred: what is said of it there is not the mistake.
    const elsewhere = run.stdout
      .split("\n")
      .filter(
        (line) =>
          /^\S/.test(line) &&
          !line.startsWith("objective.ts(") &&
          !places.some((place) => line.startsWith(place)),
      );
    expect(elsewhere).toEqual([]);
    expect(run.status).not.toBe(0);
  });
});
