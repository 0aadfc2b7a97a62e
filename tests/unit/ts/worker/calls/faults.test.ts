import { Metadata, status } from "@grpc/grpc-js";
import { TomoeError } from "../../../../../ts/errors.ts";
import { ErrorDetail } from "../../../../../ts/gen/tomoe/v1/error.ts";
import type { CallPlace } from "../../../../../ts/worker/calls/faults.ts";
import { toTomoeError } from "../../../../../ts/worker/calls/faults.ts";
import { caught } from "../../../../support/caught.ts";
import { refusal } from "../scripted-worker.ts";

const place = (change: Partial<CallPlace> = {}): CallPlace => ({
  during: "CreateModel",
  life: undefined,
  signal: undefined,
  timeoutMs: 50,
  ...change,
});

/** What is said of a worker that hangs, and of a message that is too large: words that name the way out. */
const hints = async (code: number): Promise<string> =>
  (await toTomoeError({ code, details: "", metadata: new Metadata() }, place())).hint;

describe("failures of calls", () => {
  it("say what to do, in whole sentences", async () => {
    const codes = [4, 8, 12, 14, 2];
    for (const code of codes) expect(await hints(code)).toMatch(/^[A-Z].*\.$/);
    expect(new Set(await Promise.all(codes.map(hints))).size).toBe(codes.length);
  });

  it("name a deadline that is not known as the call's own", async () => {
    const error = await toTomoeError(
      { code: status.DEADLINE_EXCEEDED, details: "", metadata: new Metadata() },
      place({ timeoutMs: undefined }),
    );
    expect(error.what).toBe("the worker did not answer CreateModel within its deadline");
  });

  it("leaves an error that is typed already as it is", async () => {
    const own = new TomoeError("WIRE_TOO_LARGE", "too large", { hint: "smaller" });
    expect(await toTomoeError(own, place({ signal: AbortSignal.abort() }))).toBe(own);
  });

  it("prefers the caller's own cancellation over whatever else broke", async () => {
    const error = await toTomoeError(refusal("INTERNAL", "x"), place({ signal: AbortSignal.abort() }));
    expect(error.message).toBe("[CANCELLED] CreateModel was cancelled");
  });

  it("tells a code that this side does not know as such, with its hint and details", async () => {
    const error = await toTomoeError(
      refusal("FROM_THE_FUTURE", "something new", { hint: "update", detailsJson: '{"x":[1]}' }),
      place(),
    );
    expect({ code: error.code, message: error.message, hint: error.hint, details: error.details }).toEqual({
      code: "INTERNAL",
      message: "[INTERNAL] the worker raised FROM_THE_FUTURE, which is unknown here, during CreateModel",
      hint: "update",
      details: { x: [1] },
    });
  });

  it.each(["{", "[1]", "null", '"text"', ""])(
    "keeps the worker's own error when its facts are not what they should be: %j",
    async (detailsJson) => {
      const error = await toTomoeError(refusal("WORKER_STATE", "no model", { detailsJson }), place());
      expect({ code: error.code, what: error.what, details: error.details }).toEqual({
        code: "WORKER_STATE",
        what: "no model",
        details: {},
      });
    },
  );

  it("has the worker's traceback as the cause, and none where the worker gave none", async () => {
    const traced = await toTomoeError(refusal("INTERNAL", "x", { traceback: "line 1" }), place());
    expect((traced.cause as Error).message).toBe("line 1");
    expect("cause" in (await toTomoeError(refusal("WORKER_STATE", "x"), place()))).toBe(false);
  });

  it("refuses a detail that lacks a field instead of guessing it", async () => {
    const metadata = new Metadata();
    metadata.set("tomoe-error-bin", Buffer.from(ErrorDetail.encode({ code: "WORKER_STATE" }).finish()));
    expect((await caught(() => toTomoeError({ code: 9, details: "", metadata }, place()))).message).toBe(
      "[WIRE_INCOMPLETE] the message lacks ErrorDetail.what",
    );
  });

  it.each([
    [status.DEADLINE_EXCEEDED, "WORKER_HUNG"],
    [status.RESOURCE_EXHAUSTED, "WIRE_TOO_LARGE"],
    [status.UNIMPLEMENTED, "WIRE_VERSION"],
    [status.UNAVAILABLE, "WORKER_UNAVAILABLE"],
    [status.CANCELLED, "WORKER_UNAVAILABLE"],
    [status.INTERNAL, "WORKER_UNAVAILABLE"],
    [status.UNKNOWN, "INTERNAL"],
  ])("maps bare status %p to %s and names the call", async (code, expected) => {
    const error = await toTomoeError(
      { code, details: "the text of a status is not read: OUT_OF_MEMORY", metadata: new Metadata() },
      place(),
    );
    expect(error.code).toBe(expected);
    expect(error.message).toContain("CreateModel");
    expect(error.details.status).toBe(code);
  });

  it("says that the worker died when it did, whatever status the broken connection gave", async () => {
    const life = {
      ended: Promise.resolve({ exitCode: 9, signal: null, forced: false, logTail: [] }),
      logTail: () => [],
      pid: process.pid,
      oomKillsBefore: Number.MAX_SAFE_INTEGER,
    };
    for (const code of [status.UNAVAILABLE, status.INTERNAL, status.UNKNOWN, status.CANCELLED]) {
      expect(
        (await toTomoeError({ code, details: "", metadata: new Metadata() }, place({ life }))).message,
      ).toBe("[WORKER_DIED] the worker died (exit code 9) during CreateModel");
    }
  });

  it("keeps what is no gRPC error as the cause", async () => {
    const strange = new RangeError("out of range");
    const error = await toTomoeError(strange, place());
    expect({ code: error.code, cause: error.cause }).toEqual({ code: "INTERNAL", cause: strange });
  });
});
