import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTomoe, tomoe } from "../support/cli.ts";
import { noPlainRights, plainRights } from "../support/plain-rights.ts";
import { workerPids } from "../support/run-numbers.ts";
import { noSmallDisk, smallDisk } from "../support/small-disk.ts";
import { nextWords, toTheEnd, toySweep, trialsFile } from "../support/toy-sweep.ts";
import { until } from "../support/until.ts";

/** What holds a sweep's folders and fails in its middle. */
interface Fault {
  /** Where `sweeps/` and `runs/` lie, as the command sees it, which runs under these words. */
  readonly folder: string;
  readonly under: readonly string[];
  breakIt(): void;
  mendIt(): void;
  close(): void;
}

async function fullDisk(above: string): Promise<Fault> {
  const disk = await smallDisk(above, 24);
  const { folder, under } = disk;
  return {
    folder,
    under,
    breakIt: () => disk.fill(),
    mendIt: () => disk.free(),
    close: () => disk.close(),
  };
}

/**
 * A disk that is mounted read-only cannot be had under files that are open for writing, as records are: rights are taken
 * away from folders and files, from a command for which they hold.
 */
async function readOnly(above: string, name: "sweeps" | "runs"): Promise<Fault> {
  const change = (mode: string): void => {
    expect(spawnSync("chmod", ["-R", mode, join(above, name)]).status).toBe(0);
  };
  return await Promise.resolve({
    folder: above,
    under: plainRights,
    breakIt: () => change("a-w"),
    mendIt: () => change("u+w"),
    close: () => change("u+w"),
  });
}

const faults: readonly (readonly [
  name: string,
  code: number,
  why: string | undefined,
  make: (above: string) => Promise<Fault>,
])[] = [
  ["a full disk", 74, noSmallDisk(), fullDisk],
  ["a read-only folder of sweeps", 77, noPlainRights(), (above) => readOnly(above, "sweeps")],
  ["a read-only folder of runs", 77, noPlainRights(), (above) => readOnly(above, "runs")],
];
for (const [name, , why] of faults) if (why !== undefined) console.warn(`${name} skipped: ${why}`);

describe("what fails a sweep in its middle", () => {
  const folder = mkdtempSync(join(tmpdir(), "tomoe-sweep-faults-"));
  const undisturbed = toySweep(folder, "undisturbed", 2);
  beforeAll(async () => {
    await toTheEnd(undisturbed);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  for (const [name, code, why, make] of faults)
    (why === undefined ? it : it.skip)(
      `${name}: it ends with ${code} and the command that goes on, its ledger whole; mended, it ends with the same trials`,
      async () => {
        const above = join(folder, name.replaceAll(" ", "-"));
        mkdirSync(above);
        const fault = await make(above);
        try {
          // The sweep lies there as it is seen from inside: every command of it runs there.
          const inside = toySweep(above, "words", 2);
          const options = { cwd: above, env: { TOMOE_E2E: above }, under: fault.under };
          const at = (words: readonly string[]): readonly string[] => [
            ...words,
            "--sweeps",
            join(fault.folder, "sweeps"),
          ];
          const wait = ["--set", "execution.diskWaitSeconds=1", "--runs", join(fault.folder, "runs")];
          const call = startTomoe(at([...inside.words, ...wait]), options);
          await call.line(/^trial 0 done/);
          await call.line(/^trial 1: /);
          fault.breakIt();
          const ended = await call.done;
          // What is written first may be what the disk still takes.
          expect([code, 74]).toContain(ended.code);
          const { error } = JSON.parse(ended.stdout);
          expect(error.hint).toContain("tomoe sweep resume");
          await until(() => workerPids(above).length === 0);
          const status = await tomoe(at(["sweep", "status", "latest", "--json"]), options);
          const { trials } = JSON.parse(status.stdout);
          // Where the ledger is open already the second trial may come to its end before a file beside it is refused.
          expect(trials[0]).toMatchObject({ number: 0, state: "done" });
          expect(["waiting", "done", undefined]).toContain(trials[1]?.state);
          fault.mendIt();
          const resumed = await tomoe(at(["sweep", "resume", "latest", "--json"]), options);
          expect([resumed.code, resumed.stderr.slice(-600)]).toEqual([0, expect.anything()]);
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
          fault.close();
        }
      },
    );
});
