import { join } from "node:path";
import type { JsonValue } from "../../../errors.ts";
import { defaultSpaceWait, keyedId, SpaceWaiter } from "../../../files/index.ts";
import { FramedLog } from "../../../track/index.ts";
import { type ScanVerdict, scanVerdictSchema } from "./scan-check.ts";

/** Digits of a key: equal ones of a million scans have a chance of 1e-7. */
const keyDigits = 16;

/**
 * Verdicts on scans that stay when a process ends at any moment: one record a scan, flushed before it counts. Paths
 * stand in it as ids under the project's key, beside sizes and times digested.
 */
export class ScanLedger {
  readonly #log: FramedLog;
  readonly #known: Map<string, ScanVerdict>;

  private constructor(log: FramedLog, known: Map<string, ScanVerdict>) {
    this.#log = log;
    this.#known = known;
  }

  /**
   * Opens the ledger of a folder, or begins it; what a kill tore off is cut with a notice.
   *
   * @throws TomoeError `RECORD_INVALID` for damage; `PERMISSION`, `DISK_FULL`, `OUTPUT_CREATE`, `IO_FAILED`.
   */
  static async open(
    folder: string,
    notice: (line: string) => void,
    signal: AbortSignal,
  ): Promise<ScanLedger> {
    const known = new Map<string, ScanVerdict>();
    const space = new SpaceWaiter({ ...defaultSpaceWait, signal }, notice);
    const guard = async (): Promise<void> => undefined;
    const log = await FramedLog.open({ folder: join(folder, "ledger"), guard, notice, space }, ({ body }) => {
      // A record of another version is as good as none: its scan is read again.
      const parsed = scanVerdictSchema.safeParse(body.verdict);
      if (parsed.success) known.set(String(body.scan), parsed.data);
    });
    return new ScanLedger(log, known);
  }

  /** The verdict on a scan as it lies there now; undefined for one that was not read so far. */
  get(scan: string, deep: boolean): ScanVerdict | undefined {
    const found = this.#known.get(scan);
    return found === undefined || (deep && !found.deep) ? undefined : found;
  }

  /**
   * Keeps a verdict; it is on the disk once this resolves.
   *
   * @throws TomoeError `DISK_FULL` after waiting for space in vain, `IO_FAILED`.
   */
  async put(scan: string, verdict: ScanVerdict): Promise<void> {
    await this.#log.append([{ scan, verdict: verdict as unknown as JsonValue }]);
    this.#known.set(scan, verdict);
  }

  async close(): Promise<void> {
    await this.#log.close();
  }
}

/** What a scan is called in the ledger: another file, series or scaling is another scan. */
export function ledgerKey(parts: readonly string[], stamp: string): string {
  return `${keyedId("verified scan", parts.join("\0")).slice(0, keyDigits)}-${stamp}`;
}
