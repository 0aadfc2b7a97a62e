import { recordInvalid } from "../../../../../ts/track/record/invalid.ts";

describe("an invalid record", () => {
  it("says to restore it, or, of a lock, when it may be deleted", () => {
    const error = recordInvalid("/runs/x/state.json", "it is cut", { byte: 3 });
    expect([error.message, error.details]).toEqual([
      "[RECORD_INVALID] /runs/x/state.json: it is cut",
      { path: "/runs/x/state.json", byte: 3 },
    ]);
    expect(error.hint).toContain("restore it from a copy");
    expect(recordInvalid("/runs/x/lock", "it is cut").hint).toBe(
      "When no tomoe process works on it, delete the lock file.",
    );
  });
});
