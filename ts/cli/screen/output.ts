import { writeSync } from "node:fs";
import { bug, isTomoeError, TomoeError } from "../../errors.ts";
import type { Terminal } from "../terminal.ts";
import { plainText } from "../terminal.ts";

/**
 * The document as one line of JSON. Control characters that JSON leaves alone but a terminal would obey are
 * escaped too.
 *
 * @throws TomoeError `INTERNAL` for a number that JSON has no form for, instead of writing null.
 */
export function documentText(document: object): string {
  return jsonLine(document, (value, key) => {
    throw bug(`the document has ${value} at "${key}", which JSON cannot hold`);
  });
}

/**
 * The failure document as one line of JSON; it never fails itself, so NaN and infinities among the details
 * are told as text.
 */
export function failureText(error: TomoeError): string {
  return jsonLine(error.toDocument(), String);
}

function jsonLine(document: object, onNonFinite: (value: number, key: string) => string): string {
  const text = JSON.stringify(document, (key, value: unknown) =>
    typeof value === "number" && !Number.isFinite(value) ? onNonFinite(value, key) : value,
  );
  return text.replaceAll(
    /[\p{Cc}\u2028\u2029]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Anything thrown, as the TomoeError that the user is told: what is not one is our own bug. */
export function asTomoeError(thrown: unknown): TomoeError {
  if (isTomoeError(thrown)) return thrown;
  const message =
    typeof thrown === "object" && thrown !== null && "message" in thrown
      ? String(thrown.message)
      : String(thrown);
  return new TomoeError("INTERNAL", message, {
    hint: "This is a bug of Tomoe: run the command again with TOMOE_DEBUG=1 and report what it prints.",
    cause: thrown,
  });
}

/** Tells a failure to people: code and message, hint, and with `isDebug` the traces of it and its causes. */
export function tellFailure(terminal: Terminal, error: TomoeError, isDebug: boolean): void {
  terminal.line(`${terminal.paint("red", "error:")} ${plainText(error.message)}`);
  terminal.line(`  ${plainText(error.hint)}`);
  if (!isDebug) return;
  const { traceback } = error.details;
  if (typeof traceback === "string") terminal.line(plainText(traceback));
  for (
    let cause: unknown = error;
    cause !== undefined && cause !== null;
    cause = typeof cause === "object" && "cause" in cause ? cause.cause : undefined
  ) {
    terminal.line(
      terminal.paint(
        "dim",
        plainText(typeof cause === "object" && "stack" in cause ? String(cause.stack) : String(cause)),
      ),
    );
  }
}

/** Writes all of `text` to a file descriptor before it returns, so that a process may exit right after. */
export function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(text, "utf8");
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (cause) {
      const errno = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined;
      // The reader has gone ("| head"): nobody is there to be told.
      if (errno === "EPIPE") return;
      if (errno !== "EAGAIN") throw cause;
      // A pipe that is full and non-blocking: wait a moment for its reader.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
