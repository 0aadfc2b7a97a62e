/**
 * ZeroMQ -> typed events. What travels here may be lost, and the loss is counted and shown; nothing that can
 * change a result comes this way.
 */
export type { EventOrigin, LogEvent, ProgressEvent, SystemEvent, WorkerEvent } from "./decode-event.ts";
export type { Loss } from "./gap-counter.ts";
export type {
  GapEvent,
  GarbageEvent,
  TelemetryItem,
  TelemetryOptions,
  TelemetryReceiver,
} from "./receiver.ts";
export { openTelemetry } from "./receiver.ts";
