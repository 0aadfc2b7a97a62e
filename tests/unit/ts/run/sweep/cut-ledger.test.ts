// A process may be killed between any two records: what it leaves is a ledger that ends there.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { resumeSweep, runSweep } from "../../../../../ts/run/sweep/sweep.ts";
import { listRuns, openSweep } from "../../../../../ts/track/read/index.ts";
import { removeScratch, started, trialsOf } from "./fixtures.ts";

afterAll(removeScratch);

/** The runs that a ledger of these lines knows to have begun, and the one that may have begun right behind it. */
const runIdsIn = (lines: readonly string[]): readonly string[] =>
  lines.flatMap((line) => /"kind":"run",.*"runId":"([^"]+)"/.exec(line)?.[1] ?? []);

async function sweptOnce(seeds: number) {
  const { options, workers } = started({ plan: { seeds, budget: { trials: 2 } } });
  const { dir } = await runSweep(options);
  const path = join(dir, "ledger/000000.jsonl");
  const lines = readFileSync(path, "utf8").trim().split("\n");
  return { options, workers, dir, path, lines, expected: trialsOf(dir) };
}

describe("a ledger that ends after any of its records", () => {
  it("is gone on with to the same trials, with the runs that were there and no other", async () => {
    const { options, workers, dir, path, lines, expected } = await sweptOnce(2);
    const runs = listRuns(options.runsDir).map(({ runId }) => runId);
    const starts = workers.started.length;
    expect(lines.length).toBeGreaterThan(10);
    for (let kept = 1; kept < lines.length; kept += 1) {
      writeFileSync(path, `${lines.slice(0, kept).join("\n")}\n`);
      rmSync(join(dir, "trials.jsonl"));
      rmSync(join(dir, "best.json"));
      const { trials } = await resumeSweep({ ...options, reference: "latest" });
      expect(trialsOf(dir)).toBe(expected);
      expect(trials.map(({ state }) => state)).toEqual(["done", "done"]);
      expect(listRuns(options.runsDir).map(({ runId }) => runId)).toEqual(runs);
    }
    // Every run was finished: nothing was trained again.
    expect(workers.started.length).toBe(starts);
  });

  it("is gone on with by new runs where those behind it had not begun", async () => {
    const { options, dir, path, lines, expected } = await sweptOnce(1);
    const cuts = lines.flatMap((line, at) => (/"kind":"(?:trial|run)"/.test(line) ? [at] : []));
    for (const kept of cuts) {
      const behind = new Set(runIdsIn(lines.slice(kept)));
      for (const { runId, dir: of } of listRuns(options.runsDir))
        if (behind.has(runId) || !runIdsIn(lines.slice(0, kept)).includes(runId))
          rmSync(of, { recursive: true });
      writeFileSync(path, `${lines.slice(0, kept).join("\n")}\n`);
      await resumeSweep({ ...options, reference: "latest" });
      expect(trialsOf(dir)).toBe(expected);
      expect(listRuns(options.runsDir).length).toBe(2);
      const { records } = await openSweep(options.sweepsDir, "latest");
      expect(records.filter(({ kind }) => kind === "trial-ended").length).toBe(2);
      // What follows is cut out of the ledger as it now is: its runs are the new ones.
      lines.splice(
        0,
        lines.length,
        ...readFileSync(path, "utf8")
          .trim()
          .split("\n")
          .filter((line) => line !== ""),
      );
    }
  });

  it("loses half a record, with a notice, and none before it", async () => {
    const { options, dir, path, lines, expected } = await sweptOnce(1);
    const { notices, options: watched } = started();
    for (const kept of [2, Math.floor(lines.length / 2), lines.length - 1]) {
      const torn = lines[kept] ?? "";
      writeFileSync(path, `${lines.slice(0, kept).join("\n")}\n${torn.slice(0, torn.length >> 1)}`);
      await resumeSweep({ ...options, onProgress: watched.onProgress, reference: "latest" });
      expect(trialsOf(dir)).toBe(expected);
    }
    expect(notices().filter((text) => text.includes("never acknowledged")).length).toBe(3);
  });
});
