import {
  checkpointBefore,
  differencesOf,
  recordedStep,
  stepNamed,
  valuesByStep,
} from "../../../../../ts/run/replay/target.ts";
import type { MetricRecord } from "../../../../../ts/track/read/index.ts";
import { caught } from "../../../../support/caught.ts";
import { newJob, resolvedWith } from "../fixtures.ts";

const resolved = resolvedWith();

describe("the name of a step", () => {
  it.each([
    ["latest@shared:12", { run: "latest", stage: "shared", step: 12 }],
    ["20261130-a-b-k3f9@warm-up:0", { run: "20261130-a-b-k3f9", stage: "warm-up", step: 0 }],
    ["odd@name@specific:3", { run: "odd@name", stage: "specific", step: 3 }],
  ])("%s", (text, name) => {
    expect(stepNamed(text)).toEqual(name);
  });

  it.each([
    "latest",
    "latest@shared",
    "latest@shared:",
    "latest@shared:-1",
    "@shared:1",
    "latest:3",
    "a@b:1.5",
  ])("is none: %s", async (text) => {
    const error = await caught(() => stepNamed(text));
    expect([error.code, error.exitCode, error.what]).toEqual([
      "USAGE_INVALID",
      64,
      `"${text}" names no step of a run`,
    ]);
  });
});

async function recordOf(...records: readonly Partial<MetricRecord>[]): Promise<string> {
  const { job } = await newJob();
  const whole = { stage: "shared", step: 0, name: "loss", value: 1, wallSeconds: 0 };
  await (await job.owned.metrics()).append(records.map((one) => ({ ...whole, ...one })));
  return job.owned.paths.metrics;
}

describe("a recorded step", () => {
  const name = { run: "a-run", stage: "shared", step: 1 };

  it("is its numbers, without its time and what is measured between steps, and those before it", async () => {
    const folder = await recordOf(
      {},
      { step: 1, value: 2 },
      { step: 1, name: "gradientNorm", value: 3 },
      { step: 1, name: "seconds", value: 0.5 },
      { step: 1, name: "validation.loss", value: 9 },
      { stage: "specific", value: 7 },
    );
    const { index, values, before } = await recordedStep(folder, resolved, name);
    expect([index, [...values]]).toEqual([
      1,
      [
        ["loss", 2],
        ["gradientNorm", 3],
      ],
    ]);
    expect([...before.keys()]).toEqual([0, 1]);
  });

  it("may be the one behind the last, which failed", async () => {
    const { values } = await recordedStep(await recordOf({}), resolved, name);
    expect([...values]).toEqual([]);
  });

  it.each([
    [{ ...name, stage: "shred" }, 'run a-run has no stage "shred", did you mean "shared"?'],
    [{ ...name, step: 2 }, 'run a-run has not done step 2 of stage "shared"'],
    [{ ...name, step: 6 }, 'run a-run has not done step 6 of stage "shared"'],
    [{ ...name, stage: "specific" }, 'run a-run has not done step 1 of stage "specific"'],
  ])("is none: %j", async (wanted, what) => {
    const folder = await recordOf({});
    const error = await caught(() => recordedStep(folder, resolved, wanted));
    expect([error.code, error.what]).toEqual(["USAGE_INVALID", what]);
  });

  it("has the newest value where an attempt recorded another one", () => {
    const at = { attempt: 1, stage: "shared", step: 4, name: "loss", wallSeconds: 0 };
    const steps = valuesByStep([
      { ...at, seq: 0, value: 1 },
      { ...at, seq: 1, value: 2, attempt: 2 },
    ]);
    expect(steps.get(4)?.get("loss")).toBe(2);
  });
});

describe("the checkpoint before a step", () => {
  const refs = [
    ["flat", 3],
    ["shared", 2],
    ["shared", 4],
    ["specific", 2],
  ].map(([stage, step], ordinal) => ({
    name: `${ordinal}-${stage}-${step}`,
    dir: "/nowhere",
    ordinal,
    stage: String(stage),
    step: Number(step),
  }));
  const before = (index: number, step: number): string | undefined =>
    checkpointBefore(refs, resolved, { index, step })?.name;

  it.each([
    [0, 0, undefined],
    [0, 2, undefined],
    [1, 0, "0-flat-3"],
    [1, 1, "0-flat-3"],
    // One after two steps is where the third, step 2, begins.
    [1, 2, "1-shared-2"],
    [1, 3, "1-shared-2"],
    [1, 5, "2-shared-4"],
    [2, 1, "2-shared-4"],
  ])("of stage %d, step %d is %s", (index, step, name) => {
    expect(before(index, step)).toBe(name);
  });

  it("is none of another recipe's stages", () => {
    const odd = [{ ...refs[0], name: "x", dir: "/", ordinal: 9, stage: "other", step: 1 }];
    expect(checkpointBefore(odd, resolved, { index: 2, step: 0 })).toBeUndefined();
  });
});

describe("differences", () => {
  const of = (...pairs: readonly (readonly [string, number])[]) => new Map(pairs);

  it("are told to the last bit, and of what one side alone has", () => {
    expect(
      differencesOf(
        of(["loss", 0.1], ["norm", 1], ["gone", 3]),
        of(["loss", 0.1 + 2e-18], ["norm", 1.5], ["new", 4]),
      ),
    ).toEqual([
      { name: "norm", recorded: 1, replayed: 1.5 },
      { name: "gone", recorded: 3, replayed: null },
      { name: "new", recorded: null, replayed: 4 },
    ]);
    expect(differencesOf(of(["loss", 0.1]), of(["loss", 0.30000000000000004 - 0.2]))).toHaveLength(1);
    expect(differencesOf(of(["loss", Number.NaN]), of(["loss", Number.NaN]))).toEqual([]);
  });
});
