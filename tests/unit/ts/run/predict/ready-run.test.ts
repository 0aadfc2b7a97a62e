import { readFileSync, writeFileSync } from "node:fs";
import type { JsonValue } from "../../../../../ts/errors.ts";
import { type RunChoice, readyRun } from "../../../../../ts/run/predict/ready-run.ts";
import { contractDigest } from "../../../../../ts/run/prepare/contract.ts";
import { digestJson } from "../../../../../ts/schema/digest.ts";
import { caught } from "../../../../support/caught.ts";
import { plainPolicy, resolvedWith } from "../fixtures.ts";
import { type FinishedRun, finishedRun, spoilableRun } from "./finished-run.ts";

const choiceOf = ({ runsDir, folder }: FinishedRun, change: Partial<RunChoice> = {}): RunChoice => ({
  run: folder.runId,
  runsDir,
  policy: plainPolicy(),
  signal: new AbortController().signal,
  ...change,
});

describe("readyRun", () => {
  it("has the experiment as it ran, its final checkpoint and the plan in force after its last step", async () => {
    const run = await finishedRun();
    const ready = await readyRun(choiceOf(run));
    expect(ready.folder.runId).toBe(run.folder.runId);
    expect(ready.resolved.digest).toBe(resolvedWith().digest);
    expect(ready.checkpoint.manifest.final).toBe(true);
    expect(ready.plan.groups).toEqual(["report", "closed-vqa", "open-vqa"]);
    expect(ready.plan.effectiveFromStep).toBe(2);
    expect(ready.policy.id).toBe("plain/1");
  });

  it("finds a run by the beginning of its id and as the latest", async () => {
    const run = await finishedRun();
    for (const name of ["latest", run.folder.runId.slice(0, 12)])
      expect((await readyRun(choiceOf(run, { run: name }))).folder.runId).toBe(run.folder.runId);
    expect((await caught(() => readyRun(choiceOf(run, { run: "nothing" })))).code).toBe("RUN_NOT_FOUND");
  });

  it("answers by an older checkpoint under the plan of that one", async () => {
    const run = await finishedRun();
    const checkpoint = "000004-shared-00000006";
    const ready = await readyRun(choiceOf(run, { checkpoint }));
    expect(ready.checkpoint.ref.name).toBe(checkpoint);
    expect([ready.plan.groups, ready.plan.effectiveFromStep]).toEqual([["shared"], 6]);
  });

  it("refuses a model that was trained on other input than this version prepares", async () => {
    const run = await spoilableRun();
    // The same run as another version would have left it: its experiment asks for another window.
    const path = run.folder.paths.resolved;
    const written = JSON.parse(readFileSync(path, "utf8")) as { config: { data: { windowHu: object } } };
    written.config.data.windowHu = { low: -500, high: 500 };
    const config = written.config as unknown as JsonValue;
    writeFileSync(path, JSON.stringify({ ...written, digest: digestJson(config, "the experiment") }));
    const failure = await caught(() => readyRun(choiceOf(run)));
    expect([failure.code, failure.exitCode]).toEqual(["CHECKPOINT_INCOMPATIBLE", 65]);
    expect(failure.what).toMatch(/^checkpoint 000005-specific-00000002 was trained on another preprocessing/);
    expect(failure.hint).toBe("Use the version of Tomoe that trained it, or train again.");
    expect(failure.details.trained).toBe(contractDigest(resolvedWith()));
    expect(failure.details.here).not.toBe(failure.details.trained);
  });

  it("refuses a run of a policy of the user's own where that is not given", async () => {
    const run = await finishedRun();
    const { policy: _policy, ...bare } = choiceOf(run);
    expect((await caught(() => readyRun(bare))).code).toBe("CHECKPOINT_INCOMPATIBLE");
  });
});
