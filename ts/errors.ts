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

/** Status numbers of gRPC. */
const status = {
  cancelled: 1,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
} as const;

const row = (grpc: number, retry: RetryRule, exit: number): CodeRow => ({ grpc, retry, exit });

/** Every code Tomoe may raise, with its gRPC status, retry rule and exit code. */
export const errorCodes = {
  USAGE_INVALID: row(status.invalidArgument, "never", 64),
  CONFIG_INVALID: row(status.invalidArgument, "never", 64),
  CONFIG_UNKNOWN_KEY: row(status.invalidArgument, "never", 64),
  RUN_NOT_FOUND: row(status.notFound, "never", 64),
  PATH_NOT_FOUND: row(status.notFound, "never", 64),

  DATA_EMPTY: row(status.invalidArgument, "never", 65),
  DATA_UNSUPPORTED: row(status.unimplemented, "never", 65),
  DATA_NOT_CT: row(status.invalidArgument, "never", 65),
  DATA_NOT_HU: row(status.invalidArgument, "never", 65),
  DATA_TRUNCATED: row(status.dataLoss, "never", 65),
  DATA_HEADER: row(status.invalidArgument, "never", 65),
  DATA_GEOMETRY: row(status.invalidArgument, "never", 65),
  DATA_DTYPE_UNSUPPORTED: row(status.unimplemented, "never", 65),
  DATA_DECOMPRESS_LIMIT: row(status.resourceExhausted, "never", 65),
  DATA_DICOM_PARSE: row(status.invalidArgument, "never", 65),
  DATA_TRANSFER_SYNTAX_UNSUPPORTED: row(status.unimplemented, "never", 65),
  DATA_PIXEL_DECODE: row(status.dataLoss, "never", 65),
  DATA_PIXEL_CALIBRATION: row(status.invalidArgument, "never", 65),
  DATA_SERIES_GAP: row(status.invalidArgument, "never", 65),
  DATA_SERIES_SPACING: row(status.invalidArgument, "never", 65),
  DATA_SERIES_TILT: row(status.invalidArgument, "never", 65),
  DATA_SERIES_MIXED: row(status.invalidArgument, "never", 65),
  DATA_SERIES_DUPLICATE: row(status.invalidArgument, "never", 65),
  DATA_SHARD_CHECKSUM: row(status.dataLoss, "never", 65),
  DATA_SHARD_SCHEMA: row(status.invalidArgument, "never", 65),
  DATA_MANIFEST: row(status.invalidArgument, "never", 65),
  DATA_PREDICTIONS: row(status.invalidArgument, "never", 65),
  DATA_LEAK: row(status.failedPrecondition, "never", 65),

  TENSOR_INVALID: row(status.invalidArgument, "never", 70),
  WIRE_INCOMPLETE: row(status.invalidArgument, "never", 76),
  WIRE_INVALID: row(status.invalidArgument, "never", 76),
  WIRE_CHECKSUM: row(status.dataLoss, "retry", 69),
  WIRE_TOO_LARGE: row(status.resourceExhausted, "never", 65),
  WIRE_DIGEST: row(status.aborted, "never", 76),
  WIRE_VERSION: row(status.failedPrecondition, "never", 76),
  WIRE_ROOT: row(status.permissionDenied, "never", 77),

  WORKER_START: row(status.unavailable, "after-fix", 69),
  WORKER_DIED: row(status.unavailable, "retry", 69),
  WORKER_UNAVAILABLE: row(status.unavailable, "retry", 69),
  WORKER_HUNG: row(status.deadlineExceeded, "retry", 69),
  WORKER_FENCED: row(status.aborted, "never", 69),
  WORKER_STATE: row(status.failedPrecondition, "never", 70),
  WORKER_TOKEN: row(status.permissionDenied, "never", 77),

  ROUTER_SHAPE: row(status.invalidArgument, "never", 70),
  ROUTER_PLAN_STALE: row(status.aborted, "never", 76),
  ROUTER_UNKNOWN_TASK: row(status.invalidArgument, "never", 64),
  ROUTER_CONTRACT: row(status.failedPrecondition, "never", 64),

  PROCESS_TIMEOUT: row(status.deadlineExceeded, "after-fix", 69),
  PROCESS_OUTPUT_LIMIT: row(status.resourceExhausted, "never", 65),

  OUT_OF_MEMORY: row(status.resourceExhausted, "after-fix", 69),
  DEVICE_UNAVAILABLE: row(status.failedPrecondition, "after-fix", 78),
  TRAIN_DIVERGED: row(status.aborted, "never", 79),
  REPLAY_DIVERGED: row(status.aborted, "never", 79),
  GENERATION_EMPTY: row(status.failedPrecondition, "never", 70),

  CHECKPOINT_INVALID: row(status.dataLoss, "never", 65),
  CHECKPOINT_INCOMPATIBLE: row(status.failedPrecondition, "never", 65),
  CHECKPOINT_MISSING: row(status.notFound, "never", 65),
  CHECKPOINT_PICKLE: row(status.invalidArgument, "never", 65),
  WEIGHTS_UNAVAILABLE: row(status.unavailable, "after-fix", 69),
  WEIGHTS_DIGEST: row(status.dataLoss, "never", 65),
  RECORD_INVALID: row(status.dataLoss, "never", 65),

  OUTPUT_EXISTS: row(status.failedPrecondition, "after-fix", 73),
  OUTPUT_CREATE: row(status.failedPrecondition, "after-fix", 73),
  IO_FAILED: row(status.internal, "after-fix", 74),
  DISK_FULL: row(status.resourceExhausted, "after-fix", 74),
  STOPPED_RESUMABLE: row(status.cancelled, "retry", 75),
  LOCKED: row(status.failedPrecondition, "after-fix", 77),
  PERMISSION: row(status.permissionDenied, "after-fix", 77),
  ENVIRONMENT: row(status.failedPrecondition, "after-fix", 78),
  GATE_FAILED: row(status.failedPrecondition, "never", 1),
  CANCELLED: row(status.cancelled, "retry", 130),
  TERMINATED: row(status.cancelled, "retry", 143),
  INTERNAL: row(status.internal, "never", 70),
} as const satisfies Record<string, CodeRow>;

export type ErrorCode = keyof typeof errorCodes;

/** What each exit code of a command means. */
export const exitMeanings: Readonly<Record<number, string>> = {
  0: "Done.",
  1: "A quality gate the user set was not met.",
  64: "Usage or configuration: an unknown command, flag, key, name or run; a path that does not exist.",
  65: "Bad data or checkpoint: refused input, an empty folder.",
  69: "Worker or service unavailable after its retries.",
  70: "A bug of ours.",
  73: "An output cannot be created: its folder is missing, or it exists already.",
  74: "An I/O error, or a full disk.",
  75: "Stopped, to be resumed by the command that is shown.",
  76: "Protocol or version of the other side does not fit.",
  77: "Locked by another process, or not permitted: no right to read or write, a read-only disk.",
  78: "The environment: Node, Python, torch; `tomoe doctor` names the command that fixes it.",
  79: "Numeric: a loss or gradient that is not finite, or a replayed step that differs.",
  130: "Interrupted, after a clean stop.",
  143: "Terminated, after a clean stop.",
};

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

/**
 * An error told again by who knows more of it: its code, and so its exit and retry rule, stay; the hint and the facts
 * stay unless others are given, which come beside the old facts.
 *
 * @param what - the new sentence, with `error.what` in it where it is quoted.
 */
export function quoting(
  error: TomoeError,
  what: string,
  { hint = error.hint, details = {} }: Partial<Pick<TomoeErrorOptions, "hint" | "details">> = {},
): TomoeError {
  return new TomoeError(error.code, what, { hint, details: { ...error.details, ...details }, cause: error });
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
