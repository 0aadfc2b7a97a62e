import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { blankPython } from "../support/source-text.ts";
import { listed, pythonSources, repoRoot, repoText, tsSources } from "../support/source-tree.ts";

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
      { cwd: repoRoot, encoding: "utf8", timeout: 60_000 },
    );
    expect(run.stdout).toBe("");
    expect(run.stderr).toBe("PROBLEMS[]");
    expect(run.status).toBe(0);
  }, 60_000);

  it("does no work in Python: a module's own lines define, and call nothing that reads, writes, starts or prints", () => {
    const effect =
      /^(?!\s|from |import |class |def |async |@|if TYPE_CHECKING|if __name__)(?:[^#=]*=)?\s*(?:open|print|input|subprocess\.\w+|os\.(?:system|makedirs|mkdir|environ\b.*=)|socket\.\w+|threading\.Thread|torch\.(?:manual_seed|set_\w+|use_\w+|load|zeros|randn)|logging\.basicConfig|Path\([^)]*\)\.(?:read|write|mkdir)\w*)\(/;
    const modules = pythonSources().filter(
      (path) => path.startsWith("py-runtime/tomoe_worker/") && !path.endsWith("__main__.py"),
    );
    const problems = modules.flatMap((path) =>
      blankPython(repoText(path))
        .split("\n")
        .flatMap((line, index) => (effect.test(line) ? [`${path}:${index + 1}: ${line}`] : [])),
    );
    expect(effect.test("x = open(path)") && effect.test("print(1)") && !effect.test("def open(path):")).toBe(
      true,
    );
    expect(listed(problems)).toBe("");
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
