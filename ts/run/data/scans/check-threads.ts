import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { SourceCase } from "../../../data/sources/index.ts";
import { checkScan, type ScanCheck, type ScanVerdict } from "./scan-check.ts";
import type { ScanStamp } from "./stamp.ts";

/** Looks at a scan; errors as `checkScan`. */
export type LookAtScan = (row: SourceCase, stamp: ScanStamp) => Promise<ScanVerdict>;

/** What a thread is asked: all of a check that can be copied. */
export interface AskedCheck {
  readonly row: SourceCase;
  readonly stamp: ScanStamp;
  readonly deep: boolean;
  readonly intensity: ScanCheck["intensity"];
}

/** A thread's answer; null where it has none. */
export interface ToldVerdict {
  readonly verdict: ScanVerdict | null;
}

/**
 * Looks at scans in threads of their own, one scan a thread: voxels, the HU gate and statistics would else take turns on
 * one core. What a thread cannot tell, because it died or the scan is not to be judged, is looked at again on this one,
 * so that verdicts and failures are those of `checkScan`.
 */
export class CheckThreads {
  readonly #check: ScanCheck;
  readonly #most: number;
  readonly #all = new Set<Worker>();
  readonly #free: Worker[] = [];
  /** Scans that threads told of. */
  told = 0;

  /** @param most - threads; each may take as much memory as the voxels of a scan twice. */
  constructor(check: ScanCheck, most: number) {
    this.#check = check;
    this.#most = most;
  }

  /** Looks at a scan in a thread that is free, or here where none is. */
  readonly look: LookAtScan = async (row, stamp) => {
    const verdict = await this.#inThread({ row, stamp, ...this.#check });
    if (verdict === null) return await checkScan(row, stamp, this.#check);
    this.told += 1;
    return verdict;
  };

  /** Ends the threads; whoever waits for one is told by `look` as if there had been none. */
  async end(): Promise<void> {
    await Promise.all([...this.#all].map(async (thread) => await thread.terminate()));
  }

  async #inThread({
    row,
    stamp,
    deep,
    intensity,
    signal,
  }: AskedCheck & ScanCheck): Promise<ScanVerdict | null> {
    if (signal.aborted) return null;
    const thread = this.#free.pop() ?? this.#start();
    if (thread === undefined) return null;
    // A thread is not ended in the middle of a scan, whose codecs are processes of its own: it is asked to stop.
    const stop = (): void => thread.postMessage("stop");
    signal.addEventListener("abort", stop, { once: true });
    try {
      const told = await answerOf(thread, { row, stamp, deep, intensity });
      if (told !== undefined) this.#free.push(thread);
      return told?.verdict ?? null;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  #start(): Worker | undefined {
    if (this.#all.size >= this.#most) return undefined;
    const file = new URL(`./check-child${extname(import.meta.url)}`, import.meta.url);
    const thread = new Worker(file, { stdout: false, stderr: false });
    this.#all.add(thread);
    // Its end is heard where a scan was given to it.
    thread.on("error", () => undefined);
    thread.once("exit", () => this.#all.delete(thread));
    return thread;
  }
}

/** What a thread says to a question; undefined where it ends first. A thread hears thousands: no listener stays. */
async function answerOf(thread: Worker, asked: AskedCheck): Promise<ToldVerdict | undefined> {
  return await new Promise((resolve) => {
    const done = (told?: ToldVerdict): void => {
      thread.off("message", done).off("exit", gone);
      resolve(told);
    };
    const gone = (): void => done();
    thread.once("message", done).once("exit", gone);
    thread.postMessage(asked);
  });
}
