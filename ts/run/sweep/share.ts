import type { ResolvedExperiment } from "../../config/index.ts";

/** What each of several trials at once gets of a machine. */
export interface Share {
  /** Threads of each worker in place of the recipe's; undefined where these fit. */
  readonly threads: number | undefined;
  /** What there is to say of it; undefined where nothing is. */
  readonly notice: string | undefined;
}

/**
 * Divides processors between trials that are worked on at once: each worker has the threads of the recipe where all fit,
 * else fewer, down to one. The number is the same for every trial of the sweep, for it decides the last bits of what one
 * computes.
 *
 * @param parallel - trials at once.
 * @param processors - those that this process may run on.
 * @param isSearched - whether the sweep seeks the number of threads itself: it is then left alone.
 */
export function shareOf(
  { config }: Pick<ResolvedExperiment, "config">,
  {
    parallel,
    processors,
    isSearched,
  }: {
    readonly parallel: number;
    readonly processors: number;
    readonly isSearched: boolean;
  },
): Share {
  const { threads, ranks } = config.execution;
  const workers = parallel * ranks;
  if (parallel === 1 || isSearched || threads * workers <= processors)
    return { threads: undefined, notice: undefined };
  const each = Math.max(1, Math.floor(processors / workers));
  const among = `${parallel} trials at once on ${processors} processors`;
  if (each < threads)
    return { threads: each, notice: `${among}: ${each} of ${threads} threads a worker, in every trial` };
  return { threads: undefined, notice: `${among}: there are fewer than workers, and each is slower` };
}
