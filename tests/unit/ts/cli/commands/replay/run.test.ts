import { replayDocument } from "../../../../../../ts/cli/commands/replay/document.ts";
import { replaySpec } from "../../../../../../ts/cli/commands/replay/spec.ts";
import { textOf } from "../../../../../../ts/cli/commands/replay/text.ts";
import type { StepReplay } from "../../../../../../ts/run/index.ts";
import { call } from "../../../../../support/call.ts";
import { caught } from "../../../../../support/caught.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";
import { writeToyScript } from "../../../../../support/toy-script.ts";
import { onlyDocument, runProgram } from "../../program.ts";

const scratch = temporaryFolder();
const script = writeToyScript(scratch, "replays.ts", "await run(experiment, { set, workers: workers() });");

describe("tomoe replay", () => {
  it("wants a step by its name, and a folder of runs that is there", async () => {
    const error = await caught(() => call("replay", "latest"));
    expect([error.code, error.exitCode, error.hint]).toEqual([
      "USAGE_INVALID",
      64,
      "Write RUN@STAGE:STEP, steps from 0: for example latest@shared:120.",
    ]);
    const nowhere = await caught(() => call("replay", "latest@shared:0", "--runs", "/nowhere/at/all"));
    expect(nowhere.code).toBe("PATH_NOT_FOUND");
    const empty = await caught(() => call("replay", "latest@shared:0", "--runs", scratch));
    expect([empty.code, empty.exitCode]).toEqual(["RUN_NOT_FOUND", 64]);
  });

  it("says what its document holds", async () => {
    const schema = await replaySpec.schema();
    expect(JSON.stringify(schema)).toContain("firstDifference");
    const document = {
      ok: true,
      runId: "r",
      equal: false,
      isStrict: false,
      batch: { stage: "shared", step: 3, volumes: ["v"], items: [] },
      from: { checkpoint: null, steps: 4 },
      differences: [{ name: "loss", recorded: 1, replayed: null }],
      firstDifference: 3,
      failure: null,
    };
    expect(replayDocument.parse(document)).toEqual(document);
    expect(replayDocument.safeParse({ ...document, differences: [{ name: "loss" }] }).success).toBe(false);
  });

  it("tells programs of a step that the run has not done, before anything is computed", async () => {
    await runProgram(["run", script], { cwd: scratch });
    const { code, stdout } = await runProgram(["replay", "latest@shared:99999", "--json"], { cwd: scratch });
    const { ok, error } = onlyDocument(stdout);
    expect([code, ok]).toEqual([64, false]);
    expect(error).toMatchObject({
      code: "USAGE_INVALID",
      hint: "It has done 3 of its 3 steps, counted from 0.",
    });
  });

  const told: StepReplay = {
    ok: true,
    runId: "a-run",
    equal: true,
    isStrict: true,
    batch: { stage: "shared", step: 3, volumes: ["a".repeat(64), "b".repeat(64)], items: ["q1", "q2"] },
    from: { checkpoint: null, steps: 4 },
    differences: [],
    firstDifference: null,
    failure: null,
  };

  it("tells people the batch and that nothing differs", () => {
    expect(textOf(told).split("\n")).toEqual([
      "run a-run, stage shared, step 3: 4 steps done from the beginning",
      "2 volumes: aaaaaaaaaaaa, bbbbbbbbbbbb",
      "2 items: q1, q2",
      "every number is the recorded one",
    ]);
    const from = { checkpoint: "000002-shared-00000002", steps: 2 };
    expect(textOf({ ...told, from, batch: { ...told.batch, items: [] } }).split("\n")).toEqual([
      "run a-run, stage shared, step 3: 2 steps done from checkpoint 000002-shared-00000002",
      "2 volumes: aaaaaaaaaaaa, bbbbbbbbbbbb",
      "every number is the recorded one",
    ]);
  });

  it("tells people the first of many items", () => {
    const items = Array.from({ length: 12 }, (_, at) => `q${at}`);
    expect(textOf({ ...told, batch: { ...told.batch, items } })).toContain(
      "12 items: q0, q1, q2, q3, q4, q5, q6, q7, and 4 more\n",
    );
  });

  it("tells people what differs, since when, and why that may be", () => {
    const differences = [
      { name: "loss", recorded: 1.5, replayed: 1.25 },
      { name: "gradientNorm", recorded: 2, replayed: null },
    ];
    const text = textOf({ ...told, equal: false, isStrict: false, differences, firstDifference: 2 });
    expect(text).toMatch(/NUMBER +RECORDED +REPLAYED\nloss +1\.5 +1\.25\ngradientNorm +2 +-\n/);
    expect(text.split("\n").at(-1)).toBe(
      "2 numbers differ, first at step 2; not computed strictly, or not by what the run was made with",
    );
  });

  it("tells people what the step failed with, and nothing that a terminal would obey", () => {
    const failure = { code: "TRAIN_DIVERGED", message: "the loss is nan\u001b[2J", details: {} };
    expect(textOf({ ...told, failure })).toContain("it failed: the loss is nan");
    expect(textOf({ ...told, failure })).not.toContain("\u001b");
  });
});
