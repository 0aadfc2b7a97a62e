import { isTomoeError, TomoeError } from "../../errors.ts";
import { maxMessageBytes } from "../wire/protocol.ts";

/** One method of the generated service: its path, and how its messages become bytes and back. */
export interface WireMethod<Request, Response> {
  readonly path: string;
  readonly requestSerialize: (value: Request) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Response;
}

/** The bytes of a request. @throws TomoeError `WIRE_TOO_LARGE` beyond what the other side takes. */
export function serialize<Request>(method: WireMethod<Request, unknown>, request: Request): Buffer {
  const bytes = method.requestSerialize(request);
  if (bytes.length > maxMessageBytes) {
    throw new TomoeError(
      "WIRE_TOO_LARGE",
      `the message of ${nameOf(method)} has ${bytes.length} bytes, the limit is ${maxMessageBytes}`,
      {
        hint: "Send fewer volumes, items or lines at once.",
        details: { bytes: bytes.length, limit: maxMessageBytes },
      },
    );
  }
  return bytes;
}

/** The reply in the bytes. @throws TomoeError `WIRE_INVALID` for bytes that are none. */
export function deserialize<Response>(method: WireMethod<never, Response>, bytes: Buffer): Response {
  try {
    return method.responseDeserialize(bytes);
  } catch (cause) {
    if (isTomoeError(cause)) throw cause;
    throw new TomoeError("WIRE_INVALID", `${bytes.length} bytes are no reply of ${method.path}`, {
      hint: "Something else than Tomoe speaks on this channel.",
      cause,
    });
  }
}

/** Name of the call, e.g. "CreateModel". */
export function nameOf({ path }: Pick<WireMethod<never, never>, "path">): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
