import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTomoe, tomoe } from "../support/cli.ts";
import { workerPids } from "../support/run-numbers.ts";
import { noSmallDisk, type SmallDisk, smallDisk } from "../support/small-disk.ts";
import { nextWords, toTheEnd, toySweep, trialsFile } from "../support/toy-sweep.ts";
import { until } from "../support/until.ts";

const diskless = noSmallDisk();
if (diskless !== undefined) console.warn(`skipped: ${diskless}`);
const withDisk = diskless === undefined ? it : it.skip;

describe("a disk that fails a sweep in its middle", () => {
  const folder = mkdtempSync(join(tmpdir(), "tomoe-sweep-faults-"));
  const undisturbed = toySweep(folder, "undisturbed", 2);
  beforeAll(async () => {
    await toTheEnd(undisturbed);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  withDisk.each<readonly [string, number, (disk: SmallDisk) => void, (disk: SmallDisk) => void]>([
    ["is full", 74, (disk) => disk.fill(), (disk) => disk.free()],
    ["has turned read-only", 77, (disk) => disk.remount("ro"), (disk) => disk.remount("rw")],
  ])(
    "and %s ends it with %d and the command that goes on, its ledger whole; mended, it ends with the same trials",
    async (name, code, breakIt, mendIt) => {
      const above = join(folder, name.replaceAll(" ", "-"));
      mkdirSync(above);
      const disk = await smallDisk(above, 24);
      try {
        // The sweep lies on the disk, as it is seen from inside: every command of it runs there.
        const inside = toySweep(above, "words", 2);
        const options = { cwd: above, env: { TOMOE_E2E: above }, under: disk.under };
        const at = (words: readonly string[]): readonly string[] => [
          ...words,
          "--sweeps",
          join(disk.folder, "sweeps"),
        ];
        const wait = ["--set", "execution.diskWaitSeconds=1", "--runs", join(disk.folder, "runs")];
        const call = startTomoe(at([...inside.words, ...wait]), options);
        await call.line(/^trial 1: /);
        await call.line(/^shared +\d+%/);
        breakIt(disk);
        const ended = await call.done;
        expect([code, 74]).toContain(ended.code);
        const { error } = JSON.parse(ended.stdout);
        expect(error.hint).toContain("tomoe sweep resume");
        await until(() => workerPids(above).length === 0);
        const status = await tomoe(at(["sweep", "status", "latest", "--json"]), options);
        const { trials } = JSON.parse(status.stdout);
        expect(trials.map(({ state }: { state: string }) => state)).toEqual(["done", "waiting"]);
        mendIt(disk);
        const resumed = await tomoe(at(["sweep", "resume", "latest", "--json"]), options);
        expect(resumed.code).toBe(0);
        const seen = JSON.parse(resumed.stdout).trials.map(
          ({ runId: _runId, ...row }: { runId: string }) => row,
        );
        const expected = trialsFile(undisturbed)
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line));
        expect(seen).toEqual(expected);
        expect(nextWords(undisturbed)).toContain("resume");
      } finally {
        disk.close();
      }
    },
  );
});
