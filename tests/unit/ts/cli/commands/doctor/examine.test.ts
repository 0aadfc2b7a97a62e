import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { doctorDocument } from "../../../../../../ts/cli/commands/doctor/document.ts";
import {
  judgeDisk,
  judgeMemory,
  judgeShared,
} from "../../../../../../ts/cli/commands/doctor/machine-side.ts";
import { checkNode } from "../../../../../../ts/cli/commands/doctor/node-side.ts";
import type { JudgeContext } from "../../../../../../ts/cli/commands/doctor/python-side.ts";
import { judgePython, lockedVersions } from "../../../../../../ts/cli/commands/doctor/python-side.ts";
import { failureDocument } from "../../../../../../ts/cli/words/document-parts.ts";
import type { ProbeReport } from "../../../../../../ts/worker/index.ts";
import { onlyDocument, repoRoot, runProgram } from "../../program.ts";

const scratch = mkdtempSync(join(tmpdir(), "tomoe-doctor-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const GiB = 2 ** 30;
const torch = { version: "2.13.0+cpu", cudaBuild: null, devices: [], cpuCapability: "AVX512", threads: 2 };
const healthy: ProbeReport = {
  python: "3.11.7",
  executable: "/venv/bin/python",
  packages: { numpy: "2.4.6", grpcio: "1.85.3", torch: "2.13.0+cpu" },
  imports: { torch: null, grpc: null },
  torch,
};
const locked = new Map([
  ["numpy", "2.4.6"],
  ["grpcio", "1.85.3"],
]);
const context: JudgeContext = {
  setup: "npm run setup",
  repair: "rm -rf .venv && npm run setup",
  hasNvidia: false,
  isQuick: false,
};
const judged = (report: Partial<ProbeReport>, change: Partial<JudgeContext> = {}) =>
  judgePython({ ...healthy, ...report }, locked, { ...context, ...change });
const named = (checks: ReturnType<typeof judgePython>, name: string) =>
  checks.find((check) => check.name === name);

describe("the doctor's verdict on Python", () => {
  it("is well when everything fits", () => {
    expect(judged({}).map(({ name, verdict, fix }) => [name, verdict, fix])).toEqual(
      ["python", "python packages", "torch", "imports", "device"].map((name) => [name, "ok", null]),
    );
    expect(named(judged({}), "device")?.found).toBe("CPU AVX512, 2 threads");
  });

  it.each([["3.10.12"], ["3.9.2"], ["2.7.18"]])(
    "is failed for Python %s, and says nothing of the rest",
    (python) => {
      const checks = judged({ python });
      expect(checks).toHaveLength(1);
      expect(checks[0]).toMatchObject({
        name: "python",
        verdict: "failed",
        expected: "3.11 or newer",
        found: expect.stringContaining(python),
        fix: expect.stringContaining("npm run setup"),
      });
    },
  );

  it("names packages that are missing, and those of another version only as a warning", () => {
    expect(
      named(judged({ packages: { numpy: null, grpcio: "1.80.0", torch: "2.13.0" } }), "python packages"),
    ).toMatchObject({ verdict: "failed", found: "missing: numpy", fix: "npm run setup" });
    expect(
      named(judged({ packages: { numpy: "2.4.6", grpcio: "1.80.0", torch: "2.13.0" } }), "python packages"),
    ).toMatchObject({ verdict: "warning", found: "grpcio 1.80.0 (locked 1.85.3)" });
  });

  it.each([
    [null, "missing"],
    ["1.0.0", "1.0.0"],
    ["2.10.1+cu130", "2.10.1+cu130"],
  ])("is failed for torch %s", (version, found) => {
    expect(named(judged({ packages: { ...healthy.packages, torch: version } }), "torch")).toMatchObject({
      verdict: "failed",
      found,
      expected: "2.11 or newer",
    });
  });

  it.each([["2.11.0"], ["2.14.1+cu130"], ["3.0.0"]])("is well for torch %s", (version) => {
    expect(named(judged({ packages: { ...healthy.packages, torch: version } }), "torch")?.verdict).toBe("ok");
  });

  it("tells what an import said, and that the device is then unknown", () => {
    const checks = judged({
      imports: { torch: "ImportError: libfoo.so.1: cannot open", grpc: null },
      torch: null,
    });
    expect(named(checks, "imports")).toMatchObject({
      verdict: "failed",
      found: "import torch: ImportError: libfoo.so.1: cannot open",
      fix: context.repair,
    });
    expect(named(checks, "device")).toMatchObject({
      verdict: "failed",
      found: "unknown: torch cannot be imported",
    });
  });

  it("names CUDA devices, and warns where the driver is there and torch cannot use it", () => {
    expect(
      named(
        judged(
          {
            torch: { ...torch, cudaBuild: "13.0", devices: [{ name: "NVIDIA H100", totalBytes: 80 * GiB }] },
          },
          { hasNvidia: true },
        ),
        "device",
      ),
    ).toMatchObject({ verdict: "ok", found: "NVIDIA H100 80.0 GiB; CPU AVX512, 2 threads" });
    expect(named(judged({}, { hasNvidia: true }), "device")).toMatchObject({
      verdict: "warning",
      found: expect.stringContaining("is a build without CUDA"),
      fix: expect.stringContaining("pip install"),
    });
    expect(
      named(judged({ torch: { ...torch, cudaBuild: "13.0" } }, { hasNvidia: true }), "device"),
    ).toMatchObject({ verdict: "warning", fix: expect.stringContaining("nvidia-smi") });
  });
});

describe("the doctor's verdict on the machine", () => {
  it("goes by the space on the disk of the runs", () => {
    expect(judgeDisk("runs", 50 * GiB)).toMatchObject({ verdict: "ok", found: "50.0 GiB free at runs" });
    expect(judgeDisk("runs", 2 * GiB)).toMatchObject({
      verdict: "warning",
      fix: expect.stringContaining("du -xsh runs"),
    });
    expect(judgeDisk("runs", 0.1 * GiB).verdict).toBe("failed");
  });

  it("warns of small shared memory, as containers have it, and of none", () => {
    expect(judgeShared(8 * GiB).verdict).toBe("ok");
    expect(judgeShared(64 * 2 ** 20)).toMatchObject({
      verdict: "warning",
      found: "64 MiB free",
      fix: expect.stringContaining("--shm-size=2g"),
    });
    expect(judgeShared(undefined)).toMatchObject({ verdict: "warning", found: "there is no /dev/shm" });
  });

  it("counts what the container allows, not what the host has", () => {
    const wanted = { bytes: 2 * GiB, name: "chest-ct.ts" };
    expect(judgeMemory({ available: 16 * GiB, limit: undefined }, wanted)).toMatchObject({
      verdict: "ok",
      expected: "about 2.0 GiB for chest-ct.ts",
    });
    expect(judgeMemory({ available: 16 * GiB, limit: 1 * GiB }, wanted)).toMatchObject({
      verdict: "warning",
      found: "16.0 GiB available, 1.0 GiB left under the cgroup's limit",
    });
    expect(judgeMemory({ available: 1 * GiB, limit: undefined }, wanted).verdict).toBe("warning");
  });
});

describe("the doctor's verdict on npm packages", () => {
  it("is well here, where they are installed from the lockfile", () => {
    expect(checkNode(repoRoot).map(({ verdict }) => verdict)).toEqual(["ok", "ok"]);
  });

  it("names a package that is missing and one of another version, also hoisted into a folder above", () => {
    const inner = join(scratch, "node_modules", "tomoe");
    for (const [path, version] of [
      ["node_modules/tomoe", "0.1.0"],
      ["node_modules/execa", "10.2.1"],
      ["node_modules/zod", "3.0.0"],
    ] as const) {
      mkdirSync(join(scratch, path), { recursive: true });
      writeFileSync(
        join(scratch, path, "package.json"),
        JSON.stringify({ version, dependencies: { execa: "10.2.1", zod: "4.6.7", zeromq: "6.8.0" } }),
      );
    }
    expect(checkNode(inner)[1]).toMatchObject({
      verdict: "failed",
      found: "zod 3.0.0 (pinned 4.6.7), zeromq missing (pinned 6.8.0)",
      fix: "npm install",
    });
  });
});

it("reads every name and version of the Python lock", () => {
  const versions = lockedVersions(repoRoot);
  expect(versions.size).toBeGreaterThan(20);
  expect(versions.get("numpy")).toMatch(/^\d+\.\d+/);
  expect(versions.has("torch")).toBe(false);
});

describe("tomoe doctor", () => {
  it("looks at everything quickly without importing torch", async () => {
    const { code, stdout, stderr } = await runProgram(["doctor", "--quick", "--json"]);
    const document = onlyDocument(stdout);
    // Of a machine that lacks something the same document tells it; both are right answers of the doctor.
    if (code !== 0) expect(failureDocument.parse(document).error.code).toBe("ENVIRONMENT");
    const checks =
      code === 0
        ? doctorDocument.parse(document).checks
        : (document.error?.details.checks as readonly { name: string }[]);
    expect(checks.map(({ name }) => name)).toEqual(expect.arrayContaining(["node", "npm packages"]));
    expect([0, 78]).toContain(code);
    if (code === 0) expect(stderr).toBe("");
  }, 30_000);

  it.each([
    ["is no program", { TOMOE_PYTHON: "/nowhere/python" }, /TOMOE_PYTHON is \/nowhere\/python/],
    [
      "is another program",
      { TOMOE_PYTHON: "/bin/echo" },
      /\/bin\/echo: it answered the probe with ".*; is it a Python\?/,
    ],
    ["prints nonsense and fails", { TOMOE_PYTHON: process.execPath }, /the probe ended with exit code/],
  ])(
    "ends with exit code 78 and the command that fixes it when Python %s",
    async (_title, env, found) => {
      const { code, stdout, stderr } = await runProgram(["doctor", "--quick", "--json"], { env });
      expect(code).toBe(78);
      const { error } = failureDocument.parse(onlyDocument(stdout));
      expect(error.code).toBe("ENVIRONMENT");
      expect(error.message).toMatch(found);
      expect(error.hint).toMatch(/^To fix the first of them, run ".*setup"\.$/);
      expect(stderr).toContain("FAILED");
    },
    30_000,
  );
});
