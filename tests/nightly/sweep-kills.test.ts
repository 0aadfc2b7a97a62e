import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededUniform } from "../../ts/eval/index.ts";
import { endedAt, nextWords, sweepDir, toTheEnd, toySweep, trialsFile } from "../support/toy-sweep.ts";

const trials = 12;

describe(`a sweep of ${trials} trials whose orchestrator is killed five times`, () => {
  const folder = mkdtempSync(join(tmpdir(), "tomoe-sweep-kills-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

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
    expect(told.map(({ state }: { state: string }) => state)).toEqual(
      Array.from({ length: trials }, () => "done"),
    );
    expect(trialsFile(disturbed)).toBe(trialsFile(undisturbed));
  });

  it("with several trials at once ends each of them once, to the same values", async () => {
    const parallel = toySweep(folder, "parallel", trials);
    await endedAt({ ...parallel, words: [...parallel.words, "--parallel", "2"] }, /trial 3: /, "SIGKILL");
    await toTheEnd(parallel);
    expect(trialsFile(parallel)).toBe(trialsFile(toySweepOf("undisturbed")));
  });

  const toySweepOf = (name: string) => ({ folder: join(folder, name) });
});
