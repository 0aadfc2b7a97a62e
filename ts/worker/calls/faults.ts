import type { Metadata } from "@grpc/grpc-js";
import { status } from "@grpc/grpc-js";
import { defined } from "../../defined.ts";
import type { JsonValue } from "../../errors.ts";
import { bug, cancelled, isErrorCode, isTomoeError, TomoeError } from "../../errors.ts";
import { ErrorDetail } from "../../gen/tomoe/v1/error.ts";
import { unpack } from "../wire/walk.ts";
import type { WorkerLife } from "./life.ts";
import { diedError, endOf } from "./life.ts";

/** Where a call failed, for the words of its error. */
export interface CallPlace {
  /** E.g. "CreateModel", or "step 12 of stage shared". */
  readonly during: string;
  readonly life: WorkerLife | undefined;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number | undefined;
}

const detailKey = "tomoe-error-bin";

/**
 * The typed error of a failed call: from the detail in its trailing metadata, else from its status and from
 * whether the process still lives.
 * The text of a status is never parsed.
 */
export async function toTomoeError(error: unknown, place: CallPlace): Promise<TomoeError> {
  if (isTomoeError(error)) return error;
  if (place.signal?.aborted === true) return cancelled(place.during);
  const { code, details, metadata } = serviceError(error);
  const detail = metadata?.get(detailKey)[0];
  if (detail !== undefined && typeof detail !== "string") return fromDetail(detail, place);
  if (place.life !== undefined && code !== status.DEADLINE_EXCEEDED) {
    const exit = await endOf(place.life);
    if (exit !== undefined) return diedError(exit, place.during, place.life);
  }
  return fromStatus(code, details, place, error);
}

function fromDetail(bytes: Uint8Array, place: CallPlace): TomoeError {
  const { code, what, hint, detailsJson, traceback } = unpack(ErrorDetail, ErrorDetail.decode(bytes));
  const known = isErrorCode(code);
  return new TomoeError(
    known ? code : "INTERNAL",
    known ? what : `the worker raised ${code}, which is unknown here, during ${place.during}`,
    {
      hint,
      details: factsOf(detailsJson),
      ...defined({ cause: traceback === "" ? undefined : new Error(traceback) }),
    },
  );
}

function fromStatus(code: number, details: string, place: CallPlace, cause: unknown): TomoeError {
  const { during } = place;
  const facts = { during, status: code, text: details };
  switch (code) {
    case status.DEADLINE_EXCEEDED:
      return new TomoeError(
        "WORKER_HUNG",
        `the worker did not answer ${during} within ${place.timeoutMs === undefined ? "its deadline" : `${place.timeoutMs} ms`}`,
        {
          hint: "Its log holds the stack of every thread; raise the limit when the machine is only slow.",
          details: facts,
          cause,
        },
      );
    case status.RESOURCE_EXHAUSTED:
      return new TomoeError("WIRE_TOO_LARGE", `a message of ${during} is larger than the other side takes`, {
        hint: "Send fewer volumes or items at once.",
        details: facts,
        cause,
      });
    case status.UNIMPLEMENTED:
      return new TomoeError("WIRE_VERSION", `the worker does not know ${during}`, {
        hint: "Install the same version of Tomoe on both sides.",
        details: facts,
        cause,
      });
    case status.UNAVAILABLE:
    case status.CANCELLED:
    // A worker's own fault carries a detail; without one the bytes of the connection were no HTTP/2 any more.
    case status.INTERNAL:
      return new TomoeError("WORKER_UNAVAILABLE", `the connection to the worker broke during ${during}`, {
        hint: "Is the host reachable, and its worker alive? The run goes on from its last checkpoint.",
        details: facts,
        cause,
      });
    default:
      return bug(`${during} failed with status ${code} and no detail`, facts, cause);
  }
}

function serviceError(error: unknown): { code: number; details: string; metadata: Metadata | undefined } {
  if (typeof error !== "object" || error === null || !("code" in error) || typeof error.code !== "number")
    return { code: status.UNKNOWN, details: String(error), metadata: undefined };
  return {
    code: error.code,
    details: "details" in error ? String(error.details) : "",
    metadata: "metadata" in error ? (error.metadata as Metadata | undefined) : undefined,
  };
}

/** The facts of a worker's error. Its code and words count for more: facts that cannot be read are left out. */
function factsOf(json: string): { readonly [key: string]: JsonValue } {
  try {
    const facts: unknown = JSON.parse(json);
    return isObject(facts) ? facts : {};
  } catch {
    return {};
  }
}

function isObject(value: unknown): value is { readonly [key: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
