// A run on a tiny published base: what it was said to cost, and what a kill leaves of it and of its export.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startTomoe, tomoe } from "../support/cli.ts";
import { type PublishedRun, publishedRecipe, publishedRun } from "../support/published-run.ts";
import { numbersOf, workerPids } from "../support/run-numbers.ts";
import { documentOf } from "../support/toy-run.ts";
import { until } from "../support/until.ts";

interface CostDocument {
  readonly parameters: Readonly<Record<string, number>>;
  readonly guidanceGain: Readonly<Record<string, number>>;
  readonly stages: readonly { readonly name: string; readonly checkpointBytes: number }[];
}

/** Names and bytes of the tensors of a safetensors file, by its header. */
function tensorSizes(path: string): readonly (readonly [string, number])[] {
  const bytes = readFileSync(path);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString("utf8", 8, 8 + length)) as Readonly<
    Record<string, { readonly data_offsets?: readonly [number, number] }>
  >;
  return Object.entries(header).map(([name, { data_offsets: [first, last] = [0, 0] }]) => [
    name,
    last - first,
  ]);
}

const tensorBytes = (path: string): number => tensorSizes(path).reduce((sum, [, size]) => sum + size, 0);
const stepBytes = (path: string): number =>
  tensorSizes(path).reduce((sum, [name, size]) => sum + (name.endsWith("step") ? size : 0), 0);

let run: PublishedRun;

beforeAll(async () => {
  run = await publishedRun();
});

describe("a run on a published base", () => {
  it("is said before it runs to cost what it took: numbers that train, and bytes of its last checkpoint", async () => {
    const { options, document } = run;
    const { code, stdout, stderr } = await tomoe(["run", publishedRecipe, "--dry-run", "--json"], options);
    if (code !== 0) throw new Error(stderr);
    const { cost } = JSON.parse(stdout) as { readonly cost: CostDocument };
    expect(cost.stages.map(({ name }) => name)).toEqual(["heads", "align", "shared", "specific"]);
    const checkpoints = join(document.dir, "checkpoints");
    const [newest = ""] = readdirSync(checkpoints).sort().reverse();
    const written = ["weights.safetensors", "optimizer.safetensors"].map((name) =>
      tensorBytes(join(checkpoints, newest, name)),
    );
    // A moment has its step beside it, a number for each tensor that trains.
    const steps = stepBytes(join(checkpoints, newest, "optimizer.safetensors"));
    const sum = written.reduce((total, size) => total + size, 0);
    expect(cost.stages.at(-1)?.checkpointBytes).toBe(sum - steps);
    expect(cost.parameters.language).toBeGreaterThan(0);
    expect(Object.keys(cost.guidanceGain)).toEqual(["off", "task", "question"]);
    expect(cost.guidanceGain.off).toBeGreaterThanOrEqual(cost.guidanceGain.question ?? Number.NaN);
    expect(cost).toMatchObject({ fits: true });
  });

  it("is killed in the middle and comes to the same numbers, to the last bit", async () => {
    const { folder, options, document } = run;
    const call = startTomoe(["run", publishedRecipe, "--json", "--runs", "killed"], options);
    await call.line(/shared +50%/);
    call.child.kill("SIGKILL");
    await call.done;
    await until(() => workerPids(folder).length === 0);
    const [runId = ""] = readdirSync(join(folder, "killed"));
    const resumed = await tomoe(["run", "--resume", runId, "--runs", "killed", "--json"], options);
    expect([resumed.code, resumed.stderr.slice(-500)]).toEqual([0, expect.anything()]);
    expect(await numbersOf(documentOf(resumed.stdout).dir)).toEqual(await numbersOf(document.dir));
  });
});

describe("its export", () => {
  it("merges the adapters where asked, within the rounding of one product for three", async () => {
    const { options, document } = run;
    const merged = ["export", document.runId, "--out", "merged", "--merge", "--json"];
    const { code, stdout, stderr } = await tomoe(merged, options);
    expect([code, stderr.slice(-500)]).toEqual([0, expect.anything()]);
    const { files, reload } = JSON.parse(stdout) as {
      readonly files: readonly { readonly path: string }[];
      readonly reload: { readonly library: string; readonly maxAbsDifference: number };
    };
    expect(files.some(({ path }) => path.startsWith("adapter/"))).toBe(false);
    expect(reload.library).toBe("transformers");
    expect(reload.maxAbsDifference).toBeLessThan(1e-5);
  });

  it("leaves no folder that is half written when it is killed", async () => {
    const { folder, options, document } = run;
    const call = startTomoe(["export", document.runId, "--out", "killed-export"], options);
    await call.line(/reading it back/);
    call.child.kill("SIGKILL");
    await call.done;
    expect(existsSync(join(folder, "killed-export"))).toBe(false);
  });
});
