import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { thisMachine } from "../../../../ts/run/workers.ts";
import { caught } from "../../../support/caught.ts";
import { freshFolder } from "./fixtures.ts";

// Real workers are started in tests/contract and tests/e2e; here is shown that the Python of the environment is
// asked for, before a run and by it.

describe("this machine's workers", () => {
  const names = ["TOMOE_PYTHON", "TOMOE_WORKERS"] as const;
  const before = names.map((name) => [name, process.env[name]] as const);
  afterEach(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  it("are refused before anything is written where the Python that was named is not there", async () => {
    process.env.TOMOE_PYTHON = join(freshFolder(), "no-such-python");
    const failure = await caught(() => thisMachine.require(new AbortController().signal));
    expect(failure.code).toBe("ENVIRONMENT");
    expect(failure.what).toContain("no-such-python");
    expect(failure.hint).toMatch(/^[A-Z].*\.$/);
  });

  it("are refused where nobody knows whether to keep them", async () => {
    process.env.TOMOE_WORKERS = "frsh";
    const failure = await caught(() => thisMachine.require(new AbortController().signal));
    expect([failure.code, failure.what, failure.hint]).toEqual([
      "USAGE_INVALID",
      'TOMOE_WORKERS is "frsh"',
      'Set it to "fresh", which keeps no worker for another run, or unset it.',
    ]);
  });

  it.each(["", "fresh"])(
    "are started by that Python from this package's folder (%j): a missing one fails as a start does",
    async (kept) => {
      process.env.TOMOE_WORKERS = kept;
      const folder = freshFolder();
      process.env.TOMOE_PYTHON = join(folder, "no-such-python");
      mkdirSync(join(folder, "runtime"), { mode: 0o700 });
      const failure = await caught(() =>
        thisMachine.start({
          ranks: 1,
          device: "cpu",
          runtimeDir: join(folder, "runtime"),
          logFile: join(folder, "worker.log"),
          runId: "r",
          attempt: 1,
          threads: 1,
          roots: [],
        }),
      );
      expect(["ENVIRONMENT", "WORKER_START"]).toContain(failure.code);
      expect(failure.what).toContain("no-such-python");
    },
  );
});
