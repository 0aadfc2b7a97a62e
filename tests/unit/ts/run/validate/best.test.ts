import { bestPlace, checkpointAt } from "../../../../../ts/run/validate/best.ts";
import type { CheckpointRef } from "../../../../../ts/track/read/index.ts";
import { freshRun, resolvedWith } from "../fixtures.ts";

const ref = (ordinal: number, stage: string, step: number): CheckpointRef => ({
  name: `${ordinal}-${stage}-${step}`,
  dir: "",
  ordinal,
  stage,
  step,
});

describe("checkpointAt", () => {
  it("is the newest of a stage after so many steps", () => {
    const refs = [ref(1, "shared", 2), ref(2, "shared", 4), ref(3, "shared", 2), ref(4, "specific", 2)];
    expect(checkpointAt(refs, { stage: "shared", step: 2 })).toBe(refs[2]);
    expect(checkpointAt(refs, { stage: "specific", step: 2 })).toBe(refs[3]);
    expect(checkpointAt(refs, { stage: "shared", step: 3 })).toBeUndefined();
  });
});

describe("bestPlace", () => {
  it("is what the newest validation of the record calls the best; nothing without one, or without a number", async () => {
    const owned = await freshRun(resolvedWith());
    expect(await bestPlace(owned.paths.events)).toBeUndefined();
    const events = await owned.events();
    const best = (stage: string, step: number) => ({
      kind: "validation",
      data: { best: { stage, step, value: 1 } },
    });
    await events.append([best("shared", 4), best("specific", 2), { kind: "plan", data: { best: null } }]);
    expect(await bestPlace(owned.paths.events)).toEqual({ stage: "specific", step: 2 });
    await events.append([{ kind: "validation", data: { best: null } }]);
    expect(await bestPlace(owned.paths.events)).toBeUndefined();
  });
});
