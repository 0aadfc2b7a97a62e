// Published bases from recipe to scorecard, tiny and in their real layouts: killed, resumed, asked, gone on from.
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { writePhantomDataset } from "../../ts/data/phantom/index.ts";
import { readEvents } from "../../ts/track/read/index.ts";
import { type CliOptions, repository, startTomoe, tomoe } from "../support/cli.ts";
import { publishedRecipe, publishedRun, writeBase } from "../support/published-run.ts";
import { numbersOf, workerPids } from "../support/run-numbers.ts";
import { documentOf, type RunDocument } from "../support/toy-run.ts";
import { until } from "../support/until.ts";

const continued = join(repository, "tests/fixtures/recipes/continued.ts");

let folder: string;
let options: CliOptions;
let first: RunDocument;

async function finished(...words: readonly string[]): Promise<RunDocument> {
  const { code, stdout, stderr } = await tomoe(["run", ...words, "--json"], options);
  if (code !== 0) throw new Error(`tomoe run ended with ${code}:\n${stderr}`);
  return documentOf(stdout);
}

interface Failure {
  readonly exit: number | null;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

async function failure(words: readonly string[], more: Partial<CliOptions> = {}): Promise<Failure> {
  const { code, stdout } = await tomoe([...words, "--json"], { ...options, ...more });
  const { error } = JSON.parse(stdout) as { readonly error?: Omit<Failure, "exit"> };
  if (error === undefined) throw new Error(`nothing was refused: ${stdout}`);
  return { exit: code, ...error };
}

beforeAll(async () => {
  ({ folder, options, document: first } = await publishedRun());
});

describe("a run on a published base", () => {
  it("keeps what its base is in the record, and of the base's weights nothing in its checkpoints", () => {
    const { config, origins } = JSON.parse(readFileSync(join(first.dir, "resolved.json"), "utf8")) as {
      readonly config: { readonly model: { readonly base: { readonly facts: Record<string, unknown> } } };
      readonly origins: Record<string, string>;
    };
    expect(config.model.base.facts).toMatchObject({ family: "internvl", use: { maxPositions: 4096 } });
    expect(origins["model.base.facts"]).toBe("base");
    const lift = JSON.parse(readFileSync(join(first.dir, "lift.json"), "utf8")) as {
      readonly reusedTensors: number;
      readonly ignoredTensors: number;
    };
    expect(lift).toMatchObject({ reusedTensors: expect.any(Number), ignoredTensors: 0 });
    const checkpoints = join(first.dir, "checkpoints");
    const [newest = ""] = readdirSync(checkpoints).sort().reverse();
    const size = statSync(join(checkpoints, newest, "weights.safetensors")).size;
    expect(size).toBeLessThan(statSync(join(folder, "base/model.safetensors")).size);
  });

  it("answers questions on a scan, and refuses to without the base, or with another one in its place", async () => {
    await writePhantomDataset(join(folder, "scans"), {
      seed: 9,
      volumes: { train: 1, validation: 0, test: 1 },
      sizeDHW: [16, 24, 24],
    });
    const [scan = ""] = readdirSync(join(folder, "scans"), { recursive: true, encoding: "utf8" }).filter(
      (name) => name.endsWith(".nii.gz") || name.endsWith(".nii"),
    );
    const asked = ["predict", join(folder, "scans", scan), "--run", first.runId, "--question"];
    const words = [...asked, "Which plane is shown?", "--choices", "axial|coronal|sagittal|oblique"];
    const { code, stdout, stderr } = await tomoe([...words, "--json"], options);
    expect([code, stderr.slice(-500)]).toEqual([0, expect.anything()]);
    const { answers } = JSON.parse(stdout) as { readonly answers: readonly { readonly choice: string }[] };
    expect(answers[0]?.choice).toMatch(/^[ABCD]$/);
    renameSync(join(folder, "base"), join(folder, "elsewhere"));
    expect(await failure(words)).toMatchObject({
      exit: 65,
      code: "CHECKPOINT_MISSING",
      message: expect.stringMatching(/the folder .*base of the run's base is not there/),
      hint: expect.stringContaining("Put the published files back"),
    });
    expect(await failure(["run", publishedRecipe])).toMatchObject({ exit: 64, code: "PATH_NOT_FOUND" });
    writeBase("phi3_v", join(folder, "base"));
    expect(await failure(words)).toMatchObject({
      exit: 65,
      code: "CHECKPOINT_INCOMPATIBLE",
      message: expect.stringContaining("the base in base has changed"),
    });
    rmSync(join(folder, "base"), { recursive: true });
    renameSync(join(folder, "elsewhere"), join(folder, "base"));
  });

  it("needs weights of the list to be fetched first, by the command that it names", async () => {
    const base = '{"kind":"weights","name":"dinov2-s14-smollm2-135m","pretrain":[],"redraw":[]}';
    const empty = { env: { ...options.env, XDG_CACHE_HOME: join(folder, "no-cache") } };
    expect(await failure(["run", publishedRecipe, "--set", `model.base=${base}`], empty)).toMatchObject({
      exit: 65,
      code: "CHECKPOINT_MISSING",
      hint: "Get them first: npx tomoe weights get dinov2-s14-smollm2-135m.",
    });
  });
});

describe("a run that starts from another", () => {
  it("is refused for another model, for a run that is not there, and for one that has changed", async () => {
    const other = ["--set", "model.poolDepth=8", "--set", "router.textWidth=16"];
    expect(await failure(["run", continued, ...other])).toMatchObject({
      exit: 64,
      code: "CONFIG_INVALID",
      message: expect.stringMatching(
        /model\.poolDepth is 8, there it is 4\n.*router\.textWidth is 16, there it is 8/,
      ),
    });
    const shared = ["--set", 'stages.specific.routing="shared"', "--set", 'stages.specific.trains=["lora"]'];
    expect(await failure(["run", continued, ...shared])).toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining("whose experts are one group a task"),
    });
    expect(await failure(["run", continued, "--set", "model.base.run=nothing"])).toMatchObject({
      exit: 64,
      code: "RUN_NOT_FOUND",
    });
  });

  it("cannot begin again once that is gone, until it has a checkpoint of its own, and goes on from its weights, plans and groups", async () => {
    cpSync(first.dir, join(folder, "moved", first.runId), { recursive: true });
    const call = startTomoe(["run", continued, "--json", "--runs", "moved"], options);
    await call.line(/generate volumes|read volumes/);
    call.child.kill("SIGKILL");
    await call.done;
    await until(() => workerPids(folder).length === 0);
    const runId = readdirSync(join(folder, "moved")).find((name) => name.includes("continued")) ?? "";
    renameSync(join(folder, "moved", first.runId), join(folder, "kept"));
    expect(await failure(["run", "--resume", runId, "--runs", "moved"])).toMatchObject({
      exit: 64,
      code: "RUN_NOT_FOUND",
    });
    renameSync(join(folder, "kept"), join(folder, "moved", first.runId));
    const { dir } = await finished("--resume", runId, "--runs", "moved");
    const events = await readEvents(join(dir, "events"), "model-taken");
    expect(events.map(({ data }) => data)).toEqual([
      expect.objectContaining({ runId: first.runId, lifted: true }),
    ]);
    const steps = (await numbersOf(dir)).metrics.filter((line) => line.includes("/loss="));
    expect(steps).toHaveLength(2);
  });
});

describe("a run on the other family", () => {
  it("comes to a scorecard by the same recipe, and says in the record which part was drawn anew", async () => {
    writeBase("phi3_v", join(folder, "phi"));
    const set = ["--set", "model.base.path=phi", "--set", 'model.base.redraw=["vision"]'];
    const { dir, scorecard } = await finished(publishedRecipe, ...set, "--runs", "phi-runs");
    expect(scorecard.map(({ task }) => task)).toEqual(expect.arrayContaining(["report", "closed-vqa"]));
    const { tensors } = JSON.parse(readFileSync(join(dir, "lift.json"), "utf8")) as {
      readonly tensors: readonly { readonly fate: string; readonly reason: string }[];
    };
    const left = tensors.filter(({ fate }) => fate === "ignored");
    expect(left.length).toBeGreaterThan(20);
    expect(left.filter(({ reason }) => reason !== "drawn at random: vision")).toEqual([]);
  });
});
