import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readEvents } from "../../ts/track/read/index.ts";
import { type CliResult, repository, tomoe } from "../support/cli.ts";
import { makeMemoryGroup } from "../support/control-group.ts";
import { misbehaving } from "../support/misbehaving/stand-in.ts";

const recipe = join(repository, "tests/fixtures/recipes/toy.ts");
const limitBytes = 2 * 2 ** 30;
const group = makeMemoryGroup("hoard", limitBytes);
if (typeof group === "string") console.warn(`skipped: ${group}`);

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tomoe-batch-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  if (typeof group !== "string") group.remove();
});

/** A run of the toy recipe, by a shell that does `before` first, whose worker misbehaves as `wish` says. */
async function runWith(wish: string, before: string, runs: string, ...more: string[]): Promise<CliResult> {
  const { PYTHONPATH = "", TOMOE_MISBEHAVE = "" } = misbehaving(wish);
  const python = join(folder, "python");
  writeFileSync(
    python,
    `#!/bin/sh\nPYTHONPATH=${PYTHONPATH} exec ${join(repository, ".venv/bin/python")} "$@"\n`,
  );
  chmodSync(python, 0o755);
  return await tomoe(["run", recipe, "--json", "--runs", runs, ...more], {
    cwd: folder,
    env: { TOMOE_PYTHON: python, TOMOE_MISBEHAVE },
    under: ["sh", "-c", `${before} && exec "$@"`, "sh"],
  });
}

interface Failure {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint: string;
    readonly details: Readonly<Record<string, unknown>>;
  };
}

/** What the run's record says of lost workers. */
async function lostWorkers(runs: string): Promise<readonly unknown[]> {
  const [runId = ""] = readdirSync(join(folder, runs)).filter((name) => !name.startsWith("."));
  return (await readEvents(join(folder, runs, runId, "events")))
    .filter(({ kind }) => kind === "worker-lost")
    .map(({ data }) => data);
}

describe("workers that die more often than the recipe allows", () => {
  it("end the run with 69, the count, the log and the command that goes on; which it does once the cause is gone", async () => {
    const result = await runWith("crash@3", "true", "crashing", "--set", "execution.maxRestarts=1");
    const { error } = JSON.parse(result.stdout) as Failure;
    expect({ exit: result.code, code: error.code, message: error.message }).toEqual({
      exit: 69,
      code: "WORKER_DIED",
      message:
        "[WORKER_DIED] the worker died (exit code 7) during step 3 of stage vision-2d; after 1 restart",
    });
    const [runId = ""] = readdirSync(join(folder, "crashing"));
    expect(error.hint).toBe(
      `The log ${join(folder, "crashing", runId, "logs", "worker.log")} says more. Resume with "tomoe run --resume ${runId} --runs ${join(folder, "crashing")}".`,
    );
    expect(readFileSync(String(error.details.logFile), "utf8")).toContain("misbehaving: crash at step 3");
    const resumed = await tomoe(["run", "--resume", runId, "--json", "--runs", "crashing"], { cwd: folder });
    expect([resumed.code, resumed.stderr.slice(-500)]).toEqual([0, expect.anything()]);
  });
});

describe("a batch that ends the worker", () => {
  it("by losing the device is tried once more by a fresh worker, then ends the run with 69, naming its volumes", async () => {
    const result = await runWith("device@3", "true", "device");
    expect([result.code, result.stderr.slice(-800)]).toEqual([69, expect.anything()]);
    const { error } = JSON.parse(result.stdout) as Failure;
    expect(error.code).toBe("WORKER_DIED");
    expect(error.message).toMatch(
      /^\[WORKER_DIED\] step 3 of stage vision-2d ended two workers: the GPU's context is lost \(AcceleratorError at /,
    );
    expect(error.hint).toContain("volumes of this batch");
    expect(error.details).toMatchObject({ stage: "vision-2d", step: 3, deviceLost: true });
    expect(error.details.volumes).toHaveLength(8);
    expect(result.stderr.match(/restart \d\/3 from the beginning/g)).toHaveLength(1);
    const lost = { stage: "vision-2d", step: 3, volumes: error.details.volumes };
    expect(await lostWorkers("device")).toEqual([
      expect.objectContaining({ ...lost, attempt: 1 }),
      expect.objectContaining({ ...lost, attempt: 2 }),
    ]);
  });

  (typeof group === "string" ? it.skip : it)(
    "by taking more memory than the control group has is tried once more, then ends the run with 69, naming limit and remedy",
    async () => {
      const result = await runWith(
        "hoard@2",
        `echo $$ > ${typeof group === "string" ? "" : group.procsFile}`,
        "hoard",
      );
      expect([result.code, result.stderr.slice(-800)]).toEqual([69, expect.anything()]);
      const { error } = JSON.parse(result.stdout) as Failure;
      expect(error.code).toBe("WORKER_DIED");
      expect(error.message).toContain(
        "step 2 of stage vision-2d ended two workers: the worker died (SIGKILL) during step 2 of stage vision-2d, killed by the kernel because the control group's memory limit of 2048 MiB was reached",
      );
      expect(error.hint).toContain("--set stages.NAME.microBatch=N");
      expect(error.details).toMatchObject({ oomKilled: true, limitBytes, step: 2 });
      expect(result.stderr.match(/restart \d\/3/g)).toHaveLength(1);
    },
  );
});
