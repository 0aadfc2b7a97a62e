import { bug, TomoeError } from "../../../../../ts/errors.ts";
import type { EvalFolder } from "../../../../../ts/run/eval/record/folder.ts";
import { evalFailure, faultOf } from "../../../../../ts/run/eval/stopped.ts";

const folder = {
  evalId: "20261129-101500-small-abcd",
  dir: "/evals/20261129-101500-small-abcd",
  record: { resume: "tomoe eval --resume 20261129-101500-small-abcd" },
} as EvalFolder;
const running = new AbortController().signal;

const failed = (code: ConstructorParameters<typeof TomoeError>[0]): TomoeError =>
  new TomoeError(code, "something happened", {
    hint: "Do this.",
    details: { pid: 7 },
  });

function told(error: unknown, signal = running): TomoeError {
  const failure = evalFailure(error, { signal, folder });
  if (failure instanceof TomoeError) return failure;
  throw new Error("no typed error");
}

describe("an evaluation that was stopped on request", () => {
  it.each([
    ["CANCELLED", 130],
    ["TERMINATED", 143],
    ["STOPPED_RESUMABLE", 75],
  ] as const)("by %s ends with %d and the command that goes on", (code, exitCode) => {
    const signal = AbortSignal.abort(failed(code));
    const failure = told(failed("WORKER_DIED"), signal);
    expect([failure.code, failure.exitCode]).toEqual([code, exitCode]);
    expect(failure.what).toBe("evaluation 20261129-101500-small-abcd was stopped");
    expect(failure.hint).toBe(
      'Go on with "tomoe eval --resume 20261129-101500-small-abcd": what was answered is kept.',
    );
    expect(failure.details).toEqual({
      evalId: folder.evalId,
      dir: folder.dir,
      resume: folder.record.resume,
    });
  });

  it("by a signal that gives no reason of ours is cancelled, whatever was raised", () => {
    for (const error of [new Error("socket closed"), bug("in the middle"), undefined])
      expect(told(error, AbortSignal.abort()).code).toBe("CANCELLED");
  });
});

describe("an evaluation that failed", () => {
  it.each([
    "WORKER_START",
    "WORKER_DIED",
    "WORKER_UNAVAILABLE",
    "WORKER_HUNG",
    "OUT_OF_MEMORY",
    "DISK_FULL",
  ] as const)("by %s, which may pass, keeps its code and says how to go on", (code) => {
    const failure = told(failed(code));
    expect([failure.code, failure.what]).toEqual([code, "something happened"]);
    expect(failure.hint).toContain("Do this. Go on with");
    expect(failure.details).toMatchObject({
      pid: 7,
      evalId: folder.evalId,
    });
  });

  it.each(["DATA_LEAK", "DATA_PREDICTIONS", "CHECKPOINT_INVALID", "USAGE_INVALID"] as const)(
    "by %s, which the same command meets again, is told as it is",
    (code) => {
      const error = failed(code);
      expect(evalFailure(error, { signal: running, folder })).toBe(error);
    },
  );

  it("by what is no error of ours is told as it came", () => {
    const error = new RangeError("out of range");
    expect(evalFailure(error, { signal: running, folder })).toBe(error);
  });
});

describe("what is kept of a failure", () => {
  it("is its code, message and hint, and nothing of its details", () => {
    expect(faultOf(failed("DATA_LEAK"))).toEqual({
      code: "DATA_LEAK",
      message: "[DATA_LEAK] something happened",
      hint: "Do this.",
    });
  });

  it("is a bug of ours where it has no code", () => {
    expect(faultOf(new RangeError("out of range"))).toMatchObject({
      code: "INTERNAL",
      message: expect.stringContaining("out of range") as string,
    });
  });
});
