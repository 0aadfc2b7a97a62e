import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { chooseCheckpoint } from "../../../../../ts/run/predict/choose-checkpoint.ts";
import { trainAttempt } from "../../../../../ts/run/train/attempt.ts";
import { listCheckpoints, openRun, type RunFolder } from "../../../../../ts/track/read/index.ts";
import { caught } from "../../../../support/caught.ts";
import { freshRun, resolvedWith } from "../fixtures.ts";
import { lossesScript, validatedJob } from "../validate/fixtures.ts";
import { finishedRun, spoilableRun } from "./finished-run.ts";

const { signal } = new AbortController();

async function namesOf(folder: RunFolder): Promise<readonly string[]> {
  return (await listCheckpoints(folder.paths.checkpoints)).map(({ name }) => name);
}

/** Flips one bit of a checkpoint's weights. */
function damage(folder: RunFolder, name: string): void {
  const path = join(folder.paths.checkpoints, name, "weights.safetensors");
  const bytes = readFileSync(path);
  bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0);
  writeFileSync(path, bytes);
}

describe("chooseCheckpoint", () => {
  it("takes the final one of a finished run, every byte of it compared", async () => {
    const { folder } = await finishedRun();
    const { ref, manifest } = await chooseCheckpoint({ folder, name: undefined, signal });
    expect(ref.name).toBe((await namesOf(folder)).at(-1));
    expect([manifest.final, manifest.stage, manifest.step]).toEqual([true, "specific", 2]);
  });

  it("takes an older one only by its name", async () => {
    const { folder } = await finishedRun();
    const [oldest = ""] = await namesOf(folder);
    const { ref, manifest } = await chooseCheckpoint({ folder, name: oldest, signal });
    expect([ref.name, manifest.final]).toEqual([oldest, false]);
  });

  it("refuses a damaged final one and does not fall back; the hint names the way to an older one", async () => {
    const { folder } = await spoilableRun();
    const names = await namesOf(folder);
    damage(folder, names.at(-1) ?? "");
    const failure = await caught(() => chooseCheckpoint({ folder, name: undefined, signal }));
    expect([failure.code, failure.exitCode]).toEqual(["CHECKPOINT_INVALID", 65]);
    expect(failure.what).toContain(`${names.at(-1) ?? ""}/weights.safetensors: its SHA-256 is`);
    expect(failure.hint).toBe(`Train again; an older model answers with --checkpoint ${names.at(-2) ?? ""}.`);
    expect(failure.details).toMatchObject({ runId: folder.runId, checkpoints: names });
  });

  it("refuses a finished run whose final one is missing, and says what can still answer", async () => {
    const { folder } = await spoilableRun();
    const names = await namesOf(folder);
    rmSync(join(folder.paths.checkpoints, names.at(-1) ?? "", "COMMIT"));
    const failure = await caught(() => chooseCheckpoint({ folder, name: undefined, signal }));
    expect([failure.code, failure.what]).toEqual([
      "CHECKPOINT_MISSING",
      `run ${folder.runId} is finished, and its final checkpoint is gone from ${folder.paths.checkpoints}`,
    ]);
    expect(failure.hint).toBe(`Train again; an older model answers with --checkpoint ${names.at(-2) ?? ""}.`);
    const older = await chooseCheckpoint({ folder, name: names.at(-2), signal });
    expect(older.ref.name).toBe(names.at(-2));
  });

  it("says to train again where a finished run has none left, and names none that is not there", async () => {
    const { folder } = await spoilableRun();
    for (const name of await namesOf(folder))
      rmSync(join(folder.paths.checkpoints, name), { recursive: true });
    const failure = await caught(() => chooseCheckpoint({ folder, name: undefined, signal }));
    expect([failure.code, failure.what, failure.hint]).toEqual([
      "CHECKPOINT_MISSING",
      `run ${folder.runId} has no checkpoint`,
      "Train again.",
    ]);
  });

  it("lists what there is for a name that is not", async () => {
    const { folder } = await finishedRun();
    const names = await namesOf(folder);
    const failure = await caught(() => chooseCheckpoint({ folder, name: "000099-nothing", signal }));
    expect([failure.code, failure.exitCode]).toEqual(["USAGE_INVALID", 64]);
    expect(failure.what).toBe(`run ${folder.runId} has no checkpoint "000099-nothing"`);
    expect(failure.hint).toBe(`It has ${names.join(", ")}.`);
  });

  it("has the command that resumes for a run that is not finished", async () => {
    const owned = await freshRun(resolvedWith());
    await owned.beginAttempt();
    const folder = await openRun(join(owned.dir, ".."), owned.runId);
    for (const name of [undefined, "000001-flat"]) {
      const failure = await caught(() => chooseCheckpoint({ folder, name, signal }));
      expect(failure.hint).toBe(`Resume with "${owned.state.resume}".`);
    }
  });

  it("is stopped by the signal", async () => {
    const { folder } = await finishedRun();
    const aborted = AbortSignal.abort();
    expect((await caught(() => chooseCheckpoint({ folder, name: undefined, signal: aborted }))).code).toBe(
      "CANCELLED",
    );
  });
});

describe('"best" and "last"', () => {
  it("are the checkpoint of the best validation of the last stage that was validated, and the newest", async () => {
    const { folder, names } = await validatedRun();
    const best = await chooseCheckpoint({ folder, name: "best", signal });
    expect([best.manifest.stage, best.manifest.step]).toEqual(["specific", 1]);
    const last = await chooseCheckpoint({ folder, name: "last", signal });
    expect(last.ref.name).toBe(names.at(-1));
  });

  it("says that a run without a validation has no best one, and one whose best is gone", async () => {
    const { folder } = await finishedRun();
    const none = await caught(() => chooseCheckpoint({ folder, name: "best", signal }));
    expect([none.code, none.what]).toEqual(["USAGE_INVALID", `run ${folder.runId} has no checkpoint "best"`]);
    expect(none.hint).toContain("No validation of it is on record, or that checkpoint is gone. It has ");
    const validated = await validatedRun();
    const place = (await namesOf(validated.folder)).find((name) => name.includes("specific-00000001"));
    rmSync(join(validated.folder.paths.checkpoints, place ?? ""), { recursive: true });
    const gone = await caught(() => chooseCheckpoint({ folder: validated.folder, name: "best", signal }));
    expect(gone.code).toBe("USAGE_INVALID");
  });

  /** A run whose second stage was best after its first step. */
  async function validatedRun() {
    const test = await validatedJob("{every:1,tasks:[]}", { script: lossesScript(9, 8, 7, 6, 5, 4, 1, 2) });
    await trainAttempt(await test.attempt());
    const { runId, dir } = test.job.owned;
    const folder = await openRun(dirname(dir), runId);
    return { folder, names: await namesOf(folder) };
  }
});
