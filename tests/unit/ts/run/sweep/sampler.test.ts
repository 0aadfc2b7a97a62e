// A sweep by a model, whose sampler is an interpreter of the user's own: real processes that answer, refuse and end.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { descendantsOf } from "../../../../../ts/process/proc/index.ts";
import { resumeSweep, runSweep, sweepStatus } from "../../../../../ts/run/sweep/sweep.ts";
import { openSweep } from "../../../../../ts/track/read/index.ts";
import { caught } from "../../../../support/caught.ts";
import { helloAnswer, ownSampler } from "../../../../support/spoken-sampler.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";
import { removeScratch, started, trialsOf } from "./fixtures.ts";

afterAll(removeScratch);
const folder = temporaryFolder();
let made = 0;

/** Makes sweeps ask a process that answers so. */
function samplerIs(answer: string): void {
  made += 1;
  process.env.TOMOE_SAMPLER_PYTHON = ownSampler(join(folder, String(made)), answer);
}
afterEach(() => {
  delete process.env.TOMOE_SAMPLER_PYTHON;
});

const rate = '{"stages.shared.learningRate": round(1e-3 + len(message["tried"]) * 1e-4, 6)}';
const answering = `${helloAnswer} if message["kind"] == "hello" else {"ok": True, "by": "optuna 5.0.0", "values": ${rate}}`;
const plan = { sampler: { kind: "tpe", startup: 2 }, budget: { trials: 3 } } as const;
const children = (): number => descendantsOf(process.pid).length;

describe("a sweep whose trials a process proposes", () => {
  it("has each proposal in its ledger with who made it, and leaves no process behind", async () => {
    samplerIs(answering);
    const before = children();
    const { options } = started({ plan });
    const { trials } = await runSweep(options);
    expect(trials.map(({ assignment }) => assignment["stages.shared.learningRate"])).toEqual([
      0.001, 0.0011, 0.0012,
    ]);
    const { records } = await openSweep(options.sweepsDir, "latest");
    const by = records.flatMap((record) => (record.kind === "trial" ? [record.by] : []));
    expect(by).toEqual(["optuna 5.0.0", "optuna 5.0.0", "optuna 5.0.0"]);
    expect(children()).toBe(before);
  });

  it("begins nothing where there is none, and says what would do without", async () => {
    process.env.TOMOE_SAMPLER_PYTHON = "/nowhere/python";
    const { options } = started({ plan });
    const error = await caught(() => runSweep(options));
    expect(error.code).toBe("ENVIRONMENT");
    expect(error.hint).toContain('sampler: "random"');
    expect(existsSync(options.sweepsDir)).toBe(false);
  });

  it("begins nothing where the process lacks what it needs", async () => {
    samplerIs('{"ok": False, "error": "this is Optuna 4.9.0, and 5 is needed"}');
    const { options } = started({ plan });
    const error = await caught(() => runSweep(options));
    expect(error.message).toContain("this is Optuna 4.9.0, and 5 is needed");
    expect(existsSync(options.sweepsDir)).toBe(false);
  });

  it("is gone on with where the process was lost for good in its middle: the trials are those of the undisturbed one", async () => {
    samplerIs(answering);
    const undisturbed = await runSweep(started({ plan }).options);
    samplerIs(`os._exit(9) if len(message.get("tried", [])) == 2 else ${answering}`);
    const { options } = started({ plan });
    const error = await caught(() => runSweep(options));
    expect(error.code).toBe("ENVIRONMENT");
    expect(error.message).toMatch(
      /ended early: the sampler of sweeps does not answer: it ended 3 times with 9/,
    );
    expect(error.hint).toContain("tomoe sweep resume");
    const status = await sweepStatus(options.sweepsDir, "latest");
    expect(status.trials.map(({ state }) => state)).toEqual(["done", "done"]);
    const ledger = join(status.dir, "ledger/000000.jsonl");
    const kept = readFileSync(ledger, "utf8");
    // Still none: nothing is written, and nobody is locked out.
    await caught(() => resumeSweep({ ...options, reference: "latest" }));
    expect(readFileSync(ledger, "utf8").startsWith(kept)).toBe(true);
    samplerIs(answering);
    const { dir } = await resumeSweep({ ...options, reference: "latest" });
    expect(trialsOf(dir)).toBe(trialsOf(undisturbed.dir));
  });
});
