import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSweep, type NewSweep, type SweepLedger } from "../../../../../ts/track/sweeps/ledger.ts";
import { planOf } from "../../sweep/fixtures.ts";

export const newSweep: NewSweep = {
  plan: planOf(),
  input: { name: "small" },
  set: ["router.topK=1"],
  digest: "d",
  ownPolicy: false,
  runsDir: "/runs",
  device: "cpu",
};

const scratch = mkdtempSync(join(tmpdir(), "tomoe-ledger-"));
let made = 0;

/** A folder for sweeps that nothing is in yet. */
export function freshSweeps(): string {
  made += 1;
  return join(scratch, String(made), "sweeps");
}

export function removeSweeps(): void {
  rmSync(scratch, { recursive: true, force: true });
}

export async function begunSweep(
  sweepsDir: string,
  name = "rates",
): Promise<{ readonly ledger: SweepLedger; readonly notices: string[] }> {
  const notices: string[] = [];
  const plan = planOf({ name });
  const ledger = await createSweep(
    sweepsDir,
    { ...newSweep, plan },
    { notice: (line) => notices.push(line) },
  );
  return { ledger, notices };
}
