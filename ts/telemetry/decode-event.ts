import { TomoeError } from "../errors.ts";
import { TelemetryEvent } from "../gen/tomoe/v1/telemetry.ts";

/** Where and when an event happened; `sequence` counts from 0 for each rank and attempt. */
export interface EventOrigin {
  readonly sequence: number;
  readonly rank: number;
  readonly attempt: number;
  /** Seconds since the worker started, by a monotonic clock. */
  readonly elapsedSeconds: number;
}

/** One optimizer step is done. */
export interface ProgressEvent extends EventOrigin {
  readonly kind: "progress";
  readonly stage: string;
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
}

/** A line for the person watching; never a prompt or generated text. */
export interface LogEvent extends EventOrigin {
  readonly kind: "log";
  readonly level: "debug" | "info" | "warning" | "error";
  readonly text: string;
}

/** What the worker process takes of its machine. */
export interface SystemEvent extends EventOrigin {
  readonly kind: "system";
  readonly residentBytes: number;
  readonly cpuSeconds: number;
  /** 0 without a GPU. */
  readonly deviceBytes: number;
}

export type WorkerEvent = ProgressEvent | LogEvent | SystemEvent;

const levels = ["debug", "info", "warning", "error"] as const;

/**
 * Reads one event as the worker pushed it.
 *
 * @throws TomoeError `WIRE_INVALID` for bytes that are none, `WIRE_INCOMPLETE` naming the field that is
 * missing.
 */
export function decodeEvent(bytes: Uint8Array): WorkerEvent {
  const message = parse(bytes);
  const origin: EventOrigin = {
    sequence: Number(required(message.sequence, "sequence")),
    rank: required(message.rank, "rank"),
    attempt: required(message.attempt, "attempt"),
    elapsedSeconds: required(message.elapsedSeconds, "elapsedSeconds"),
  };
  const event = required(message.event, "event");
  switch (event.$case) {
    case "progress": {
      const { stage, step, steps, loss } = event.value;
      return {
        ...origin,
        kind: "progress",
        stage: required(stage, "progress.stage"),
        step: required(step, "progress.step"),
        steps: required(steps, "progress.steps"),
        loss: required(loss, "progress.loss"),
      };
    }
    case "log":
      return {
        ...origin,
        kind: "log",
        level: levelOf(required(event.value.level, "log.level")),
        text: required(event.value.text, "log.text"),
      };
    case "system": {
      const { residentBytes, cpuSeconds, deviceBytes } = event.value;
      return {
        ...origin,
        kind: "system",
        residentBytes: Number(required(residentBytes, "system.residentBytes")),
        cpuSeconds: required(cpuSeconds, "system.cpuSeconds"),
        deviceBytes: Number(required(deviceBytes, "system.deviceBytes")),
      };
    }
  }
}

function parse(bytes: Uint8Array): TelemetryEvent {
  try {
    return TelemetryEvent.decode(bytes);
  } catch (cause) {
    throw new TomoeError("WIRE_INVALID", `${bytes.length} bytes are no TelemetryEvent`, {
      hint: "Something else than a worker pushes to this socket.",
      cause,
    });
  }
}

function required<T>(value: T | undefined, field: string): T {
  if (value === undefined)
    throw new TomoeError("WIRE_INCOMPLETE", `the message lacks TelemetryEvent.${field}`, {
      hint: "The worker is of another build; install the same version on both sides.",
      details: { field },
    });
  return value;
}

function levelOf(word: string): LogEvent["level"] {
  const found = levels.find((level) => level === word);
  if (found === undefined)
    throw new TomoeError("WIRE_INVALID", `TelemetryEvent.log.level is "${word}"`, {
      hint: `It must be one of ${levels.join(", ")}.`,
    });
  return found;
}
