import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { failingCall, problemsOf, twoAtATime, undisturbedRun } from "../support/disk-faults.ts";
import { faultyLibc, noFaultyLibc } from "../support/faulty-libc.ts";

const shimless = noFaultyLibc();
if (shimless !== undefined) console.warn(`skipped: ${shimless}`);
const withShim = shimless === undefined ? it : it.skip;

/** Calls that fail, evenly from the first to the last; the soak takes more of them. */
const counts = process.env.TOMOE_CAMPAIGN === "soak" ? { node: 200, python: 100 } : { node: 30, python: 12 };
const folder = mkdtempSync(join(tmpdir(), "tomoe-disk-faults-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("a disk that fails at one write, flush or rename", () => {
  withShim.each(["EIO", "ENOSPC"] as const)(
    "with %s, wherever in a run and in either program, costs no recorded metric and no number",
    async (errno) => {
      const above = mkdtempSync(join(folder, errno));
      const undisturbed = await undisturbedRun(above, faultyLibc(above));
      const faults = (["node", "python"] as const).flatMap((program) =>
        Array.from({ length: counts[program] }, (_, index) =>
          failingCall(undisturbed, program, index / (counts[program] - 1), errno),
        ),
      );
      const problems = (await twoAtATime(faults, (fault) => problemsOf(undisturbed, fault))).filter(
        (problem) => problem !== null,
      );
      console.warn(`${errno} at ${faults.length} calls: ${problems.length} ended wrongly`);
      expect(problems).toEqual([]);
    },
    36_000_000,
  );
});
