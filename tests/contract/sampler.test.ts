// What ts/sampler and Optuna promise each other, with the Optuna of the lock.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { resumeSweep, runSweep } from "../../ts/run/sweep/sweep.ts";
import { modelSampler, type SamplerRuntime } from "../../ts/sampler/index.ts";
import type { Dimension } from "../../ts/schema/sweep/plan.ts";
import type { Sampler, TrialState } from "../../ts/sweep/index.ts";
import { openSweep } from "../../ts/track/read/index.ts";
import { optunaHere } from "../support/optuna.ts";
import { removeScratch, started, trialsOf } from "../unit/ts/run/sweep/fixtures.ts";
import { planOf, rates } from "../unit/ts/sweep/fixtures.ts";

const found = await optunaHere();
if (typeof found === "string") console.warn(`skipped: ${found}`);
const withOptuna = typeof found === "string" ? it.skip : it;
const here = (): SamplerRuntime => (typeof found === "string" ? { python: "", runtimePath: "" } : found);
afterAll(removeScratch);

const weight: Dimension = {
  kind: "when",
  option: "balance",
  is: "loss",
  draws: { kind: "float", low: 0, high: 1, log: false },
};
const plan = planOf({
  space: {
    rate: { ...rates, low: 1e-5, high: 1e-1 },
    weight,
    balance: { kind: "choice", of: ["none", "loss"] },
    topK: { kind: "int", low: 1, high: 6, step: 2 },
  },
  sampler: { kind: "tpe", startup: 6 },
  objective: { metric: "closed-vqa/accuracy.micro", direction: "max" },
});

/** How well an assignment does: best near a rate of 0.003 with the loss at a weight of 0.3. */
const worthOf = ({ rate, weight: of, balance }: TrialState["assignment"]): number =>
  -Math.abs(Math.log10(Number(rate)) + 2.5) + (balance === "loss" ? 1 - Math.abs(Number(of) - 0.3) : 0);

/** Trials asked and ended one after the other; every fourth one is pruned, every seventh fails. */
async function carriedOn(sampler: Sampler, trials: TrialState[], until: number) {
  const points: {
    kind: "point";
    trial: number;
    member: 0;
    attempt: 0;
    steps: number;
    done: number;
    value: number;
  }[] = trials.map(({ number, assignment }) => pointOf(number, assignment));
  for (let number = trials.length; number < until; number += 1) {
    const { assignment } = await sampler.propose(number, { trials, points });
    const state = number % 7 === 6 ? "failed" : number % 4 === 3 ? "pruned" : "done";
    const value = state === "failed" ? null : worthOf(assignment);
    const end = { kind: "trial-ended", trial: number, state, value, steps: 4, reason: null } as const;
    trials.push({ number, assignment, seed: 0, begun: [], ended: [], end });
    points.push(pointOf(number, assignment));
  }
  return trials.map(({ assignment }) => assignment);
}

const pointOf = (trial: number, assignment: TrialState["assignment"]) =>
  ({ kind: "point", trial, member: 0, attempt: 0, steps: 2, done: 2, value: worthOf(assignment) }) as const;

describe("proposals of Optuna", () => {
  withOptuna("are the same after a restart at any trial, and no two of them alike", async () => {
    const whole = await modelSampler(plan, here());
    const expected = await carriedOn(whole, [], 14);
    await whole.close();
    const trials: TrialState[] = [];
    for (const stop of [3, 8, 14]) {
      const sampler = await modelSampler(plan, here());
      await carriedOn(sampler, trials, stop);
      await sampler.close();
    }
    expect(trials.map(({ assignment }) => assignment)).toEqual(expected);
    expect(new Set(expected.map((one) => JSON.stringify(one))).size).toBe(14);
    for (const assignment of expected) {
      expect("weight" in assignment).toBe(assignment.balance === "loss");
      expect([1, 3, 5]).toContain(assignment.topK);
    }
  });

  withOptuna("come near what did well, and another seed or another history gives others", async () => {
    const sampler = await modelSampler(plan, here());
    const trials: TrialState[] = [];
    const values = (await carriedOn(sampler, trials, 40)).map(worthOf);
    const mean = (of: readonly number[]): number => of.reduce((sum, one) => sum + one, 0) / of.length;
    expect(mean(values.slice(25))).toBeGreaterThan(mean(values.slice(0, 6)) + 0.3);
    const next = await sampler.propose(40, { trials, points: [] });
    expect(next.by).toMatch(/^optuna 5\.\d+\.\d+$/);
    expect((await sampler.propose(40, { trials: trials.slice(0, 20), points: [] })).assignment).not.toEqual(
      next.assignment,
    );
    await sampler.close();
    const other = await modelSampler({ ...plan, seed: 8 }, here());
    expect((await other.propose(40, { trials, points: [] })).assignment).not.toEqual(next.assignment);
    await other.close();
  });

  withOptuna(
    "keep clear of a trial that runs beside, and take one that Optuna refuses as failed",
    async () => {
      const sampler = await modelSampler(plan, here());
      const trials: TrialState[] = [];
      await carriedOn(sampler, trials, 10);
      const first = await sampler.propose(10, { trials, points: [] });
      const open = {
        number: 10,
        assignment: first.assignment,
        seed: 0,
        begun: [],
        ended: [],
        end: undefined,
      };
      const beside = await sampler.propose(11, { trials: [...trials, open], points: [] });
      expect(beside.assignment).not.toEqual(first.assignment);
      const end = {
        kind: "trial-ended",
        trial: 10,
        state: "done",
        value: 1,
        steps: 1,
        reason: null,
      } as const;
      const outside = { ...open, assignment: { ...first.assignment, rate: 5 }, end };
      const failed = { ...open, end: { ...end, state: "failed" as const, value: null } };
      const [told, known] = await Promise.all(
        [outside, failed].map(async (last) => {
          const own = await modelSampler(plan, here());
          const { assignment } = await own.propose(11, { trials: [...trials, last], points: [] });
          await own.close();
          return assignment;
        }),
      );
      expect(told).toEqual(known);
      await sampler.close();
    },
  );
});

describe("a sweep by Optuna", () => {
  withOptuna("is gone on with to the trials of the undisturbed one, wherever its ledger ends", async () => {
    const sampler = { kind: "tpe", startup: 2 } as const;
    const { options } = started({ plan: { sampler, budget: { trials: 4 } } });
    const { dir } = await runSweep(options);
    const expected = trialsOf(dir);
    const { records } = await openSweep(options.sweepsDir, "latest");
    const by = records.flatMap((record) => (record.kind === "trial" ? [record.by] : []));
    expect(by).toEqual(Array.from({ length: 4 }, () => expect.stringMatching(/^optuna 5\./)));
    const path = join(dir, "ledger/000000.jsonl");
    const lines = readFileSync(path, "utf8").trim().split("\n");
    const third = lines.findIndex((line) => /"kind":"trial",.*"trial":2/.test(line));
    for (const kept of [third, third + 1]) {
      writeFileSync(path, `${lines.slice(0, kept).join("\n")}\n`);
      rmSync(join(dir, "trials.jsonl"));
      await resumeSweep({ ...options, reference: "latest" });
      expect(trialsOf(dir)).toBe(expected);
    }
  });
});
