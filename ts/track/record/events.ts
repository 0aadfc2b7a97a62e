import type { FramedRecord, JsonObject } from "./frames.ts";
import { readFramedLog } from "./frames.ts";
import { recordInvalid } from "./invalid.ts";

/** Something that was decided or happened: a routing plan, a route, a restart. */
export interface RunEvent {
  /** Noun of the event, e.g. "routing-plan", "route", "restart", "stage". */
  readonly kind: string;
  /**
   * Names a decision that a replay must repeat, e.g. "shared/12" for the plan of a step; absent for what just
   * happens.
   * The same kind and key again with the same data writes nothing.
   */
  readonly key?: string;
  readonly data: JsonObject;
}

export interface StoredEvent extends RunEvent {
  /** Order of all events of the run; never the clock. */
  readonly seq: number;
  readonly attempt: number;
}

/**
 * Reads the events of a run in their order, without locking it.
 *
 * @param folder - the run's `events/`.
 * @param kind - only events of this kind.
 * @throws TomoeError `RECORD_INVALID`, `IO_FAILED`, `PERMISSION`.
 */
export async function readEvents(folder: string, kind?: string): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = [];
  await readFramedLog(folder, (record) => {
    const event = decodeEvent(record, folder);
    if (kind === undefined || event.kind === kind) events.push(event);
  });
  return events;
}

/** An event as it was written; `RECORD_INVALID` for a record that is none. */
export function decodeEvent(record: FramedRecord, folder: string): StoredEvent {
  const { attempt, kind, key, data } = record.body;
  const isObject = typeof data === "object" && data !== null && !Array.isArray(data);
  if (
    typeof attempt !== "number" ||
    typeof kind !== "string" ||
    (key !== undefined && typeof key !== "string") ||
    !isObject
  ) {
    throw recordInvalid(folder, `record ${record.seq} is not an event`, { record: record.seq });
  }
  return { seq: record.seq, attempt, kind, ...(key === undefined ? {} : { key }), data: data as JsonObject };
}
