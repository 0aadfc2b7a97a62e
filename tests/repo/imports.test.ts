import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { workerFacts } from "../support/python-source.ts";
import { listed, repoRoot, tsSources } from "../support/source-tree.ts";

describe("importing", () => {
  it("does no work in TypeScript: nothing printed, opened, started or left running, by any file", () => {
    // A recipe is a script that says what to run, and a child's program is run by being started; everything
    // else waits to be called.
    const files = tsSources().filter(
      (path) => !path.startsWith("ts/recipes/") && !path.endsWith("-child.ts"),
    );
    const program = `
      const listeners = () => process.eventNames().flatMap((name) => process.listeners(name).map(() => String(name))).sort().join();
      const before = listeners(), cwd = process.cwd(), environment = JSON.stringify(process.env), exitCode = process.exitCode;
      const problems = [];
      for (const file of ${JSON.stringify(files)}) {
        await import(new URL(file, ${JSON.stringify(`file://${repoRoot}/`)}).href);
        const left = process.getActiveResourcesInfo().filter((name) => !/^(?:FSReqPromise|Immediate|CloseReq)$/.test(name) && !/Pipe|TTY/.test(name));
        if (left.length > 0) { problems.push(file + " leaves " + left.join()); break; }
        if (listeners() !== before) { problems.push(file + " listens to the process: " + listeners()); break; }
        if (process.cwd() !== cwd || JSON.stringify(process.env) !== environment || process.exitCode !== exitCode) { problems.push(file + " changes the process"); break; }
      }
      process.stderr.write("PROBLEMS" + JSON.stringify(problems));`;
    const run = spawnSync(
      process.execPath,
      [
        "--conditions=tomoe-source",
        "--disable-warning=ExperimentalWarning",
        "--input-type=module",
        "-e",
        program,
      ],
      { cwd: repoRoot, encoding: "utf8", timeout: 300_000 },
    );
    expect(run.stdout).toBe("");
    expect(run.stderr).toBe("PROBLEMS[]");
    expect(run.status).toBe(0);
  });

  it("does no work in Python: a module's own lines define, and call only what makes values", () => {
    // Constructors of values and types: nothing here reads, writes, starts, prints or seeds.
    const makesValues =
      /^(?:[A-Z]\w*|(?:re|regex)\.compile|range|tuple|frozenset|field|pa\.\w+|torch\.device)$/;
    const calls = [...workerFacts()].flatMap(([path, facts]) =>
      path.endsWith("__main__.py") ? [] : facts.callsOnImport.map(({ name, line }) => ({ path, name, line })),
    );
    expect(calls.length).toBeGreaterThan(10);
    expect(
      listed(
        calls
          .filter(({ name }) => !makesValues.test(name))
          .map(({ path, name, line }) => `${path}:${line} calls ${name}`),
      ),
    ).toBe("");
  });

  const python = join(repoRoot, ".venv/bin/python");
  if (!existsSync(python)) console.warn("the probe is not imported: this checkout has no .venv");
  const maybe = existsSync(python) ? it : it.skip;

  maybe("the probe of an environment needs neither torch nor grpc", () => {
    const run = spawnSync(
      python,
      [
        "-c",
        "import sys; import tomoe_worker.probe; print(sorted(m for m in ('torch', 'grpc', 'pyarrow', 'transformers') if m in sys.modules))",
      ],
      { encoding: "utf8", env: { ...process.env, PYTHONPATH: join(repoRoot, "py-runtime") } },
    );
    expect(run.stderr).toBe("");
    expect(run.stdout.trim()).toBe("[]");
  });
});
