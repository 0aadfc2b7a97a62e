import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sweepDocument } from "../../../../../../ts/cli/commands/sweep/document.ts";
import { writeToyScript } from "../../../../../support/toy-script.ts";
import { onlyDocument, runProgram } from "../../program.ts";

const scratch = mkdtempSync(join(tmpdir(), "tomoe-sweep-cli-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const defined = `import { defineSweep, sweep } from "tomoe";
const rates = defineSweep(experiment, {
  name: "rates",
  space: (s) => ({ "stages.shared.learningRate": s.logFloat(1e-4, 1e-2) }),
  objective: { metric: "closed-vqa/accuracy.micro", direction: "max" },
  budget: { trials: 2 },
});`;
const script = (name: string, body: string): string => writeToyScript(scratch, name, `${defined}\n${body}`);

async function asked(...words: readonly string[]) {
  const { code, stdout, stderr } = await runProgram([...words, "--json"], { cwd: scratch });
  return { code, stderr, document: onlyDocument(stdout) };
}

describe("tomoe sweep", () => {
  it("carries out what a script sweeps, shows where it stands, goes on with it, and tells how a trial was made", async () => {
    const path = script("rates.ts", "await sweep(rates, { set, workers: workers() });");
    const ran = await asked("sweep", "run", path, "--set", "stages.shared.steps=2", "--parallel", "2");
    expect([ran.code, ran.stderr.includes("trial 1 done: ")]).toEqual([0, true]);
    const { sweepId, trials } = sweepDocument.parse(ran.document);
    expect(trials.map(({ number, state, steps }) => [number, state, steps])).toEqual([
      [0, "done", 3],
      [1, "done", 3],
    ]);
    const inFolder = readdirSync(join(scratch, "sweeps", sweepId)).sort();
    expect(inFolder).toEqual(["best.json", "ledger", "sweep.html", "sweep.md", "trials.jsonl"]);
    expect(readdirSync(join(scratch, "runs")).length).toBe(2);

    const status = await asked("sweep", "status", "latest");
    expect(status.document).toMatchObject({ sweepId, trials });
    expect((await asked("sweep", "resume", "rates")).document).toMatchObject({ sweepId, trials });

    const replayed = await asked("sweep", "replay", sweepId, "--trial", "1", "--dry-run");
    const { replay, trials: only } = sweepDocument.parse(replayed.document);
    expect(only).toEqual([trials[1]]);
    expect(replay).toMatchObject({
      trial: 1,
      equal: null,
      runs: [{ seed: trials[1]?.seed, recorded: trials[1]?.value }],
    });
    const text = await runProgram(["sweep", "status", sweepId], { cwd: scratch });
    expect(text.stdout).toContain("closed-vqa/accuracy.micro on validation, higher is better");

    const best = join(scratch, "sweeps", sweepId, "best.json");
    const runOfBest = script("best.ts", "await run(experiment, { set, workers: workers() });");
    const { document } = await asked("run", runOfBest, "--set-file", best, "--runs", "best-runs");
    const { config } = JSON.parse(readFileSync(join(String(document.dir), "resolved.json"), "utf8"));
    const assignment = JSON.parse(readFileSync(best, "utf8"));
    expect(config.stages[0].learningRate).toBe(assignment["stages.shared.learningRate"]);
    expect(config.evaluation.split).toBe("test");
  });

  it("is carried out under tomoe run too, whose document is then that of the sweep", async () => {
    const path = script(
      "both.ts",
      `const { best } = await sweep(rates, { set, workers: workers(), sweepsDir: "both-sweeps" });
       console.log("typed", best?.assignment["stages.shared.learningRate"]);
`,
    );
    const alone = await asked("run", path, "--runs", "both");
    expect([alone.code, /typed 0\.\d+/.test(alone.stderr)]).toEqual([0, true]);
    expect(alone.document).toMatchObject({
      ok: true,
      runs: [],
      sweeps: [{ sweepId: alone.document.sweepId }],
    });
    const refused = await asked("run", path, "--seed", "3");
    expect([refused.code, refused.document.error?.code]).toEqual([64, "USAGE_INVALID"]);
  });

  it("carries out what a file exports, and refuses a file without a sweep or with a run of its own", async () => {
    const empty = script("none.ts", "export { experiment };");
    const none = await asked("sweep", "run", empty);
    expect(none.document.error).toMatchObject({ code: "CONFIG_INVALID" });
    expect(none.document.error?.message).toContain("none.ts exports no sweep");
    const own = await asked("sweep", "run", script("own.ts", "await run(experiment, { set });"));
    expect(own.document.error?.message).toContain("runs an experiment by itself, and a sweep was asked for");
    const two = script("two.ts", "export const one = rates;\nexport const other = { ...rates };");
    expect((await asked("sweep", "run", two)).document.error?.message).toContain(
      "exports 2 sweeps, one, other",
    );
    // Its own resolution fails before anything is begun: the exported sweep is the one that was asked for.
    const exported = script("exported.ts", "export default rates;");
    const refused = await asked("sweep", "run", exported, "--set", "router.topK=9");
    expect(refused.document.error?.message).toContain("router.topK: 9 is more than tokenExperts");
  });

  it.each([
    [["sweep", "status", "nothing"], 64, "RUN_NOT_FOUND"],
    [["sweep", "resume", "nothing"], 64, "RUN_NOT_FOUND"],
    [["sweep", "replay", "nothing"], 64, "USAGE_INVALID"],
    [["sweep", "replay", "nothing", "--trial", "-1"], 64, "USAGE_INVALID"],
    [["sweep", "run", "nothing.ts"], 64, "PATH_NOT_FOUND"],
    [["sweep", "run", "nothing.ts", "--parallel", "0"], 64, "USAGE_INVALID"],
    [["sweep", "run", "nothing.ts", "--set", "steps"], 64, "USAGE_INVALID"],
  ])("%j ends with %d, %s", async (words, exit, code) => {
    const { code: found, document } = await asked(...words);
    expect([found, document.error?.code]).toEqual([exit, code]);
  });
});
