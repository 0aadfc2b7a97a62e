import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readMetrics } from "../../ts/track/read/index.ts";
import { type CliCall, type CliOptions, startTomoe, tomoe } from "../support/cli.ts";
import {
  type DiskFault,
  failingCall,
  failureOf,
  onlyRun,
  problemsOf,
  problemsOfResume,
  shorterRun,
  twoAtATime,
  type Undisturbed,
  undisturbedRun,
} from "../support/disk-faults.ts";
import { faultyLibc, noFaultyLibc } from "../support/faulty-libc.ts";
import { halfWritten, lostSteps, numbersOf } from "../support/run-numbers.ts";
import { noSmallDisk, type SmallDisk, smallDisk } from "../support/small-disk.ts";
import { until } from "../support/until.ts";

const diskless = noSmallDisk(),
  shimless = noFaultyLibc();
if (diskless !== undefined) console.warn(`skipped: ${diskless}`);
if (shimless !== undefined) console.warn(`skipped: ${shimless}`);
const withDisk = diskless === undefined ? it : it.skip,
  withShim = shimless === undefined ? it : it.skip;

let folder = "";
let undisturbed: Undisturbed;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tomoe-machine-"));
  undisturbed = await undisturbedRun(folder, shimless === undefined ? faultyLibc(folder) : {});
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function onDisk(
  name: string,
  work: (disk: SmallDisk, options: CliOptions) => Promise<void>,
): Promise<void> {
  const above = join(folder, name);
  const disk = await smallDisk(above, 12);
  try {
    await work(disk, { cwd: above, under: disk.under });
  } finally {
    disk.close();
  }
}

/** The line that says what a full disk is needed for, once a write below `place` meets it. */
async function pausedAt(call: CliCall, place: string): Promise<{ readonly neededBytes: number }> {
  const line = await call.line(
    new RegExp(`^the disk is full: paused, needs \\d+ bytes at \\S*/${place}\\S*; free space within \\d+ s$`),
  );
  return { neededBytes: Number(/needs (\d+) bytes/.exec(line)?.[1]) };
}

/** Resolves when the last checkpoint is committed and those that it replaces are gone. */
async function trained(checkpoints: string): Promise<void> {
  await until(() => {
    const names = readdirSync(checkpoints).filter((name) => !name.startsWith(".tomoe"));
    return (
      names.length === 3 &&
      names.some(
        (name) => name.endsWith("-specific-00000004") && existsSync(join(checkpoints, name, "COMMIT")),
      )
    );
  });
}

describe("a full disk", () => {
  withDisk(
    "is waited for wherever a run meets it, with one line each time, and the run ends with the same numbers",
    async () => {
      await onDisk("waited", async (disk, options) => {
        const call = startTomoe(
          [...shorterRun, "--set", "stages.0.checkpointEvery=12", "--runs", join(disk.folder, "runs")],
          options,
        );
        await call.line(/^generate volumes/);
        disk.fill();
        await pausedAt(call, "work/");
        disk.free();
        await call.line(/^shared\s+\d+%\s+1\//);
        disk.fill();
        await pausedAt(call, "(metrics|events)/");
        disk.free();
        disk.fill(100_000);
        await pausedAt(call, "checkpoints");
        disk.free();
        const dir = join(disk.seen, "runs", onlyRun(join(disk.seen, "runs")));
        await trained(join(dir, "checkpoints"));
        disk.fill();
        // Just enough for the predictions, so that the scorecard meets it again.
        disk.free((await pausedAt(call, "predictions.jsonl")).neededBytes);
        await pausedAt(call, "scorecard.json");
        disk.free();
        const result = await call.done;
        expect([
          result.code,
          result.stderr.match(/^the disk is full: paused/gm)?.length,
          result.stderr.match(/^there is space again: went on to/gm)?.length,
        ]).toEqual([0, 5, 5]);
        expect(await numbersOf(dir)).toEqual(undisturbed.numbers);
        expect([await lostSteps(result.stderr, dir), await halfWritten(dir)]).toEqual([[], []]);
      });
    },
  );

  const places = [
    { after: /^generate volumes/, left: 0, at: "phantom-ct" },
    { after: /^shared\s+\d+%\s+1\//, left: 100_000, at: "/checkpoints" },
  ];
  withDisk(
    "that stays full for `execution.diskWaitSeconds` ends a run with DISK_FULL and exit 74; resumed later, it has the same numbers",
    async () => {
      const problems = await twoAtATime(places, async ({ after, left, at }) => {
        let problem: unknown = "not run";
        await onDisk(`full-${places.findIndex((place) => place.at === at)}`, async (disk, options) => {
          const runs = { given: join(disk.folder, "runs"), seen: join(disk.seen, "runs") };
          const call = startTomoe(
            [...shorterRun, "--set", "execution.diskWaitSeconds=1", "--runs", runs.given],
            options,
          );
          await call.line(after);
          disk.fill(left);
          const result = await call.done;
          const { code, hint, details } = failureOf(result);
          expect([result.code, code, hint]).toEqual([
            74,
            "DISK_FULL",
            "Free space on that disk or raise the quota, then resume the run or give the command again.",
          ]);
          expect(details.path).toContain(at);
          expect(result.stderr.match(/^the disk is full: paused.*free space within 1 s$/gm)).toHaveLength(1);
          expect(await halfWritten(join(runs.seen, onlyRun(runs.seen)))).toEqual([]);
          disk.free();
          problem = await problemsOfResume(undisturbed, result, runs, options);
        });
        return problem;
      });
      expect(problems).toEqual([null, null]);
    },
  );
});

describe("a runs folder that cannot be written", () => {
  withDisk.each([
    [
      "full",
      (disk: SmallDisk) => {
        disk.fill();
      },
      74,
      "DISK_FULL",
      /Free space/,
    ],
    [
      "read-only",
      (disk: SmallDisk) => {
        expect(disk.remount("ro")).toBe(true);
      },
      77,
      "PERMISSION",
      /mounted read-only; give a folder that can be written, with --runs/,
    ],
  ] as const)(
    "since its disk is %s is refused before anything is made, with path and hint",
    async (name, spoil, exit, code, hint) => {
      await onDisk(`start-${name}`, async (disk, options) => {
        mkdirSync(join(disk.seen, "runs"));
        spoil(disk);
        for (const runs of ["runs", "not/yet/there"]) {
          const result = await tomoe([...shorterRun, "--runs", join(disk.folder, runs)], options);
          const failure = failureOf(result);
          expect([result.code, failure.code]).toEqual([exit, code]);
          expect(failure.hint).toMatch(hint);
          expect(failure.details.path).toContain(join(disk.folder, runs));
          expect(result.stderr).not.toMatch(/^run /m);
        }
        expect(readdirSync(join(disk.seen, "runs"))).toEqual([]);
      });
    },
  );

  it.each(["a-file", "a-file/below"])("since it is %s is OUTPUT_CREATE with exit 73", async (runs) => {
    writeFileSync(join(folder, "a-file"), "mine");
    const result = await tomoe([...shorterRun, "--runs", runs], { cwd: folder });
    const failure = failureOf(result);
    expect([result.code, failure.code, failure.details.path]).toEqual([
      73,
      "OUTPUT_CREATE",
      join(folder, runs),
    ]);
    expect(failure.hint.length).toBeGreaterThan(20);
    expect(readFileSync(join(folder, "a-file"), "utf8")).toBe("mine");
  });
});

describe("a disk that fails", () => {
  withShim(
    "at one write, flush or rename of either program ends a run with IO_FAILED and exit 74, or is got over; resumed, it has the same numbers",
    async () => {
      const faults = (
        [
          ["node", 0.5],
          ["node", 0.97],
          ["python", 0.3],
        ] as const
      ).map(([program, share]) => failingCall(undisturbed, program, share, "EIO"));
      expect(await twoAtATime(faults, (fault) => problemsOf(undisturbed, fault))).toEqual(
        faults.map(() => null),
      );
    },
  );

  withShim(
    "for good, or turns read-only, in the middle of a run ends it with the failure that was first; resumed elsewhere, it has the same numbers",
    async () => {
      const faults: readonly DiskFault[] = [
        {
          name: "read-only",
          env: { FAULTY_ERRNO: "30" },
          after: /^specific\s+\d+%\s+1\//,
          ends: ["77 PERMISSION"],
        },
        { name: "broken", env: { FAULTY_ERRNO: "5" }, after: /^generate slices/, ends: ["74 IO_FAILED"] },
      ];
      expect(await twoAtATime(faults, (fault) => problemsOf(undisturbed, fault))).toEqual(
        faults.map(() => null),
      );
    },
  );
});

describe("a clock that jumps", () => {
  /**
   * Starts a run whose clock is off by `clock` seconds, and by `jump` more from the moment `mark` is there.
   */
  function startUnder(clock: number, jump: number, mark: string): CliCall {
    const env = {
      ...undisturbed.preload,
      XDG_RUNTIME_DIR: join(folder, "runtime"),
      FAULTY_CLOCK: String(clock),
      FAULTY_JUMP: String(jump),
      FAULTY_JUMP_WHEN: join(folder, mark),
    };
    return startTomoe(shorterRun, { cwd: folder, env });
  }
  const day = 86_400;

  withShim(
    "changes no number, no order, no lock and no sweep, also for a run whose stamp lies in the future",
    async () => {
      mkdirSync(join(folder, "runtime"), { mode: 0o700 });
      const early = startUnder(day, -2 * day, "back");
      const earlyId = /run (\S+) in/.exec(await early.line(/^run /))?.[1] ?? "";
      expect(earlyId > undisturbed.runId.replace(/-\d{6}-.*/, "~")).toBe(true);
      await early.line(/^shared\s+\d+%\s+1\//);
      writeFileSync(join(folder, "back"), "");
      await early.line(/^shared\s+\d+%\s+[7-9]\//);
      early.child.kill("SIGSTOP");
      const second = await tomoe(["run", "--resume", earlyId, "--json"], { cwd: folder });
      expect([second.code, failureOf(second).code]).toEqual([77, "LOCKED"]);
      early.child.kill("SIGKILL");
      const killed = await early.done;

      const late = startUnder(0, day, "forth");
      await late.line(/^shared/);
      writeFileSync(join(folder, "forth"), "");
      const ended = await late.done;
      expect([ended.code, ended.stderr.slice(-300)]).toEqual([0, expect.anything()]);
      const resumed = await tomoe(["run", "--resume", earlyId, "--json"], { cwd: folder });
      expect(resumed.stderr).toMatch(/took over the lock of/);
      expect(resumed.code).toBe(0);

      const dirs = [ended, resumed].map(
        ({ stdout }) => (JSON.parse(stdout) as { readonly runId: string; readonly dir: string }).dir,
      );
      for (const dir of dirs) {
        expect(await numbersOf(dir)).toEqual(undisturbed.numbers);
        expect(
          (await readMetrics(join(dir, "metrics"))).filter(
            ({ name, value, wallSeconds }) =>
              !(wallSeconds >= 0 && wallSeconds < 3600) ||
              (name === "seconds" && !(value >= 0 && value < 3600)),
          ),
        ).toEqual([]);
      }
      expect(
        [killed, ended, resumed].flatMap(
          ({ stderr }) => stderr.match(/(took|ETA) (-|\d{3,}:|\d+:\d+:).*|-[\d.,]+ (it\/s|s\/it)|NaN/g) ?? [],
        ),
      ).toEqual([]);
      const listed = JSON.parse((await tomoe(["runs", "ls", "--json"], { cwd: folder })).stdout) as {
        readonly runs: readonly { readonly runId: string }[];
      };
      const lateId = (JSON.parse(ended.stdout) as { readonly runId: string; readonly dir: string }).runId;
      expect(listed.runs.map(({ runId }) => runId)).toEqual([undisturbed.runId, earlyId, lateId]);
      expect((await tomoe(["runs", "show", "latest"], { cwd: folder })).stdout).toContain(lateId);
      expect(readdirSync(join(folder, "runtime"))).toEqual([]);
    },
  );
});
