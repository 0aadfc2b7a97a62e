import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededUniform } from "../../ts/eval/index.ts";
import { readMetrics } from "../../ts/track/read/index.ts";
import { type CliResult, repository, startTomoe, tomoe } from "./cli.ts";
import { numbersOf, type RunNumbers, toldSteps, workerPids } from "./run-numbers.ts";
import { until } from "./until.ts";

/** What a campaign of random kills found. */
export interface CampaignReport {
  readonly kills: { readonly worker: number; readonly orchestrator: number };
  readonly completedRuns: number;
  /** Steps that were told on stderr and are not in the record. */
  readonly lost: readonly string[];
  /** Runs whose numbers differ from the undisturbed one. */
  readonly differing: readonly { readonly run: string; readonly numbers: RunNumbers }[];
  readonly undisturbed: RunNumbers;
}

/** About as long as the toy recipe takes on two quiet cores. */
const longestLifeMs = 6000;
const mostKillsOfRun = 10;

interface Tally {
  worker: number;
  orchestrator: number;
}

/**
 * Kills workers and orchestrators of the toy recipe with SIGKILL at random moments, resumes whatever was
 * left, and compares every completed run with
 * an undisturbed one. The seed fixes who is killed and after how long; a failing seed becomes a test of its
 * own. `stop` ends it after the run in progress.
 */
export async function killCampaign(
  kills: number,
  seed: number,
  stop: AbortSignal = new AbortController().signal,
): Promise<CampaignReport> {
  const folder = mkdtempSync(join(tmpdir(), "tomoe-kills-"));
  const recipe = join(repository, "tests/fixtures/recipes/toy.ts");
  const options = { cwd: folder, env: { TOMOE_E2E: folder } };
  const uniform = seededUniform(seed);
  const tally: Tally = { worker: 0, orchestrator: 0 };
  const lost: string[] = [],
    differing: { readonly run: string; readonly numbers: RunNumbers }[] = [];
  let completedRuns = 0;
  try {
    const first = await tomoe(["run", recipe, "--json", "--runs", "undisturbed"], options);
    if (first.code !== 0) throw new Error(`the undisturbed run ended with ${first.code}:\n${first.stderr}`);
    const undisturbed = await numbersOf((JSON.parse(first.stdout) as { readonly dir: string }).dir);
    while (tally.worker + tally.orchestrator < kills && !stop.aborted) {
      const runs = `runs-${completedRuns}`;
      const told: string[] = [];
      // Each run is let go after a few kills, so that many come to their end and are compared.
      const upTo = Math.min(
        kills,
        tally.worker + tally.orchestrator + 1 + Math.floor(uniform() * mostKillsOfRun),
      );
      let ended: CliResult | null = null;
      let args: readonly string[] = ["run", recipe, "--json", "--runs", runs];
      while (ended === null) {
        ended = await oneLife(args, { folder, options, uniform, kills: upTo, tally, told });
        const [runId] = existsSync(join(folder, runs))
          ? readdirSync(join(folder, runs)).filter((name) => !name.startsWith("."))
          : [];
        // Killed before the run folder had its name: nothing was promised yet, so it is begun anew.
        if (ended === null && runId !== undefined)
          args = ["run", "--resume", runId, "--json", "--runs", runs];
      }
      completedRuns += 1;
      const { dir } = JSON.parse(ended.stdout) as { readonly dir: string };
      const recorded = new Set(
        (await readMetrics(join(dir, "metrics"))).map(({ stage, step }) => `${stage}/${step}`),
      );
      lost.push(...told.filter((step) => !recorded.has(step)));
      const numbers = await numbersOf(dir);
      if (JSON.stringify(numbers) !== JSON.stringify(undisturbed)) differing.push({ run: dir, numbers });
    }
    return { kills: tally, completedRuns, lost, differing, undisturbed };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Life {
  readonly folder: string;
  readonly options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> };
  readonly uniform: () => number;
  /** The tally at which this run is let go. */
  readonly kills: number;
  readonly tally: Tally;
  readonly told: string[];
}

function describeProcesses(pids: readonly number[]): string {
  return pids
    .map((pid) => readFileSync(`/proc/${pid}/stat`, "latin1").split(" ").slice(0, 5).join(" "))
    .join("; ");
}

/**
 * One process of `tomoe run`: killed, or its workers killed, at random moments; its result when it came to
 * the end, else null.
 */
async function oneLife(args: readonly string[], life: Life): Promise<CliResult | null> {
  const call = startTomoe(args, life.options);
  let over = false;
  void call.done.then(() => {
    over = true;
  });
  const killing = (async () => {
    while (!over && life.tally.worker + life.tally.orchestrator < life.kills) {
      const afterMs = life.uniform() * longestLifeMs,
        orchestrator = life.uniform() < 0.4;
      await new Promise((resolve) => {
        setTimeout(resolve, afterMs);
      });
      if (over) return;
      if (orchestrator) {
        call.child.kill("SIGKILL");
        life.tally.orchestrator += 1;
        return;
      }
      const pids = workerPids(life.folder);
      for (const pid of pids) process.kill(pid, "SIGKILL");
      if (pids.length > 0) life.tally.worker += 1;
    }
  })();
  const result = await call.done;
  await killing;
  life.told.push(...toldSteps(result.stderr));
  if (result.signal === "SIGKILL") {
    await until(() => workerPids(life.folder).length === 0).catch(() => {
      throw new Error(
        `workers outlived their orchestrator: ${describeProcesses(workerPids(life.folder))}\n${result.stderr}`,
      );
    });
    return null;
  }
  // 69: the workers died more often than the recipe allows; such a run is resumed like any other.
  if (result.code === 69) return null;
  if (result.code !== 0)
    throw new Error(`tomoe ended with ${result.code ?? result.signal}:\n${result.stderr}`);
  return result;
}
