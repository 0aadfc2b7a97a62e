import fc from "fast-check";
import type { JsonValue } from "../../../../../ts/errors.ts";
import {
  type ConductorState,
  conductorPart,
  planOf,
  readConductorState,
} from "../../../../../ts/run/train/conductor-state.ts";
import { firstPlan } from "../../../../../ts/run/train/first-plan.ts";
import type { RoutingPlan } from "../../../../../ts/schema/router.ts";
import type { VerifiedCheckpoint } from "../../../../../ts/track/read/index.ts";
import { caught } from "../../../../support/caught.ts";
import { plainPolicy, resolvedWith, stageOf } from "../fixtures.ts";

const resolved = resolvedWith();

function planFor(stage: string, lifted = true): RoutingPlan {
  return firstPlan({
    resolved,
    policy: plainPolicy(),
    stage: stageOf(resolved, stage).stage,
    lifted,
    previous: null,
  });
}

/** A verified checkpoint whose conductor's part is this; nothing else of it is read. */
function checkpointOf(conductor: JsonValue, step = 4): VerifiedCheckpoint {
  return {
    ref: { name: "000004-shared" },
    manifest: { step, parts: { conductor } },
  } as unknown as VerifiedCheckpoint;
}

const first = planFor("shared");
const state: ConductorState = { stageIndex: 1, lifted: true, plans: [first] };

/** Why this is not read as a conductor's part; fails when it is. */
async function problemOf(conductor: JsonValue): Promise<string> {
  const failure = await caught(() => readConductorState({ checkpoint: checkpointOf(conductor), resolved }));
  expect(failure.code).toBe("CHECKPOINT_INVALID");
  expect(failure.hint).toBe("It was changed, or written by another version of Tomoe; start a new run.");
  expect(failure.details.checkpoint).toBe("000004-shared");
  const said = "checkpoint 000004-shared does not say where the conductor stood: ";
  expect(failure.what.slice(0, said.length)).toBe(said);
  return failure.what.slice(said.length);
}

describe("the conductor's part of a checkpoint", () => {
  it("is read as it was written, after a way through JSON", () => {
    const bias = fc.double({ min: -1, max: 1, noNaN: true });
    const stages = fc.constantFrom(
      ["flat", false] as const,
      ["shared", true] as const,
      ["specific", true] as const,
    );
    fc.assert(
      fc.property(
        stages,
        fc.array(fc.tuple(fc.nat(), bias), { minLength: 1, maxLength: 4 }),
        ([name, lifted], changes) => {
          const plan = planFor(name, lifted);
          const plans = changes.map(([effectiveFromStep, value]) => ({
            ...plan,
            effectiveFromStep,
            layers: plan.layers.map(({ site, biasGE }) => ({
              site,
              biasGE: biasGE.map((biasE) => biasE.map(() => value)),
            })),
          }));
          const written = { stageIndex: stageOf(resolved, name).index, lifted, plans };
          const part = JSON.parse(JSON.stringify(conductorPart({ state: written, resolved }))) as JsonValue;
          const read = readConductorState({ checkpoint: checkpointOf(part), resolved });
          // JSON has one zero: a bias of -0 is 0.
          expect(JSON.stringify(read)).toBe(JSON.stringify(written));
        },
      ),
      { numRuns: 50, seed: 20261128 },
    );
  });

  it.each([
    ["nothing", null],
    ["a list", []],
    ["no stage", { lifted: true, plans: [first] }],
    ["a stage that is no number", { stageIndex: "1", lifted: true, plans: [first] }],
    ["half a stage", { stageIndex: 0.5, lifted: true, plans: [first] }],
    ["no word on the lift", { stageIndex: 1, plans: [first] }],
    ["no plans", { stageIndex: 1, lifted: true }],
    ["an empty list of plans", { stageIndex: 1, lifted: true, plans: [] }],
    ["a key of another version", { stageIndex: 1, lifted: true, plans: [first], epoch: 3 }],
  ])("is refused when it holds %s", async (_what, conductor) => {
    expect((await problemOf(conductor as unknown as JsonValue)).length).toBeGreaterThan(5);
  });

  it("is refused for any field of a plan that is missing or of another kind, by its path", async () => {
    for (const key of Object.keys(first)) {
      const { [key as "topK"]: _gone, ...rest } = first;
      expect(await problemOf({ ...state, plans: [first, rest] } as unknown as JsonValue)).toMatch(
        new RegExp(`^plans\\.1\\.${key}: `),
      );
      expect(
        await problemOf({ ...state, plans: [{ ...first, [key]: "words" }] } as unknown as JsonValue),
      ).toMatch(new RegExp(`^plans\\.0\\.${key}: `));
    }
  });

  it("is refused for a stage that the experiment does not have", async () => {
    expect(await problemOf({ ...state, stageIndex: 3 } as unknown as JsonValue)).toBe(
      "stage 3 is not one of the experiment's 3 stages",
    );
  });

  it("is refused for a plan of another stage's shape", async () => {
    expect(await problemOf({ ...state, stageIndex: 2 } as unknown as JsonValue)).toBe(
      'a plan has groups shared; sites vision.blocks.1.mlp; 2 experts, stage "specific" has groups report, closed-vqa, open-vqa; sites vision.blocks.1.mlp; 2 experts',
    );
    expect(await problemOf({ ...state, lifted: false } as unknown as JsonValue)).toBe(
      'a plan has groups shared; sites vision.blocks.1.mlp; 2 experts, stage "shared" has groups shared',
    );
  });

  it("is not written for a stage or a plan that could not be read back", async () => {
    const shape = await caught(() =>
      conductorPart({ state: { ...state, plans: [planFor("specific")] }, resolved }),
    );
    expect(shape.code).toBe("ROUTER_SHAPE");
    expect(shape.hint).toBe(
      "A policy's plans keep the groups, sites and experts of the context its first plan was asked with.",
    );
    for (const plans of [[], [{ ...first, topK: Number.NaN }], [{ ...first, effectiveFromStep: -1 }]]) {
      const failure = await caught(() => conductorPart({ state: { ...state, plans }, resolved }));
      expect(failure.code).toBe("INTERNAL");
      expect(failure.what).toContain("the conductor's state cannot be kept: ");
    }
  });
});

describe("planOf", () => {
  const later = { ...first, effectiveFromStep: 4 },
    latest = { ...first, effectiveFromStep: 5 };
  const kept = { ...state, plans: [first, later, latest] } as unknown as JsonValue;

  it("takes the plan that governs the checkpoint's next step", () => {
    for (const [step, effective] of [
      [0, 0],
      [3, 0],
      [4, 4],
      [5, 5],
      [100, 5],
    ] as const)
      expect(planOf({ checkpoint: checkpointOf(kept, step), resolved }).effectiveFromStep).toBe(effective);
  });

  it("refuses a checkpoint whose plans all come later, and one that holds none", async () => {
    const plans = [later, latest];
    const early = checkpointOf({ ...state, plans } as unknown as JsonValue, 3);
    expect((await caught(() => planOf({ checkpoint: early, resolved }))).code).toBe("ROUTER_PLAN_STALE");
    expect((await caught(() => planOf({ checkpoint: checkpointOf({}), resolved }))).code).toBe(
      "CHECKPOINT_INVALID",
    );
  });
});
