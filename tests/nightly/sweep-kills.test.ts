import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededUniform } from "../../ts/eval/index.ts";
import { openSweep } from "../../ts/track/read/index.ts";
import { type CliCall, startTomoe } from "../support/cli.ts";
import { optunaHere } from "../support/optuna.ts";
import { pidsOf } from "../support/run-numbers.ts";
import {
  endedAt,
  nextWords,
  sweepDir,
  type ToySweep,
  toTheEnd,
  toySweep,
  trialsFile,
} from "../support/toy-sweep.ts";
import { until } from "../support/until.ts";

const trials = 12;
const found = await optunaHere();
if (typeof found === "string") console.warn(`skipped: ${found}`);
const withOptuna = typeof found === "string" ? it.skip : it;

const folder = mkdtempSync(join(tmpdir(), "tomoe-sweep-kills-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const stateOf = ({ state }: { readonly state: string }): string => state;

describe(`a sweep of ${trials} trials whose orchestrator is killed five times`, () => {
  it("ends with the trials.jsonl of one that nothing disturbed, and no trial is lost or told as running", async () => {
    const undisturbed = toySweep(folder, "undisturbed", trials);
    await toTheEnd(undisturbed);
    const disturbed = toySweep(folder, "disturbed", trials);
    const uniform = seededUniform(18);
    // Two trials and a bit between kills: at their beginning, in a stage, while answers are asked, at their end.
    for (let kill = 0; kill < 5; kill += 1) {
      const trial = Math.min(trials - 1, kill * 2 + Math.floor(uniform() * 2));
      const moments = [`trial ${trial}: `, `trial ${trial} done`];
      const after = [/shared +\d+%/, /specific +\d+%/, /evaluate +\d+%/][Math.floor(uniform() * 3)];
      const word = moments[Math.floor(uniform() * moments.length)] ?? "";
      const pattern = uniform() < 0.5 ? new RegExp(word) : (after ?? /shared/);
      const { signal } = await endedAt(disturbed, pattern, "SIGKILL");
      expect(signal).toBe("SIGKILL");
      expect(sweepDir(disturbed)).toBeDefined();
      expect(nextWords(disturbed)).toContain("resume");
    }
    const { trials: told } = JSON.parse((await toTheEnd(disturbed)).stdout);
    expect(told.map(stateOf)).toEqual(Array.from({ length: trials }, () => "done"));
    expect(trialsFile(disturbed)).toBe(trialsFile(undisturbed));
  });

  it("with several trials at once ends each of them once, to the same values", async () => {
    const parallel = toySweep(folder, "parallel", trials);
    await endedAt({ ...parallel, words: [...parallel.words, "--parallel", "2"] }, /trial 3: /, "SIGKILL");
    await toTheEnd(parallel);
    expect(trialsFile(parallel)).toBe(trialsFile({ folder: join(folder, "undisturbed") }));
  });
});

/** Who is killed, each at a random moment of a random trial; the order is the seed's. */
const victims = ["orchestrator", "tomoe_worker", "tomoe_sampler", "tomoe_sampler", "orchestrator"] as const;
/** About what a trial takes on two quiet cores. */
const trialMs = 6000;

/** Kills one process of a sweep at a random moment after a trial began; the call that then works on the sweep. */
async function killOne(
  sweep: ToySweep,
  call: CliCall,
  { victim, trial, waitMs }: { readonly victim: string; readonly trial: number; readonly waitMs: number },
): Promise<CliCall> {
  await call.line(new RegExp(`^trial ${trial}: `));
  await new Promise((resolve) => {
    setTimeout(resolve, waitMs);
  });
  if (victim === "tomoe_worker" || victim === "tomoe_sampler") {
    await until(() => pidsOf(victim, sweep.folder).length > 0);
    for (const pid of pidsOf(victim, sweep.folder)) process.kill(pid, "SIGKILL");
    return call;
  }
  call.child.kill("SIGKILL");
  expect((await call.done).signal).toBe("SIGKILL");
  await until(() => pidsOf("tomoe_worker", sweep.folder).length === 0);
  await until(() => pidsOf("tomoe_sampler", sweep.folder).length === 0);
  return startTomoe(nextWords(sweep), sweep.options);
}

describe(`a sweep of ${trials} trials by a model, pruned by ASHA`, () => {
  const byModel =
    'sampler: { kind: "tpe", startup: 4 }, pruner: { kind: "asha", minSteps: 2, reduction: 2 },';

  withOptuna(
    "whose orchestrator, worker and sampler are killed at five random moments ends with the trials.jsonl of one that nothing disturbed",
    async () => {
      const undisturbed = toySweep(folder, "model-undisturbed", trials, byModel);
      await toTheEnd(undisturbed);
      const disturbed = toySweep(folder, "model-disturbed", trials, byModel);
      const uniform = seededUniform(91);
      const order = [...victims].map((victim) => ({ victim, at: uniform() })).sort((a, b) => a.at - b.at);
      let call = startTomoe(nextWords(disturbed), disturbed.options);
      for (const [kill, { victim }] of order.entries()) {
        const trial = 2 * kill + 1 + Math.floor(uniform() * 2);
        call = await killOne(disturbed, call, { victim, trial, waitMs: uniform() * trialMs });
      }
      const { code, stdout, stderr } = await call.done;
      expect([code, stderr.slice(-600)]).toEqual([0, expect.anything()]);
      const { trials: told } = JSON.parse(stdout);
      expect(told).toHaveLength(trials);
      for (const state of told.map(stateOf)) expect(["done", "pruned"]).toContain(state);
      expect(told.map(stateOf)).toContain("pruned");
      expect(trialsFile(disturbed)).toBe(trialsFile(undisturbed));
    },
  );

  withOptuna(
    "with several trials at once and the same kills ends each of them in one terminal state",
    async () => {
      const parallel = toySweep(folder, "model-parallel", trials, byModel);
      const uniform = seededUniform(92);
      let call = startTomoe([...parallel.words, "--parallel", "2"], parallel.options);
      for (const [kill, victim] of victims.entries())
        call = await killOne(parallel, call, { victim, trial: 2 * kill + 1, waitMs: uniform() * trialMs });
      const { code, stdout } = await call.done;
      expect(code).toBe(0);
      const { trials: told } = JSON.parse(stdout);
      expect(told.map(({ number }: { readonly number: number }) => number)).toEqual([
        ...Array(trials).keys(),
      ]);
      for (const state of told.map(stateOf)) expect(["done", "pruned"]).toContain(state);
      // In the ledger, too, each trial has one end.
      const { records } = await openSweep(join(parallel.folder, "sweeps"), "latest");
      const ends = records.flatMap((record) => (record.kind === "trial-ended" ? [record.trial] : []));
      expect(ends.sort((a, b) => a - b)).toEqual([...Array(trials).keys()]);
    },
  );
});
