import { TomoeError } from "../../errors.ts";
import { canonicalJson } from "../../schema/digest.ts";
import type { RunEvent } from "./events.ts";
import { decodeEvent } from "./events.ts";
import type { FramedLogOptions } from "./framed-log.ts";
import { FramedLog } from "./framed-log.ts";

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
