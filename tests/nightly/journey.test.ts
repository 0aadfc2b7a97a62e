import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repoRoot } from "../support/source-tree.ts";

const work = mkdtempSync(join(tmpdir(), "tomoe-journey-"));
const project = join(work, "project");
afterAll(() => {
  rmSync(work, { recursive: true, force: true });
});

/**
 * A command as a user types it, in the project; its cache lies apart from that of the user who runs the
 * tests.
 */
function type(command: string): string {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", command], {
    // What npm set for this very test run is not what a user's shell has.
    cwd: project,
    encoding: "utf8",
    env: {
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("npm_"))),
      XDG_CACHE_HOME: join(work, "cache"),
      TOMOE_PYTHON: "",
    },
    maxBuffer: 2 ** 26,
  });
  if (status !== 0)
    throw new Error(`"${command}" ended with ${status}:\n${stdout.slice(-2000)}\n${stderr.slice(-2000)}`);
  return stdout;
}

describe("the package in an empty folder outside any clone", () => {
  it("installs, begins a project, makes its Python side, type-checks, and runs from the first step to the scorecard", () => {
    const built = spawnSync(process.execPath, [join(repoRoot, "scripts/build.mjs")], {
      cwd: repoRoot,
      encoding: "utf8",
    });
    expect([built.status, built.stderr]).toEqual([0, expect.anything()]);
    mkdirSync(project);
    const packed = spawnSync("npm", ["pack", "--json", "--pack-destination", work], {
      cwd: repoRoot,
      encoding: "utf8",
    });
    const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
    type(`npm install ${join(work, filename)}`);
    type("npx tomoe init");
    expect(readdirSync(project)).toEqual(
      expect.arrayContaining(["chest-ct.ts", "tsconfig.json", "package.json"]),
    );
    type("npx tomoe setup");
    type("npx tsc --noEmit");
    expect(JSON.parse(type("npx tomoe run chest-ct.ts --dry-run --json"))).toMatchObject({
      ok: true,
      name: "chest-ct",
    });
    const toy = [
      "data.volumes.train=12",
      "data.volumes.test=6",
      "data.slices=64",
      "model.base.pretrain.vision-2d.steps=6",
      "model.base.pretrain.language-2d.steps=30",
      "stages.shared.steps=8",
      "stages.specific.steps=4",
      "evaluation.bootstrap.resamples=200",
    ];
    const document = JSON.parse(
      type(`npx tomoe run chest-ct.ts --json ${toy.map((value) => `--set ${value}`).join(" ")}`),
    ) as { ok: boolean; dir: string; scorecard: unknown[] };
    expect(document.ok).toBe(true);
    expect(document.scorecard.length).toBeGreaterThan(3);
    expect(readdirSync(document.dir)).toEqual(
      expect.arrayContaining([
        "resolved.json",
        "metrics",
        "predictions.jsonl",
        "scorecard.json",
        "scorecard.md",
        "plots",
        "receipts",
        "checkpoints",
      ]),
    );
    expect(JSON.parse(type("npx tomoe doctor --json"))).toMatchObject({ ok: true });
  }, 1_800_000);
});
