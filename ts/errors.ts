/**
 * The one error class of the TypeScript side and the closed table of codes both languages share.
 * `py-runtime/tomoe_worker/errors.py` holds the same codes; tests/contract compares the two.
 */

/** Whether the caller may try the same call again: never, once the cause is gone, or at once. */
export type RetryRule = "never" | "after-fix" | "retry";

interface CodeRow {
  /** gRPC status number the code travels under. */
  readonly grpc: number;
  readonly retry: RetryRule;
  /** Process exit code, as the command line's contract lists them. */
  readonly exit: number;
}

const INVALID_ARGUMENT = 3,
  NOT_FOUND = 5,
  PERMISSION_DENIED = 7,
  RESOURCE_EXHAUSTED = 8,
  FAILED_PRECONDITION = 9;
const ABORTED = 10,
  UNIMPLEMENTED = 12,
  INTERNAL = 13,
  UNAVAILABLE = 14,
  DATA_LOSS = 15,
  CANCELLED = 1,
  DEADLINE_EXCEEDED = 4;

const row = (grpc: number, retry: RetryRule, exit: number): CodeRow => ({ grpc, retry, exit });

/** Every code Tomoe may raise, with its gRPC status, retry rule and exit code. */
export const errorCodes = {
  USAGE_INVALID: row(INVALID_ARGUMENT, "never", 64),
  CONFIG_INVALID: row(INVALID_ARGUMENT, "never", 64),
  CONFIG_UNKNOWN_KEY: row(INVALID_ARGUMENT, "never", 64),
  RUN_NOT_FOUND: row(NOT_FOUND, "never", 64),
  PATH_NOT_FOUND: row(NOT_FOUND, "never", 64),

  DATA_EMPTY: row(INVALID_ARGUMENT, "never", 65),
  DATA_UNSUPPORTED: row(UNIMPLEMENTED, "never", 65),
  DATA_NOT_CT: row(INVALID_ARGUMENT, "never", 65),
  DATA_NOT_HU: row(INVALID_ARGUMENT, "never", 65),
  DATA_TRUNCATED: row(DATA_LOSS, "never", 65),
  DATA_HEADER: row(INVALID_ARGUMENT, "never", 65),
  DATA_GEOMETRY: row(INVALID_ARGUMENT, "never", 65),
  DATA_DTYPE_UNSUPPORTED: row(UNIMPLEMENTED, "never", 65),
  DATA_DECOMPRESS_LIMIT: row(RESOURCE_EXHAUSTED, "never", 65),
  DATA_DICOM_PARSE: row(INVALID_ARGUMENT, "never", 65),
  DATA_TRANSFER_SYNTAX_UNSUPPORTED: row(UNIMPLEMENTED, "never", 65),
  DATA_PIXEL_DECODE: row(DATA_LOSS, "never", 65),
  DATA_PIXEL_CALIBRATION: row(INVALID_ARGUMENT, "never", 65),
  DATA_SERIES_GAP: row(INVALID_ARGUMENT, "never", 65),
  DATA_SERIES_SPACING: row(INVALID_ARGUMENT, "never", 65),
  DATA_SERIES_TILT: row(INVALID_ARGUMENT, "never", 65),
  DATA_SERIES_MIXED: row(INVALID_ARGUMENT, "never", 65),
  DATA_SERIES_DUPLICATE: row(INVALID_ARGUMENT, "never", 65),
  DATA_SHARD_CHECKSUM: row(DATA_LOSS, "never", 65),
  DATA_SHARD_SCHEMA: row(INVALID_ARGUMENT, "never", 65),
  DATA_MANIFEST: row(INVALID_ARGUMENT, "never", 65),
  DATA_PREDICTIONS: row(INVALID_ARGUMENT, "never", 65),
  DATA_LEAK: row(FAILED_PRECONDITION, "never", 65),

  TENSOR_INVALID: row(INVALID_ARGUMENT, "never", 70),
  WIRE_INCOMPLETE: row(INVALID_ARGUMENT, "never", 76),
  WIRE_INVALID: row(INVALID_ARGUMENT, "never", 76),
  WIRE_CHECKSUM: row(DATA_LOSS, "retry", 69),
  WIRE_TOO_LARGE: row(RESOURCE_EXHAUSTED, "never", 65),
  WIRE_DIGEST: row(ABORTED, "never", 76),
  WIRE_VERSION: row(FAILED_PRECONDITION, "never", 76),
  WIRE_ROOT: row(PERMISSION_DENIED, "never", 77),

  WORKER_START: row(UNAVAILABLE, "after-fix", 69),
  WORKER_DIED: row(UNAVAILABLE, "retry", 69),
  WORKER_UNAVAILABLE: row(UNAVAILABLE, "retry", 69),
  WORKER_HUNG: row(DEADLINE_EXCEEDED, "retry", 69),
  WORKER_FENCED: row(ABORTED, "never", 69),
  WORKER_STATE: row(FAILED_PRECONDITION, "never", 70),
  WORKER_TOKEN: row(PERMISSION_DENIED, "never", 77),

  ROUTER_SHAPE: row(INVALID_ARGUMENT, "never", 70),
  ROUTER_PLAN_STALE: row(ABORTED, "never", 76),
  ROUTER_UNKNOWN_TASK: row(INVALID_ARGUMENT, "never", 64),
  ROUTER_CONTRACT: row(FAILED_PRECONDITION, "never", 64),

  PROCESS_TIMEOUT: row(DEADLINE_EXCEEDED, "after-fix", 69),
  PROCESS_OUTPUT_LIMIT: row(RESOURCE_EXHAUSTED, "never", 65),

  OUT_OF_MEMORY: row(RESOURCE_EXHAUSTED, "after-fix", 69),
  DEVICE_UNAVAILABLE: row(FAILED_PRECONDITION, "after-fix", 78),
  TRAIN_DIVERGED: row(ABORTED, "never", 79),
  REPLAY_DIVERGED: row(ABORTED, "never", 79),
  GENERATION_EMPTY: row(FAILED_PRECONDITION, "never", 70),

  CHECKPOINT_INVALID: row(DATA_LOSS, "never", 65),
  CHECKPOINT_INCOMPATIBLE: row(FAILED_PRECONDITION, "never", 65),
  CHECKPOINT_MISSING: row(NOT_FOUND, "never", 65),
  CHECKPOINT_PICKLE: row(INVALID_ARGUMENT, "never", 65),
  RECORD_INVALID: row(DATA_LOSS, "never", 65),

  OUTPUT_EXISTS: row(FAILED_PRECONDITION, "after-fix", 73),
  OUTPUT_CREATE: row(FAILED_PRECONDITION, "after-fix", 73),
  IO_FAILED: row(INTERNAL, "after-fix", 74),
  DISK_FULL: row(RESOURCE_EXHAUSTED, "after-fix", 74),
  STOPPED_RESUMABLE: row(CANCELLED, "retry", 75),
  LOCKED: row(FAILED_PRECONDITION, "after-fix", 77),
  PERMISSION: row(PERMISSION_DENIED, "after-fix", 77),
  ENVIRONMENT: row(FAILED_PRECONDITION, "after-fix", 78),
  GATE_FAILED: row(FAILED_PRECONDITION, "never", 1),
  CANCELLED: row(CANCELLED, "retry", 130),
  TERMINATED: row(CANCELLED, "retry", 143),
  INTERNAL: row(INTERNAL, "never", 70),
} as const satisfies Record<string, CodeRow>;

export type ErrorCode = keyof typeof errorCodes;

/** A value that JSON can hold; what `details` may carry. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

export interface TomoeErrorOptions {
  /** What the user can do about it, one sentence. */
  readonly hint: string;
  /** Facts a script may read: paths, limits, found and expected values. */
  readonly details?: { readonly [key: string]: JsonValue };
  readonly cause?: unknown;
}

/**
 * The error every public function of Tomoe raises.
 *
 * `message` reads `[CODE] what happened, with the values`; `hint` says what to do.
 */
export class TomoeError extends Error {
  override readonly name = "TomoeError";
  readonly code: ErrorCode;
  /** The message without its code, for an error that quotes another. */
  readonly what: string;
  readonly hint: string;
  readonly details: { readonly [key: string]: JsonValue };

  constructor(code: ErrorCode, what: string, options: TomoeErrorOptions) {
    super(`[${code}] ${what}`, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.what = what;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }

  /** The exit code a command ends with when this error reaches it. */
  get exitCode(): number {
    return errorCodes[this.code].exit;
  }

  /** The failure document `--json` prints: `{ok: false, error: {code, message, hint, details}}`. */
  toDocument(): { readonly ok: false; readonly error: { readonly [key: string]: JsonValue } } {
    return {
      ok: false,
      error: { code: this.code, message: this.message, hint: this.hint, details: this.details },
    };
  }
}

/**
 * The error of a state that cannot be, unless Tomoe itself is wrong: `INTERNAL`, and the request to report it.
 *
 * @param what - what was found, with the values; no more than a report should say.
 */
export function bug(what: string, details: TomoeErrorOptions["details"] = {}, cause?: unknown): TomoeError {
  return new TomoeError("INTERNAL", what, {
    hint: "This is a bug of Tomoe: please report it with the command you gave.",
    details,
    cause,
  });
}

/**
 * The error of work that its caller gave up: `CANCELLED`.
 *
 * @param what - the work, as the subject of a sentence: "reading the series".
 */
export function cancelled(what: string, options: Partial<TomoeErrorOptions> = {}): TomoeError {
  return new TomoeError("CANCELLED", `${what} was cancelled`, { hint: "Run it again.", ...options });
}

/** True for a TomoeError of any realm; `instanceof` fails across jest's vm contexts. */
export function isTomoeError(value: unknown): value is TomoeError {
  return (
    typeof value === "object" &&
    value !== null &&
    "code" in value &&
    "hint" in value &&
    typeof value.code === "string" &&
    value.code in errorCodes
  );
}

/** True when `value` is one of the closed list of codes. */
export function isErrorCode(value: string): value is ErrorCode {
  return Object.hasOwn(errorCodes, value);
}
