import { availableParallelism } from "node:os";
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { RowsRequest } from "../shards/made-rows.ts";

/** Threads that make rows where nobody says: each may take as much memory as the voxels of a scan twice. */
export const usualLanes = Math.min(4, availableParallelism());
/** Rows for each thread below which starting it takes longer than it saves. */
const leastRowsPerLane = 4;

/** What a thread is given: all of a wish that can be copied. */
export type LaneWish = Pick<RowsRequest, "cases" | "config" | "preprocessDigest" | "huGate"> & {
  readonly cache: string;
};

/**
 * Makes rows in several threads, each with cases of its own; scans that several cases share stay together. What goes wrong
 * there is not told: who asked looks which rows are there, and makes the others itself.
 *
 * @param onProgress - hears of rows that are done, of all threads together.
 * @returns once all threads have ended; at once where so few rows are wanted that none is worth its start.
 */
export async function makeInLanes(
  wish: LaneWish,
  {
    lanes,
    signal,
    onProgress,
  }: {
    readonly lanes: number;
    readonly signal: AbortSignal | undefined;
    readonly onProgress: (done: number) => void;
  },
): Promise<void> {
  const parts = lanesOf(wish.cases, Math.min(lanes, Math.floor(wish.cases.length / leastRowsPerLane)));
  if (parts.length < 2) return;
  const done = parts.map(() => 0);
  await Promise.all(
    parts.map(async (cases, lane) => {
      await oneLane({ ...wish, cases }, signal, (count) => {
        done[lane] = count;
        onProgress(done.reduce((sum, one) => sum + one, 0));
      });
    }),
  );
}

/** Cases in parts of about the same size; a part ends where a scan does. */
export function lanesOf(cases: LaneWish["cases"], lanes: number): readonly LaneWish["cases"][] {
  const parts: LaneWish["cases"][number][][] = [];
  const most = Math.ceil(cases.length / Math.max(1, lanes));
  for (const entry of cases) {
    const last = parts.at(-1);
    if (last === undefined || (last.length >= most && last.at(-1)?.path !== entry.path)) parts.push([entry]);
    else last.push(entry);
  }
  return parts;
}

async function oneLane(
  wish: LaneWish,
  signal: AbortSignal | undefined,
  onProgress: (done: number) => void,
): Promise<void> {
  const { cache, cases, config, preprocessDigest, huGate } = wish;
  const thread = new Worker(new URL(`./lane-child${extname(import.meta.url)}`, import.meta.url), {
    workerData: { cache, cases, config, preprocessDigest, huGate },
    stdout: false,
    stderr: false,
  });
  const stop = (): void => {
    void thread.terminate();
  };
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted === true) stop();
  try {
    await new Promise<void>((resolve) => {
      thread.on("message", (done: unknown) => {
        if (typeof done === "number") onProgress(done);
      });
      thread.once("error", () => resolve());
      thread.once("exit", () => resolve());
    });
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}
