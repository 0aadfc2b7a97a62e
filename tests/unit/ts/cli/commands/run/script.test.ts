import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeToyScript } from "../../../../../support/toy-script.ts";
import { onlyDocument, runProgram } from "../../program.ts";

const scratch = mkdtempSync(join(tmpdir(), "tomoe-script-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Made {
  readonly runId: string;
  readonly dir: string;
}

const seedOf = (dir: string): number =>
  (JSON.parse(readFileSync(join(dir, "resolved.json"), "utf8")) as { readonly config: { seed: number } })
    .config.seed;

async function ran(name: string, body: string, ...words: string[]) {
  const path = writeToyScript(scratch, name, body);
  const runs = `runs-${name}`;
  const { code, stdout, stderr } = await runProgram(["run", path, "--runs", runs, ...words, "--json"], {
    cwd: scratch,
  });
  return { code, stderr, document: onlyDocument(stdout), dir: join(scratch, runs) };
}

describe("tomoe run of a script", () => {
  it("carries out every run of it, gives each its typed result, and prints them all", async () => {
    const { code, stderr, document } = await ran(
      "seeds.ts",
      `for (const seed of [1, 2]) {
         const { runId, scorecard } = await run(experiment, { seed, set, workers: workers(), tags: { loop: "seeds" } });
         console.log("typed", runId, scorecard["closed-vqa"].accuracy.macro.n);
       }
       console.log("listed", listRuns({ runsDir: "runs-seeds.ts" }).length);`,
      "--tag",
      "by=test",
    );
    expect([code, stderr.includes("listed 2")]).toEqual([0, true]);
    const runs = document.runs as readonly Made[];
    expect(runs.map(({ dir }) => seedOf(dir))).toEqual([1, 2]);
    expect(document).toMatchObject({ ok: true, runId: runs[1]?.runId, dir: runs[1]?.dir });
    for (const { runId } of runs) expect(stderr).toMatch(new RegExp(`typed ${runId} \\d+`));
    const state = JSON.parse(readFileSync(join(runs[0]?.dir ?? "", "state.json"), "utf8"));
    expect(state.tags).toEqual({ loop: "seeds", by: "test" });
  });

  it("waits for a run that nobody awaits, and takes overrides from --set-file with --set after them", async () => {
    const file = join(scratch, "best.json");
    writeFileSync(file, JSON.stringify({ "stages.shared.learningRate": 0.5, name: "from-file" }));
    const { code, document } = await ran(
      "unawaited.ts",
      "export { experiment };\nvoid run(experiment, { set, workers: workers() });",
      "--set-file",
      file,
      "--set",
      "stages.shared.learningRate=0.25",
    );
    expect(code).toBe(0);
    expect(document.runs).toBeUndefined();
    const { dir, runId } = document as unknown as Made;
    const { config } = JSON.parse(readFileSync(join(dir, "resolved.json"), "utf8"));
    expect(runId).toContain("from-file");
    expect(config.stages[0].learningRate).toBe(0.25);
  });

  it("goes on after a run that failed where the script catches it, else ends with its code", async () => {
    const { code, stderr, document, dir } = await ran(
      "caught.ts",
      `const dying = { set: [...set, "execution.maxRestarts=0"], workers: workers({ failStart: () => workerDied() }) };
       await run(experiment, dying).catch((error) => console.log("caught", error.code));
       await run(experiment, { set, workers: workers() });
       await run(experiment, { ...dying, workers: workers({ failStart: () => workerDied() }) });
       throw new Error("never here");`,
    );
    expect([code, document.error?.code]).toEqual([69, "WORKER_DIED"]);
    expect(stderr).toContain("caught WORKER_DIED");
    expect(readdirSync(dir).length).toBe(3);
  });

  it("refuses a --seed beside the script's own, and several experiments of which none is meant", async () => {
    const both = await ran(
      "both.ts",
      "await run(experiment, { seed: 3, set, workers: workers() });",
      "--seed",
      "4",
    );
    expect([both.code, both.document.error?.code]).toEqual([64, "USAGE_INVALID"]);
    expect(both.document.error?.message).toContain("--seed cannot stand beside a script that gives seed 3");
    const several = await ran("several.ts", "export const one = experiment;\nexport const two = experiment;");
    expect([several.code, several.document.error?.message]).toEqual([
      64,
      expect.stringContaining("exports 2 experiments, one, two"),
    ]);
  });
});
