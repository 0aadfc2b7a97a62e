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
import { readmeScript } from "../support/readme.ts";
import { repoRoot, repoText } from "../support/source-tree.ts";

const python = join(repoRoot, ".venv/bin/python");
const isReady = existsSync(python);
if (!isReady) console.warn("the script of README.md is not run: this checkout has no .venv (npm run setup)");
const maybe = isReady ? it : it.skip;

/** The script with its sizes cut down, and nothing else changed. */
function toySize(script: string): string {
  const cuts: readonly (readonly [RegExp, string])[] = [
    [/train: [\d_]+, validation: [\d_]+, test: [\d_]+/, "train: 12, validation: 0, test: 4"],
    [/slices: [\d_]+/, "slices: 48"],
    [/steps: [\d_]+/g, "steps: 2"],
    [/\[1, 2, 3\]/, "[1, 2]"],
  ];
  return cuts.reduce((text, [from, to]) => {
    if (text.search(from) < 0) throw new Error(`README.md's script has nothing like ${from.source}`);
    return text.replace(from, to);
  }, script);
}

describe("the experiment script of README.md at toy size", () => {
  const folder = mkdtempSync(join(tmpdir(), "tomoe-script-"));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  maybe(
    "runs by itself, prints what its last line says, and leaves the run folder that the page shows",
    () => {
      mkdirSync(join(folder, "node_modules"));
      symlinkSync(repoRoot, join(folder, "node_modules/tomoe"));
      writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
      writeFileSync(join(folder, "first-light.ts"), toySize(readmeScript()));
      const run = spawnSync(process.execPath, ["--conditions=tomoe-source", "first-light.ts"], {
        cwd: folder,
        encoding: "utf8",
        env: { ...process.env, OMP_NUM_THREADS: "1" },
        timeout: 600_000,
      });
      if (run.status !== 0)
        throw new Error(`first-light.ts ended with ${run.status ?? run.signal}:\n${run.stderr.slice(-4000)}`);
      const made = readdirSync(join(folder, "runs"));
      expect(made.length).toBe(2);
      const [runId = ""] = made;
      const cell = [
        "value: [\\d.]+",
        "ciLow: [\\d.]+",
        "ciHigh: [\\d.]+",
        "n: \\d+",
        "clusters: 4",
        "chance: 0\\.25",
      ].join(",\\s+");
      for (const each of made) expect(run.stdout).toMatch(new RegExp(`${each} \\{\\s+${cell}`));
      const seeds = made.map((each) => {
        const text = readFileSync(join(folder, "runs", each, "resolved.json"), "utf8");
        return (JSON.parse(text) as { readonly config: { readonly seed: number } }).config.seed;
      });
      expect(seeds).toEqual([1, 2]);
      // Nobody asked for another watcher: each run says on stderr where it is and what it has done.
      for (const each of made) expect(run.stderr).toContain(`run ${each} in `);
      expect(run.stderr).toContain("shared 2/2 loss ");

      const rows =
        repoText("README.md")
          .split("## What a run leaves behind")[1]
          ?.split("\n## ")[0]
          ?.split("\n")
          .filter((line) => line.startsWith("| `")) ?? [];
      const promised = rows.flatMap((row) =>
        [...(row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ""),
      );
      expect(promised.length).toBeGreaterThan(10);
      expect(promised.filter((path) => !existsSync(join(folder, "runs", runId, path)))).toEqual([]);
      for (const path of ["metrics", "events", "receipts", "plots", "checkpoints"])
        expect(readdirSync(join(folder, "runs", runId, path)).length).toBeGreaterThan(0);
      const resolved = JSON.parse(readFileSync(join(folder, "runs", runId, "resolved.json"), "utf8"));
      expect(JSON.stringify(resolved)).toContain("first-light");
      expect(JSON.parse(readFileSync(join(folder, "runs", runId, "scorecard.json"), "utf8"))).toMatchObject({
        ok: true,
        runId,
      });
    },
  );
});
