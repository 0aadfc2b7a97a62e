import { availableParallelism } from "node:os";
import { join } from "node:path";
import { isTomoeError, TomoeError } from "../../../errors.ts";
import { makeFolders } from "../../../files/index.ts";
import { acquireLock } from "../../../track/index.ts";
import { CheckThreads } from "./check-threads.ts";
import { ScanLedger } from "./ledger.ts";
import { ScanReader } from "./read-scans.ts";
import type { ScanCheck } from "./scan-check.ts";

/** Scans that are read at once where nobody says: each may take as much memory as its voxels twice. */
const usualLanes = Math.min(4, availableParallelism());

/** What scans are read for, and where what is known of them stays. */
export interface Reading extends ScanCheck {
  /** "verification": what was stopped, in words. */
  readonly what: string;
  /** Folder of the ledger, under a lock while it is read. */
  readonly out: string;
  readonly lanes?: number | undefined;
  readonly notice: (line: string) => void;
}

/**
 * Gives `use` a reader of scans whose verdicts stay when the process ends at any moment.
 *
 * @throws TomoeError `LOCKED` where another process reads into the same folder; `CANCELLED` once the signal is aborted;
 * those of the disk and of `use`.
 */
export async function withReader<T>(reading: Reading, use: (reader: ScanReader) => Promise<T>): Promise<T> {
  const { out, signal, notice, lanes } = reading;
  await makeFolders(out, { setBy: "--out" });
  const lock = await acquireLock(out, notice);
  try {
    const ledger = await ScanLedger.open(out, notice, signal);
    const most = lanes ?? usualLanes;
    // Headers alone are read sooner than a thread has begun.
    const threads = reading.deep && most > 1 ? new CheckThreads(reading, most) : undefined;
    const reader = new ScanReader(ledger, reading, most, threads?.look);
    try {
      return await use(reader);
    } catch (error) {
      throw signal.aborted ? stopped(error, reading) : error;
    } finally {
      await reader.settle();
      await threads?.end();
      await ledger.close();
    }
  } finally {
    await lock.release();
  }
}

function stopped(error: unknown, { out, what }: Reading): unknown {
  if (isTomoeError(error) && error.code === "INTERNAL") return error;
  return new TomoeError("CANCELLED", `the ${what} was stopped; what was read is kept`, {
    hint: `Give the same command again: it goes on where it stood (${join(out, "ledger")}).`,
    details: { out },
    cause: error,
  });
}
