import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { userCache } from "../../ts/files/index.ts";
import { repository, startTomoe, tomoe } from "../support/cli.ts";
import { numbersOf, workerPids } from "../support/run-numbers.ts";
import { documentOf } from "../support/toy-run.ts";
import { until } from "../support/until.ts";

const recipe = join(repository, "ts/recipes/real-2d.ts");
const weights = join(userCache(process.env), "weights/dinov2-s14-smollm2-135m/model.safetensors");
const absent = !existsSync(weights);
if (absent) process.stdout.write(`skipped: ${weights} is absent: npx tomoe weights get makes it\n`);

/** Everything of the recipe that is no size: model, objectives, rates, stages, controls. */
const small = [
  'data.volumes={"train":4,"validation":0,"test":2}',
  "data.slices=16",
  "data.heldOutSlices=2",
  ...["words-2d", "language-2d"].flatMap((stage) => [
    `model.base.pretrain.${stage}.steps=2`,
    `model.base.pretrain.${stage}.volumesPerStep=4`,
  ]),
  ...["warm-up", "shared", "specific"].flatMap((stage) => [
    `stages.${stage}.steps=${stage === "shared" ? 4 : 2}`,
    `stages.${stage}.volumesPerStep=2`,
    `stages.${stage}.checkpointEvery=2`,
  ]),
].flatMap((assignment) => ["--set", assignment]);

const folder = mkdtempSync(join(tmpdir(), "tomoe-real-base-"));
const options = { cwd: folder, env: { TOMOE_E2E: folder } };
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("real-2d on its real base, in strict, with few steps", () => {
  (absent ? it.skip : it)(
    "ends with the same scorecard, predictions and weights though all of it is killed within a lifted stage",
    async () => {
      const call = startTomoe(["run", recipe, ...small, "--json", "--runs", "killed"], options);
      // One step beyond the newest checkpoint: it is done anew, and must come out the same.
      await call.line(/^shared\s+75%\s+3\/4/);
      const pids = workerPids(folder);
      expect(pids.length).toBeGreaterThan(0);
      call.child.kill("SIGKILL");
      for (const pid of pids) process.kill(pid, "SIGKILL");
      expect((await call.done).signal).toBe("SIGKILL");
      await until(() => workerPids(folder).length === 0);

      const [runId = ""] = readdirSync(join(folder, "killed"));
      const [resumed, undisturbed] = await Promise.all([
        tomoe(["run", "--resume", runId, "--json", "--runs", "killed"], options),
        tomoe(["run", recipe, ...small, "--json", "--runs", "undisturbed"], options),
      ]);
      for (const { code, stderr } of [resumed, undisturbed])
        expect([code, stderr.slice(-600)]).toEqual([0, expect.anything()]);
      expect(resumed.stderr).toMatch(/resuming from checkpoint \d+-shared-00000002/);
      const [found, expected] = await Promise.all(
        [resumed, undisturbed].map(({ stdout }) => numbersOf(documentOf(stdout).dir)),
      );
      expect(expected?.predictions.length).toBeGreaterThan(0);
      expect(found).toEqual(expected);
    },
    3_600_000,
  );
});
