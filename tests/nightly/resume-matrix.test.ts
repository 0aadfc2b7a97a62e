import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CliResult, tomoe } from "../support/cli.ts";
import { misbehavingOnce } from "../support/misbehaving/stand-in.ts";
import { halfWritten, lostSteps, numbersOf, type RunNumbers, workerPids } from "../support/run-numbers.ts";
import { smallModels, smallToy } from "../support/small-toy.ts";
import { documentOf } from "../support/toy-run.ts";
import { until } from "../support/until.ts";

const folder = mkdtempSync(join(tmpdir(), "tomoe-matrix-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Where a rank is killed, which one, and what its log and the command then say. */
const moments = [
  ["between two parts of a step", "part@shared:3", "last", /between two parts of step 3 of shared/],
  ["in the middle of an epoch", "kill@shared:3", "last", /kill at step 3/],
  ["at the end of an epoch", "kill@shared:4", "last", /kill at step 4/],
  ["between two stages", "kill@specific:0", "last", /kill at step 0/],
  // The first rank answers.
  ["while it validates", "look@3", "first", /at question 3 that was scored/],
  ["while a checkpoint is written", "save@shared:4", "first", /the checkpoint after step 4 of shared/],
  [
    "while a checkpoint is written, by the rank that ends it",
    "save@shared:4",
    "last",
    /the checkpoint after step 4 of shared/,
  ],
] as const;

const environment = (more: Readonly<Record<string, string>> = {}) => ({
  cwd: folder,
  env: { TOMOE_E2E: folder, ...more },
});

/** The one run of a folder of runs. */
const runIn = (runs: string): string =>
  readdirSync(join(folder, runs)).find((name) => !name.startsWith(".")) ?? "";

function expectToEndTyped({ code, stdout }: CliResult): void {
  const { error } = JSON.parse(stdout);
  expect(["WORKER_DIED", "WORKER_UNAVAILABLE"]).toContain(error.code);
  expect([code, error.message]).toEqual([69, expect.stringMatching(/; the recipe allows no restart$/)]);
  expect(error.hint).toContain("tomoe run --resume");
}

for (const model of Object.keys(smallModels) as (keyof typeof smallModels)[])
  for (const ranks of [1, 2])
    describe(`a run of ${ranks} ranks, ${model}`, () => {
      let whole: RunNumbers;
      beforeAll(async () => {
        const result = await tomoe(smallToy(model, ranks, `${model}-${ranks}`), environment());
        expect([result.code, result.stderr.slice(-600)]).toEqual([0, expect.anything()]);
        whole = await numbersOf(documentOf(result.stdout).dir);
      });

      it.each(ranks === 1 ? moments.slice(0, -1) : moments)(
        "killed %s, ends with a typed error, and resumed comes to the same numbers to the last bit",
        async (_, wish, which, said) => {
          const name = `${model}-${ranks}-${wish.replace(/\W/g, "-")}-${which}`;
          const rank = which === "first" ? 0 : ranks - 1;
          const python = misbehavingOnce(folder, `${name}-python`, `${wish},rank@${rank}`);
          const ended = await tomoe(smallToy(model, ranks, name), environment({ TOMOE_PYTHON: python }));
          expectToEndTyped(ended);
          // A rank that dies takes the others with it.
          await until(() => workerPids(folder).length === 0);
          const dir = join(folder, name, runIn(name));
          expect(readFileSync(join(dir, "logs", "worker.log"), "utf8")).toMatch(said);
          const resumed = await tomoe(
            ["run", "--resume", runIn(name), "--json", "--runs", name],
            environment(),
          );
          expect([resumed.code, resumed.stderr.slice(-600)]).toEqual([0, expect.anything()]);
          expect(resumed.stderr).toMatch(/resuming from checkpoint/);
          expect(await numbersOf(dir)).toEqual(whole);
          expect(await lostSteps(ended.stderr, dir)).toEqual([]);
          expect(await halfWritten(dir)).toEqual([]);
        },
      );
    });
