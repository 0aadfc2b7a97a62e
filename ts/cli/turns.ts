import type { Steps } from "../eval/index.ts";

/** How long work goes on before others have their turn. */
const turnMs = 50;

/**
 * Does it with a turn for others every 50 ms, so that a signal is heard.
 *
 * @param onTurn - called at each turn.
 * @throws the signal's reason once it is aborted; else what the work throws.
 */
export async function withTurns<T>(steps: Steps<T>, signal?: AbortSignal, onTurn?: () => void): Promise<T> {
  let since = performance.now();
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (performance.now() - since < turnMs) continue;
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
    onTurn?.();
    since = performance.now();
  }
}
