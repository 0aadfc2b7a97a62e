import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { evalDocument } from "../../ts/cli/commands/eval/document.ts";
import { repository, startTomoe, tomoe } from "../support/cli.ts";
import { differences, goldenCurve, lossesOf, machineKind } from "../support/golden-curve.ts";
import { misbehavingOnce } from "../support/misbehaving/stand-in.ts";
import { numbersOf, workerPids } from "../support/run-numbers.ts";
import { listed } from "../support/source-tree.ts";
import { documentOf, type ToyRun, toyRecipe, toyRun } from "../support/toy-run.ts";
import { until } from "../support/until.ts";

const shared = join(repository, "../shared/data/ct");

let toy: ToyRun;

beforeAll(async () => {
  toy = await toyRun("e2e");
});

afterAll(() => {
  toy.remove();
});

describe("tomoe run", () => {
  it("leaves a run folder with everything the contract lists", () => {
    for (const name of [
      "resolved.json",
      "metrics",
      "predictions.jsonl",
      "scorecard.json",
      "scorecard.md",
      "plots/loss.svg",
      "plots/expert-load.svg",
      "receipts",
      "checkpoints",
    ]) {
      expect([name, existsSync(join(toy.document.dir, name))]).toEqual([name, true]);
    }
    expect(readdirSync(join(toy.document.dir, "receipts"))).toHaveLength(6);
    expect(existsSync(join(toy.document.dir, "work"))).toBe(false);
  });

  it("has the losses of the golden curve, to the last bit on the machine kind that made it", async () => {
    const { dir } = toy.document;
    const kind = machineKind(dir),
      golden = goldenCurve();
    if (JSON.stringify(kind) !== JSON.stringify(golden.madeOn))
      console.warn(
        `another kind of machine than the curve's: compared within ${golden.relativeTolerance} of a value`,
      );
    expect(listed(differences(golden, await lossesOf(dir), kind))).toBe("");
  });

  it("states every value with its interval, counts, chance and signature", () => {
    const metrics = toy.document.scorecard
      .filter((entry) => entry.task === "closed-vqa")
      .map((entry) => entry.metric);
    expect(metrics).toEqual(
      expect.arrayContaining([
        "accuracy.micro",
        "accuracy.macro",
        "type.phase",
        "type.organ",
        "type.abnormality",
        "type.location",
      ]),
    );
    for (const entry of toy.document.scorecard) {
      expect(Object.keys(entry)).toEqual(
        expect.arrayContaining([
          "task",
          "metric",
          "value",
          "ciLow",
          "ciHigh",
          "n",
          "clusters",
          "chance",
          "signature",
        ]),
      );
      expect(Number(entry.ciLow)).toBeLessThanOrEqual(Number(entry.value));
      expect(Number(entry.ciHigh)).toBeGreaterThanOrEqual(Number(entry.value));
    }
  });

  it("gives the same numbers again from the same seed, without any network", async () => {
    const isolated = ["unshare", "--user", "--map-root-user", "--net"];
    const canIsolate = spawnSync("unshare", [...isolated.slice(1), "true"]).status === 0;
    if (!canIsolate)
      console.warn("not shown: the run without a network, since no network namespace can be made here");
    const again = await tomoe(["run", toyRecipe, "--json", "--runs", "again"], {
      ...toy.options,
      under: canIsolate ? isolated : [],
    });
    expect(again.code).toBe(0);
    expect(await numbersOf(documentOf(again.stdout).dir)).toEqual(toy.numbers);
  });

  it("restarts a killed worker, is stopped and killed, and comes to the same numbers, also killed within a step and between two stages", async () => {
    const place = ["--json", "--runs", "disturbed"];
    const within = (name: string, wish: string) => {
      const env = { ...toy.options.env, TOMOE_PYTHON: misbehavingOnce(toy.folder, name, wish) };
      return { ...toy.options, env };
    };
    const call = startTomoe(["run", toyRecipe, ...place], within("python-part", "part@shared:12"));
    await call.line(
      /\(SIGKILL\) during step 12 of stage shared; restart 1\/3 from checkpoint \d+-shared-00000010/,
    );
    await call.line(/shared/);
    call.child.kill("SIGINT");
    const stopped = await call.done;
    expect(stopped.stderr).toMatch(/SIGKILL/);
    expect(stopped.code).toBe(130);
    const { error } = JSON.parse(stopped.stdout) as {
      readonly error: {
        readonly code: string;
        readonly hint: string;
        readonly details: { readonly runId: string };
      };
    };
    const { runId } = error.details;
    expect(error.code).toBe("CANCELLED");
    expect(error.hint).toContain(`tomoe run --resume ${runId}`);

    const between = within("python-switch", "kill@specific:0");
    const second = startTomoe(["run", "--resume", runId, ...place], between);
    await second.line(
      /\(SIGKILL\) during step 0 of stage specific; restart 1\/3 from checkpoint \d+-shared-00000040/,
    );
    await second.line(/^specific +\d+%/);
    second.child.kill("SIGKILL");
    await second.done;
    // No worker outlives its orchestrator.
    await until(() => workerPids(toy.folder).length === 0);
    const resumed = await tomoe(["run", "--resume", runId, ...place], toy.options);
    expect(resumed.stderr).toMatch(/resuming from checkpoint/);
    expect(resumed.code).toBe(0);
    expect(await numbersOf(documentOf(resumed.stdout).dir)).toEqual(toy.numbers);
  });

  it("refuses a misspelt key before anything is written, with exit 64 and the nearest name", async () => {
    const result = await tomoe(
      ["run", toyRecipe, "--set", "router.topk=2", "--json", "--runs", "none"],
      toy.options,
    );
    expect(result.code).toBe(64);
    expect(
      (JSON.parse(result.stdout) as { readonly error: { readonly code: string; readonly message: string } })
        .error,
    ).toMatchObject({
      code: "CONFIG_UNKNOWN_KEY",
      message: expect.stringContaining('did you mean "topK"?') as unknown,
    });
    expect(existsSync(join(toy.folder, "none"))).toBe(false);
  });
});

describe("tomoe predict", () => {
  const maybe = existsSync(shared) ? it : it.skip;
  if (!existsSync(shared)) console.warn("skipped: no real CT files beside this checkout");

  interface Prediction {
    readonly report: string | null;
    readonly answers: readonly {
      readonly answer: string;
      readonly choice: string | null;
      readonly choiceLogProbs: readonly number[] | null;
      readonly route: { readonly task: string; readonly confidence: number; readonly fallback: boolean };
    }[];
    readonly receipt: { readonly format: string };
  }

  maybe.each(["dicom/abdomen_j2k"])(
    "writes a report of %s and answers questions, each by its own route",
    async (scan) => {
      const result = await tomoe(
        [
          "predict",
          join(shared, scan),
          "--run",
          "latest",
          "--report",
          "--question",
          "Which contrast phase is this?",
          "--question",
          "Which plane is shown?",
          "--choices",
          "axial|coronal|sagittal|oblique",
          "--json",
        ],
        toy.options,
      );
      expect([result.code, result.stderr.slice(-500)]).toEqual([0, expect.anything()]);
      const { report, answers, receipt } = JSON.parse(result.stdout) as Prediction;
      expect((report ?? "").length).toBeGreaterThan(0);
      expect(answers.map((answer) => answer.route.task)).toEqual(["open-vqa", "closed-vqa"]);
      expect(answers[1]?.choice).toMatch(/^[ABCD]$/);
      expect(answers[1]?.choiceLogProbs?.every((value) => Number.isFinite(value))).toBe(true);
      expect(receipt.format).toBe("dicom");
    },
  );

  maybe.each(["refuse/mr_not_ct.nii.gz", "refuse/oblique_uint8_not_hu.nii.gz"])(
    "refuses %s by name with exit 65 and a hint",
    async (scan) => {
      const result = await tomoe(
        ["predict", join(shared, scan), "--run", "latest", "--report", "--json"],
        toy.options,
      );
      expect(result.code).toBe(65);
      const { error } = JSON.parse(result.stdout) as {
        readonly error: { readonly code: string; readonly hint: string };
      };
      expect(error.code).toBe("DATA_NOT_HU");
      expect(error.hint.length).toBeGreaterThan(10);
    },
  );

  it("refuses a damaged checkpoint, a missing final one and an unknown name, and takes an older one only by its name", async () => {
    const at = (...parts: string[]) =>
      join(toy.folder, "damaged", toy.document.runId, "checkpoints", ...parts);
    cpSync(toy.document.dir, join(toy.folder, "damaged", toy.document.runId), { recursive: true });
    const names = readdirSync(at())
      .filter((name) => /^\d/.test(name))
      .sort();
    const [older = "", newest = ""] = names.slice(-2);
    const failure = async (...more: string[]) => {
      const { code, stdout } = await tomoe(
        [
          "predict",
          "scan.nii",
          "--run",
          toy.document.runId,
          "--runs",
          "damaged",
          "--report",
          "--json",
          ...more,
        ],
        toy.options,
      );
      return {
        exit: code,
        ...(
          JSON.parse(stdout) as {
            readonly error: { readonly code: string; readonly message: string; readonly hint: string };
          }
        ).error,
      };
    };
    const weights = readFileSync(at(newest, "weights.safetensors"));
    weights.writeUInt8(weights.readUInt8(weights.length - 1) ^ 1, weights.length - 1);
    writeFileSync(at(newest, "weights.safetensors"), weights);
    const damaged = await failure();
    expect(damaged).toMatchObject({
      exit: 65,
      code: "CHECKPOINT_INVALID",
      hint: `Train again; an older model answers with --checkpoint ${older}.`,
    });
    expect(damaged.message).toContain(`${newest}/weights.safetensors: its SHA-256 is`);
    rmSync(at(newest, "COMMIT"));
    expect(await failure()).toMatchObject({
      exit: 65,
      code: "CHECKPOINT_MISSING",
      message: expect.stringContaining("is finished, and its final checkpoint is gone from") as unknown,
    });
    expect(await failure("--checkpoint", newest)).toMatchObject({
      exit: 64,
      code: "USAGE_INVALID",
      hint: `It has ${names.slice(0, -1).join(", ")}.`,
    });
    // The older one is taken: what fails next is the scan.
    expect(await failure("--checkpoint", older)).toMatchObject({ exit: 64, code: "PATH_NOT_FOUND" });
  });

  it("names the nearest run when the one asked for is not there", async () => {
    const result = await tomoe(
      ["predict", "x.nii", "--run", `${toy.document.runId.slice(0, -1)}_`, "--report", "--json"],
      toy.options,
    );
    expect(result.code).toBe(64);
    expect((JSON.parse(result.stdout) as { readonly error: { readonly hint: string } }).error.hint).toContain(
      toy.document.runId,
    );
  });
});

describe("tomoe eval", () => {
  it("killed in the middle and called again does what is missing, and answers as the run did", async () => {
    const call = startTomoe(["eval", "latest", "--json", "--evals", "evals"], toy.options);
    await call.line(/generate own-words 100%/);
    call.child.kill("SIGKILL");
    await call.done;
    await until(() => workerPids(toy.folder).length === 0);
    const rest = await tomoe(["eval", "latest", "--json", "--evals", "evals"], toy.options);
    expect(rest.code).toBe(0);
    expect(rest.stderr).not.toMatch(/generate own /);
    const document = evalDocument.parse(JSON.parse(rest.stdout));
    expect(document.scorecard.map(({ metric }) => metric)).toEqual(
      expect.arrayContaining(["accuracy.micro", "accuracy.micro.loglik-token", "accuracy.micro.generate"]),
    );
    const answered = toy.document.scorecard.find(({ metric }) => metric === "accuracy.macro");
    const again = document.scorecard.find(({ metric }) => metric === "accuracy.macro");
    expect([again?.value, again?.ciLow, again?.ciHigh]).toEqual([
      answered?.value,
      answered?.ciLow,
      answered?.ciHigh,
    ]);
  });
});
