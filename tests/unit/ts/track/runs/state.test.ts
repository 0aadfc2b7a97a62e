import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseState, readState, runFormat, runStatuses } from "../../../../../ts/track/runs/state.ts";
import { failureOf, scratchFolder } from "../fixtures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const path = join(scratch.path, "state.json");
const state = {
  format: runFormat,
  runId: "20261124-153012-phantom-tiny-k3f9",
  experimentName: "Phantom tiny",
  seed: 7,
  status: "created",
  ordinal: 1,
  attempt: 0,
  createdAt: "2026-11-24T15:30:12.000Z",
  resume: "tomoe run --resume 20261124-153012-phantom-tiny-k3f9",
};

describe("the state of a run", () => {
  it("is read as it was written, with or without what is optional", async () => {
    for (const status of runStatuses) {
      const whole = {
        ...state,
        status,
        startedAt: "2026-11-24T15:30:13.000Z",
        endedAt: "2026-11-24T16:30:13.000Z",
        error: { code: "DISK_FULL", message: "m", hint: "h" },
      };
      for (const value of [{ ...state, status }, whole]) {
        writeFileSync(path, JSON.stringify(value));
        expect(await readState(path)).toEqual(value);
      }
    }
  });

  it.each<[string, object, string]>([
    ["a status that there is none of", { status: "paused" }, "status: "],
    ["an attempt below 0", { attempt: -1 }, "attempt: "],
    ["half an ordinal", { ordinal: 0.5 }, "ordinal: "],
    ["a seed in words", { seed: "7" }, "seed: "],
    ["an empty id", { runId: "" }, "runId: "],
    ["a field of tomorrow", { gpu: 1 }, 'Unrecognized key: "gpu"'],
    ["an error without a hint", { error: { code: "X", message: "m" } }, "error.hint: "],
    ["no format", { format: undefined }, "format: "],
  ])("is refused with %s, naming the field", async (_, change, field) => {
    const refused = await failureOf(async () => parseState(path, { ...state, ...change }));
    expect([refused.code, refused.exitCode]).toEqual(["RECORD_INVALID", 65]);
    expect(refused.message).toContain(`[RECORD_INVALID] ${path}: ${field}`);
  });

  it("of another version is refused by its format, naming both", async () => {
    const refused = await failureOf(async () => parseState(path, { format: "tomoe.run/2", anything: 1 }));
    expect(refused.message).toContain("its format is tomoe.run/2, this version reads tomoe.run/1");
    expect(refused.details).toEqual({ path, expected: "tomoe.run/1", found: "tomoe.run/2" });
  });

  it.each([[null], ["text"], [[]], [7]])("is not %j", async (value) => {
    expect((await failureOf(async () => parseState(path, value))).code).toBe("RECORD_INVALID");
  });
});
