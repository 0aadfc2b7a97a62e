import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tomoe } from "../support/cli.ts";
import { repoRoot } from "../support/source-tree.ts";
import { endedAt, sweepDir, toTheEnd, toySweep, trialsFile } from "../support/toy-sweep.ts";

const isReady = existsSync(join(repoRoot, ".venv/bin/python"));
if (!isReady) console.warn("no sweep is carried out: this checkout has no .venv (npm run setup)");
const maybe = isReady ? it : it.skip;

describe("a sweep by real workers", () => {
  const folder = mkdtempSync(join(tmpdir(), "tomoe-sweep-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  maybe(
    "killed in one trial and stopped in the next ends with the trials.jsonl of one that nothing disturbed",
    async () => {
      const pruner = 'pruner: { kind: "asha", minSteps: 2, reduction: 2 },';
      const undisturbed = toySweep(folder, "undisturbed", 2, pruner);
      await toTheEnd(undisturbed);
      expect(trialsFile(undisturbed).match(/"state":"(?:done|pruned)"/g)?.length).toBe(2);

      const disturbed = toySweep(folder, "disturbed", 2, pruner);
      const killed = await endedAt(disturbed, /shared +(?:50|66|83)%/, "SIGKILL");
      expect(killed.signal).toBe("SIGKILL");
      const status = JSON.parse(
        (await tomoe(["sweep", "status", "latest", "--json"], disturbed.options)).stdout,
      );
      // The process is gone: its trial waits, and is never told as running.
      expect(status.trials).toMatchObject([{ number: 0, state: "waiting", value: null }]);

      const stopped = await endedAt(disturbed, /trial 1: /, "SIGTERM");
      expect(stopped.code).toBe(75);
      const { error } = JSON.parse(stopped.stdout);
      expect(error.code).toBe("STOPPED_RESUMABLE");
      expect(error.hint).toContain(`tomoe sweep resume ${error.details.sweepId}`);

      const { trials } = JSON.parse((await toTheEnd(disturbed)).stdout);
      expect(trials[0]).toMatchObject({ number: 0, state: "done" });
      expect(trialsFile(disturbed)).toBe(trialsFile(undisturbed));
      expect(readdirSync(join(disturbed.folder, "runs")).length).toBe(2);
      expect(existsSync(join(sweepDir(disturbed) ?? "", "lock"))).toBe(false);
    },
  );
});
