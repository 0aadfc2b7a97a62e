import { rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { SpaceWait } from "../../files/index.ts";
import {
  defaultSpaceWait,
  makeFolders,
  makeNewFolder,
  SpaceWaiter,
  syncFolder,
  writeFailure,
  writeWhole,
} from "../../files/index.ts";
import { canonicalJson } from "../../schema/digest.ts";
import { recordSchema, type SweepHeader, type SweepRecord } from "../../schema/sweep/records.ts";
import { acquireLock, type RunLock } from "../owned/lock.ts";
import { FramedLog } from "../record/framed-log.ts";
import type { JsonObject } from "../record/frames.ts";
import { recordInvalid } from "../record/invalid.ts";
import { creatingPrefix, newRunId } from "../runs/layout.ts";
import { ledgerFolder, nextSweepOrdinal, recordOf, type SweepFolder } from "./read.ts";

export interface LedgerOptions {
  /** Gets one line for each thing the user should see: a lock taken over, a torn tail cut, a full disk. */
  readonly notice: (line: string) => void;
  readonly space?: SpaceWait;
}

/**
 * The ledger of a sweep that this process works on: the truth about it. What was appended is on the disk; all other
 * files of the folder are made of it.
 */
export class SweepLedger {
  readonly sweepId: string;
  readonly dir: string;
  readonly #records: SweepRecord[];
  readonly #log: FramedLog;
  readonly #lock: RunLock;
  readonly #space: SpaceWaiter;

  private constructor(
    folder: Omit<SweepFolder, "records">,
    records: SweepRecord[],
    log: FramedLog,
    lock: RunLock,
    space: SpaceWaiter,
  ) {
    this.sweepId = folder.sweepId;
    this.dir = folder.dir;
    this.#records = records;
    this.#log = log;
    this.#lock = lock;
    this.#space = space;
  }

  /** Locks the folder and opens its ledger for appending; errors as `claimSweep`. */
  static async open(
    { sweepId, dir }: Omit<SweepFolder, "records">,
    options: LedgerOptions,
  ): Promise<SweepLedger> {
    const lock = await acquireLock(dir, options.notice);
    const space = new SpaceWaiter(options.space ?? defaultSpaceWait, options.notice);
    const records: SweepRecord[] = [];
    try {
      const folder = ledgerFolder(dir);
      const guard = (): Promise<void> => lock.assertHeld();
      const log = await FramedLog.open({ folder, guard, notice: options.notice, space }, (record) => {
        records.push(recordOf(record, folder));
      });
      return new SweepLedger({ sweepId, dir }, records, log, lock, space);
    } catch (cause) {
      await lock.release().catch(() => undefined);
      throw cause;
    }
  }

  /** Every record so far, oldest first. */
  get records(): readonly SweepRecord[] {
    return this.#records;
  }

  /**
   * Appends a record; resolves once it is on the disk.
   *
   * @throws TomoeError `DISK_FULL`, `IO_FAILED`, `PERMISSION`, `LOCKED`; the ledger then takes nothing more.
   */
  async append(record: SweepRecord): Promise<void> {
    // As it will be read back, key order too: a sweep that is gone on with sees what this process sees.
    const read = recordSchema.parse(JSON.parse(canonicalJson(record, "a record of a sweep")));
    await this.#log.append([read as unknown as JsonObject]);
    this.#records.push(read);
  }

  /** Writes a file of the sweep's folder whole; errors as `writeWhole`. */
  async write(name: string, content: string): Promise<void> {
    await this.#lock.assertHeld();
    await writeWhole(join(this.dir, name), content, { space: this.#space });
  }

  /** Closes the ledger and gives the folder free; a second call does nothing. */
  async close(): Promise<void> {
    await this.#log.close();
    await this.#lock.release();
  }
}

/** What a new sweep begins with; its id and ordinal are given here. */
export type NewSweep = Omit<SweepHeader, "kind" | "format" | "sweepId" | "ordinal" | "createdAt">;

/**
 * Makes the folder of a new sweep, with the header of its ledger on the disk, and locks it for this process. The
 * folder has its final name only once it is whole.
 *
 * @throws TomoeError `OUTPUT_CREATE`, `PERMISSION`, `DISK_FULL`, `IO_FAILED`.
 */
export async function createSweep(
  sweepsDir: string,
  sweep: NewSweep,
  options: LedgerOptions,
): Promise<SweepLedger> {
  const folder = resolve(sweepsDir);
  await makeFolders(folder, { setBy: "--sweeps" });
  const ordinal = await nextSweepOrdinal(folder);
  const createdAt = new Date();
  const sweepId = newRunId(sweep.plan.name, createdAt);
  const dir = join(folder, sweepId);
  const making = join(folder, creatingPrefix + sweepId);
  await makeNewFolder(making, { setBy: "--sweeps" });
  try {
    const ledger = await SweepLedger.open({ sweepId, dir: making }, options);
    const header = { kind: "sweep", format: "tomoe.sweep/1", sweepId, ordinal } as const;
    await ledger.append({ ...header, createdAt: createdAt.toISOString(), ...sweep });
    await ledger.close();
    await rename(making, dir);
  } catch (cause) {
    await rm(making, { recursive: true, force: true }).catch(() => undefined);
    throw writeFailure(cause, { action: "create the sweep's folder", path: dir });
  }
  await syncFolder(folder);
  return await claimSweep({ sweepId, dir }, options);
}

/**
 * Locks a sweep for this process, so that it may go on with it.
 *
 * @throws TomoeError `LOCKED` naming the owner; `RECORD_INVALID`, `PERMISSION`, `IO_FAILED`.
 */
export async function claimSweep(
  folder: Omit<SweepFolder, "records">,
  options: LedgerOptions,
): Promise<SweepLedger> {
  const ledger = await SweepLedger.open(folder, options);
  if (ledger.records.length === 0) {
    await ledger.close();
    throw recordInvalid(ledgerFolder(folder.dir), "there is no ledger of a sweep");
  }
  return ledger;
}
