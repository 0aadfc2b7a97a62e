import fc from "fast-check";
import type { ErrorCode } from "../../../ts/errors.ts";
import {
  bug,
  cancelled,
  errorCodes,
  isErrorCode,
  isTomoeError,
  quoting,
  TomoeError,
} from "../../../ts/errors.ts";

const codes = Object.keys(errorCodes) as ErrorCode[];

describe("an error of Tomoe", () => {
  it("says its code first and keeps what happened without it, for an error that quotes another", () => {
    const error = new TomoeError("DATA_NOT_HU", "air sits at -40 HU", { hint: "Rescale the scan." });
    expect(error.message).toBe("[DATA_NOT_HU] air sits at -40 HU");
    expect(error).toMatchObject({ what: "air sits at -40 HU", hint: "Rescale the scan.", details: {} });
    expect("cause" in error).toBe(false);
  });

  it("keeps its cause and ends a command with the exit code of its row, whatever the code", () => {
    fc.assert(
      fc.property(fc.constantFrom(...codes), fc.string(), (code, what) => {
        const cause = new RangeError(what);
        const error = new TomoeError(code, what, { hint: "A hint.", details: { what }, cause });
        expect(error.cause).toBe(cause);
        expect(error.exitCode).toBe(errorCodes[code].exit);
        expect(error.toDocument()).toEqual({
          ok: false,
          error: { code, message: `[${code}] ${what}`, hint: "A hint.", details: { what } },
        });
      }),
      { seed: 20261128 },
    );
  });

  it("is known by its code and hint, not by its class, and nothing else passes for one", () => {
    const foreign = Object.assign(new Error("from another realm"), { code: "IO_FAILED", hint: "Look." });
    expect(isTomoeError(foreign)).toBe(true);
    expect(isTomoeError(new TomoeError("CANCELLED", "x", { hint: "y" }))).toBe(true);
    const others = [null, undefined, "IO_FAILED", { code: "IO_FAILED" }, { code: "ENOENT", hint: "x" }];
    expect(others.map(isTomoeError)).toEqual(others.map(() => false));
  });

  it("has a closed list of codes, in which nothing of Object.prototype stands", () => {
    expect(codes.every(isErrorCode)).toBe(true);
    expect(["toString", "__proto__", "constructor", "", "ENOENT"].filter(isErrorCode)).toEqual([]);
  });
});

describe("a bug of ours", () => {
  it("is INTERNAL, ends with 70 and asks for a report", () => {
    const cause = new TypeError("x is not a function");
    const error = bug("a pool without ranks", { ranks: 0 }, cause);
    expect(error).toMatchObject({
      code: "INTERNAL",
      message: "[INTERNAL] a pool without ranks",
      hint: "This is a bug of Tomoe: please report it with the command you gave.",
      details: { ranks: 0 },
      cause,
      exitCode: 70,
    });
    expect(bug("nothing else to say").details).toEqual({});
  });
});

describe("an error that quotes another", () => {
  it("keeps its code, exit, hint and facts, and has it as its cause, whatever the code", () => {
    for (const code of codes) {
      const first = new TomoeError(code, "it broke", { hint: "Look here.", details: { path: "/a", n: 1 } });
      const told = quoting(first, `case 3: ${first.what}`, { details: { n: 2 } });
      expect(told).toMatchObject({
        code,
        exitCode: first.exitCode,
        message: `[${code}] case 3: it broke`,
        hint: "Look here.",
        details: { path: "/a", n: 2 },
        cause: first,
      });
    }
  });

  it("takes a hint that knows more", () => {
    const first = new TomoeError("DISK_FULL", "full", { hint: "Free space." });
    expect(quoting(first, first.what, { hint: "Free space on /b." }).hint).toBe("Free space on /b.");
  });
});

describe("work that was given up", () => {
  it("is CANCELLED, ends with 130 and says which work", () => {
    expect(cancelled("reading the series")).toMatchObject({
      code: "CANCELLED",
      message: "[CANCELLED] reading the series was cancelled",
      hint: "Run it again.",
      exitCode: 130,
    });
  });

  it("takes another hint, details and the signal's reason", () => {
    const reason = new Error("SIGINT");
    const options = { hint: "Nothing was left behind.", details: { path: "/out" }, cause: reason };
    expect(cancelled("writing /out", options)).toMatchObject(options);
  });
});
