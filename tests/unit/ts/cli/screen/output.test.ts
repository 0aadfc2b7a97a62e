import { asTomoeError, documentText, failureText, tellFailure } from "../../../../../ts/cli/screen/output.ts";
import { openTerminal } from "../../../../../ts/cli/terminal.ts";
import { TomoeError } from "../../../../../ts/errors.ts";
import { failureOf, textStream } from "../program.ts";

describe("a document", () => {
  it("is one line of JSON that says the same, without raw control characters", () => {
    const document = {
      ok: true,
      text: "a\u001b[31m\u009b1m\u007f\u2028\n",
      number: 0.1,
      none: null,
    };
    const text = documentText(document);
    expect(text).not.toMatch(/[\p{Cc}\u2028]/u);
    expect(JSON.parse(text)).toEqual(document);
  });

  it.each([[Number.NaN], [Number.POSITIVE_INFINITY]])(
    "with %d in it is refused instead of saying null",
    async (value) => {
      const refused = await failureOf(() => documentText({ ok: true, scorecard: [{ value }] }));
      expect(refused.code).toBe("INTERNAL");
      expect(refused.message).toContain(`the document has ${value} at "value"`);
    },
  );
});

describe("a failure", () => {
  it("is the failure document, also with a number in its details that JSON cannot hold", () => {
    const error = new TomoeError("TRAIN_DIVERGED", "loss is NaN at step 3", {
      hint: "Lower the rate.",
      details: { loss: Number.NaN, step: 3 },
    });
    expect(JSON.parse(failureText(error))).toEqual({
      ok: false,
      error: {
        code: "TRAIN_DIVERGED",
        message: "[TRAIN_DIVERGED] loss is NaN at step 3",
        hint: "Lower the rate.",
        details: { loss: "NaN", step: 3 },
      },
    });
  });

  it("that is no TomoeError is our own bug, exit code 70", () => {
    for (const thrown of [new TypeError("x is undefined"), "a string", undefined]) {
      const error = asTomoeError(thrown);
      expect(error.code).toBe("INTERNAL");
      expect(error.exitCode).toBe(70);
      expect(error.hint).toContain("TOMOE_DEBUG=1");
    }
    expect(asTomoeError(new TypeError("x is undefined")).message).toBe("[INTERNAL] x is undefined");
  });

  it("is told in two lines, and with its traces only for debugging", () => {
    const error = new TomoeError("WORKER_DIED", "rank 0 died\u001b[2J", {
      hint: "Look at the log.",
      details: { traceback: "Traceback (most recent call last): ..." },
      cause: new RangeError("below"),
    });
    const quiet = textStream();
    tellFailure(openTerminal(quiet, {}), error, false);
    expect(quiet.written()).toBe("error: [WORKER_DIED] rank 0 died\n  Look at the log.\n");
    const debug = textStream();
    tellFailure(openTerminal(debug, {}), error, true);
    expect(debug.written()).toContain("Traceback (most recent call last)");
    expect(debug.written()).toContain("output.test.ts");
    expect(debug.written()).toContain("RangeError: below");
  });
});
