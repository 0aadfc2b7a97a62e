import { TomoeError } from "../../errors.ts";
import { canonicalJson } from "../../schema/digest.ts";
import type { FramedLogOptions, FramedRecord, JsonObject } from "./framed-log.ts";
import { FramedLog, readFramedLog } from "./framed-log.ts";
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

/** The log of events: append-only, acknowledged after fsync, idempotent under replay. */
export class EventLog {
  readonly #log: FramedLog;
  readonly #known: Map<string, string>;
  readonly #attempt: () => number;

  private constructor(log: FramedLog, known: Map<string, string>, attempt: () => number) {
    this.#log = log;
    this.#known = known;
    this.#attempt = attempt;
  }

  /** @throws TomoeError as `FramedLog.open`. */
  static async open(options: FramedLogOptions, attempt: () => number): Promise<EventLog> {
    const known = new Map<string, string>();
    const log = await FramedLog.open(options, (record) => {
      const event = decodeEvent(record, options.folder);
      if (event.key !== undefined)
        known.set(keyOf(event.kind, event.key), canonicalJson(event.data, "an event"));
    });
    return new EventLog(log, known, attempt);
  }

  /**
   * Records events in order; resolves once they are on the disk.
   *
   * @throws TomoeError `REPLAY_DIVERGED` when a key is there with other data; nothing of this call is then
   * written.
   *   `INTERNAL` for data that JSON cannot hold; `DISK_FULL`, `IO_FAILED`, `LOCKED`, `WORKER_FENCED`.
   */
  async append(events: readonly RunEvent[]): Promise<void> {
    const attempt = this.#attempt();
    const fresh: RunEvent[] = [];
    const inCall = new Map<string, string>();
    for (const event of events) {
      const text = canonicalJson(event.data, `the event ${event.kind}`);
      if (event.key === undefined) {
        fresh.push(event);
        continue;
      }
      const key = keyOf(event.kind, event.key);
      const known = inCall.get(key) ?? this.#known.get(key);
      if (known === undefined) {
        inCall.set(key, text);
        fresh.push(event);
      } else if (known !== text) throw diverged(event, known, text);
    }
    for (const [key, text] of inCall) this.#known.set(key, text);
    await this.#log.append(
      fresh.map(({ kind, key, data }) => ({ attempt, kind, ...(key === undefined ? {} : { key }), data })),
    );
  }

  async close(): Promise<void> {
    await this.#log.close();
  }
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

function decodeEvent(record: FramedRecord, folder: string): StoredEvent {
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

function keyOf(kind: string, key: string): string {
  return `${kind}\n${key}`;
}

function diverged(event: RunEvent, recorded: string, replayed: string): TomoeError {
  return new TomoeError(
    "REPLAY_DIVERGED",
    `the event ${event.kind} ${event.key} was recorded as ${shorten(recorded)} and its replay gives ${shorten(replayed)}`,
    {
      hint: "A decision changed since the run was interrupted: resume with the version and environment that began it, or start a new run.",
      details: { kind: event.kind, key: event.key ?? null, recorded, replayed },
    },
  );
}

function shorten(text: string): string {
  return text.length <= 160 ? text : `${text.slice(0, 157)}...`;
}
