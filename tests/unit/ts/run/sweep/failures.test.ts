import { endsSweep, isFinal } from "../../../../../ts/run/sweep/failures.ts";
import { planOf, rates } from "../../sweep/fixtures.ts";

const overModel = planOf();
const overData = planOf({ space: { "data.windowHu.low": rates } });

describe("endsSweep", () => {
  it.each(["DISK_FULL", "PERMISSION", "IO_FAILED", "OUTPUT_CREATE", "ENVIRONMENT", "LOCKED", "CANCELLED"])(
    "%s is the machine's: it ends the sweep, and no trial is to blame",
    (code) => {
      expect(endsSweep(code, overModel)).toBe(true);
    },
  );

  it.each(["TRAIN_DIVERGED", "WORKER_DIED", "OUT_OF_MEMORY", "CONFIG_INVALID", "INTERNAL"])(
    "%s is the trial's",
    (code) => {
      expect(endsSweep(code, overModel)).toBe(false);
    },
  );

  it("holds data that cannot be read against a trial only where the space is over options of the data", () => {
    expect(endsSweep("DATA_NOT_HU", overModel)).toBe(true);
    expect(endsSweep("DATA_NOT_HU", overData)).toBe(false);
    expect(endsSweep("DATA_EMPTY", planOf({ space: { dataset: rates } }))).toBe(true);
  });
});

describe("isFinal", () => {
  it("is a recipe or data that are refused: trying again changes nothing", () => {
    expect([isFinal({ code: "CONFIG_INVALID" }), isFinal({ code: "DATA_EMPTY" })]).toEqual([true, true]);
    expect([isFinal({ code: "WORKER_DIED" }), isFinal({ code: "TRAIN_DIVERGED" })]).toEqual([false, false]);
  });
});
