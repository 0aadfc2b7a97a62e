import type { EventOrigin } from "./decode-event.ts";

/** Events of one rank and attempt that never came. */
export interface Loss {
  readonly rank: number;
  readonly attempt: number;
  readonly lost: number;
}

/** Counts what is missing in the sequence numbers of each rank and attempt. */
export class GapCounter {
  readonly #streams = new Map<
    string,
    { readonly rank: number; readonly attempt: number; next: number; lost: number }
  >();

  /** How many events are missing right before this one; 0 for one that is in order, or that came before. */
  missingBefore(event: EventOrigin): number {
    const key = `${event.rank}/${event.attempt}`;
    let stream = this.#streams.get(key);
    if (stream === undefined) {
      stream = { rank: event.rank, attempt: event.attempt, next: 0, lost: 0 };
      this.#streams.set(key, stream);
    }
    const missing = Math.max(event.sequence - stream.next, 0);
    stream.lost += missing;
    stream.next = Math.max(stream.next, event.sequence + 1);
    return missing;
  }

  /**
   * Losses so far, of the streams that have any. What a worker sent after its last event that came is not
   * known.
   */
  losses(): readonly Loss[] {
    return [...this.#streams.values()]
      .filter(({ lost }) => lost > 0)
      .map(({ rank, attempt, lost }) => ({ rank, attempt, lost }));
  }
}
