import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runSeed } from "../../../../../../ts/sweep/index.ts";
import { writeToyScript } from "../../../../../support/toy-script.ts";
import { onlyDocument, runProgram } from "../../program.ts";

const scratch = mkdtempSync(join(tmpdir(), "tomoe-sweep-replay-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("tomoe sweep replay --dry-run", () => {
  const sweep = writeToyScript(
    scratch,
    "rates.ts",
    `import { defineSweep, sweep } from "tomoe";
    await sweep(defineSweep(experiment, {
      name: "rates",
      seeds: 2,
      space: (s) => ({ "stages.shared.learningRate": s.logFloat(1e-4, 1e-2) }),
      objective: { metric: "closed-vqa/accuracy.micro", direction: "max" },
      budget: { trials: 1 },
    }), { set, workers: workers() });`,
  );
  const replay = (...words: readonly string[]) =>
    runProgram(["sweep", "replay", "latest", ...words], { cwd: scratch });

  it("tells people and programs how a trial was made, seed by seed", async () => {
    const { code, stdout: ran } = await runProgram(["sweep", "run", sweep, "--json"], { cwd: scratch });
    expect(code).toBe(0);
    const trials = onlyDocument(ran).trials as readonly {
      readonly seed: number;
      readonly runId: string;
      readonly assignment: object;
    }[];
    const [trial] = trials;
    const seeds = [runSeed(trial?.seed ?? 0, 0), runSeed(trial?.seed ?? 0, 1)];

    const told = onlyDocument((await replay("--trial", "0", "--dry-run", "--json")).stdout);
    const { runs, equal } = told.replay as {
      readonly runs: readonly {
        readonly seed: number;
        readonly config: { readonly seed: number };
        readonly configDigest: string;
      }[];
      readonly equal: null;
    };
    expect(runs.map(({ seed }) => seed)).toEqual(seeds);
    expect(runs.map(({ config }) => config.seed)).toEqual(seeds);
    expect(equal).toBeNull();
    const resolved = JSON.parse(
      readFileSync(join(scratch, "runs", trial?.runId ?? "", "resolved.json"), "utf8"),
    );
    expect(runs[1]?.configDigest).toBe(resolved.digest);

    const { stdout } = await replay("--trial", "0", "--dry-run");
    expect(stdout).toContain(
      `seed ${seeds[0]}, configuration ${runs[0]?.configDigest.slice(0, 12)}, recorded 0`,
    );
    expect(stdout).not.toContain("every value is the recorded one");
  });

  it("refuses a trial that is not there", async () => {
    const { code, stdout } = await replay("--trial", "5", "--json");
    expect(code).toBe(64);
    expect(onlyDocument(stdout).error).toMatchObject({
      code: "RUN_NOT_FOUND",
      hint: "It has trials 0 to 0.",
    });
  });
});
