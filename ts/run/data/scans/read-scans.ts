import type { SourceCase } from "../../../data/sources/index.ts";
import { isTomoeError } from "../../../errors.ts";
import type { LookAtScan } from "./check-threads.ts";
import { ledgerKey, type ScanLedger } from "./ledger.ts";
import { checkScan, refusedScan, type ScanCheck, type ScanVerdict, wholeContent } from "./scan-check.ts";
import { type ScanStamp, stampOf } from "./stamp.ts";

/** A case with what its scan came to; null where there is no scan. */
export interface ReadCase {
  readonly row: SourceCase;
  readonly stamp: ScanStamp | null;
  readonly verdict: ScanVerdict | null;
}

/** How many scans wait to be told while one before them is still read, for each that is read at once. */
const waitingPerLane = 8;

/**
 * Reads the scans of cases, several at once, and hands them out in the order they were given; what the ledger knows is
 * not read again.
 */
export class ScanReader {
  readonly #ledger: ScanLedger;
  readonly #check: ScanCheck;
  readonly #lanes: number;
  readonly #look: LookAtScan;
  readonly #waiting: Promise<ReadCase>[] = [];
  readonly #running = new Set<Promise<unknown>>();
  /** Scans that were taken from the ledger. */
  known = 0;

  /** @param look - looks at a scan that the ledger does not know; on this thread when absent. */
  constructor(ledger: ScanLedger, check: ScanCheck, lanes: number, look?: LookAtScan) {
    this.#ledger = ledger;
    this.#check = check;
    this.#lanes = lanes;
    this.#look = look ?? (async (row, stamp) => await checkScan(row, stamp, check));
  }

  /** Begins to read; resolves once there is a lane for it. */
  async begin(row: SourceCase): Promise<void> {
    while (this.#running.size >= this.#lanes) await Promise.race(this.#running);
    const reading = this.#read(row);
    const settled = reading.catch(() => undefined).finally(() => this.#running.delete(settled));
    this.#running.add(settled);
    this.#waiting.push(reading);
  }

  /** The cases that are read, in their order. Of those still waiting it leaves a few, unless `all` are wanted. */
  async *finished(all: boolean): AsyncGenerator<ReadCase, void, undefined> {
    const most = all ? 0 : this.#lanes * waitingPerLane;
    while (this.#waiting.length > most) {
      const next = await this.#waiting[0];
      this.#waiting.shift();
      if (next !== undefined) yield next;
    }
  }

  /** Waits for what is being read; its failures are not told. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#waiting);
  }

  /** The digest of all bytes of a scan. */
  async content({ verdict, stamp }: ReadCase): Promise<string> {
    if (verdict === null || stamp === null) return "";
    return await wholeContent(verdict, stamp, this.#check.signal);
  }

  async #read(row: SourceCase): Promise<ReadCase> {
    this.#check.signal.throwIfAborted();
    let stamp: ScanStamp;
    try {
      stamp = await stampOf(row.paths[0]);
    } catch (error) {
      if (!isTomoeError(error)) throw error;
      if (error.code === "PATH_NOT_FOUND") return { row, stamp: null, verdict: null };
      return { row, stamp: null, verdict: refusedScan(error, this.#check.deep) };
    }
    const { deep, intensity } = this.#check;
    const key = ledgerKey(
      [
        ...row.paths,
        row.series ?? "",
        String(row.slice ?? ""),
        intensity,
        JSON.stringify(row.calibration ?? null),
      ],
      stamp.stamp,
    );
    const known = this.#ledger.get(key, deep);
    if (known !== undefined) {
      this.known++;
      return { row, stamp, verdict: known };
    }
    const verdict = await this.#look(row, stamp);
    await this.#ledger.put(key, verdict);
    return { row, stamp, verdict };
  }
}
