import type { JudgeContext } from "../../../../../../ts/cli/commands/doctor/python-side.ts";
import { judgePython, lockedVersions } from "../../../../../../ts/cli/commands/doctor/python-side.ts";
import type { ProbeReport } from "../../../../../../ts/worker/index.ts";
import { repoRoot } from "../../program.ts";

const GiB = 2 ** 30;
const torch = {
  version: "2.13.0+cpu",
  cudaBuild: null,
  devices: [],
  cpuCapability: "AVX512",
  bfloat16: true,
  threads: 2,
};
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
      named(
        judged({
          packages: { numpy: null, grpcio: "1.80.0", torch: "2.13.0" },
        }),
        "python packages",
      ),
    ).toMatchObject({
      verdict: "failed",
      found: "missing: numpy",
      fix: "npm run setup",
    });
    expect(
      named(
        judged({
          packages: { numpy: "2.4.6", grpcio: "1.80.0", torch: "2.13.0" },
        }),
        "python packages",
      ),
    ).toMatchObject({
      verdict: "warning",
      found: "grpcio 1.80.0 (locked 1.85.3)",
    });
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
            torch: {
              ...torch,
              cudaBuild: "13.0",
              devices: [{ name: "NVIDIA H100", totalBytes: 80 * GiB, bfloat16: true }],
            },
          },
          { hasNvidia: true },
        ),
        "device",
      ),
    ).toMatchObject({
      verdict: "ok",
      found: "NVIDIA H100 80.0 GiB; CPU AVX512, 2 threads",
    });
    expect(named(judged({}, { hasNvidia: true }), "device")).toMatchObject({
      verdict: "warning",
      found: expect.stringContaining("is a build without CUDA"),
      fix: expect.stringContaining("pip install"),
    });
    expect(
      named(judged({ torch: { ...torch, cudaBuild: "13.0" } }, { hasNvidia: true }), "device"),
    ).toMatchObject({
      verdict: "warning",
      fix: expect.stringContaining("nvidia-smi"),
    });
  });
});

it("reads every name and version of the Python lock", () => {
  const versions = lockedVersions(repoRoot);
  expect(versions.size).toBeGreaterThan(20);
  expect(versions.get("numpy")).toMatch(/^\d+\.\d+/);
  expect(versions.has("torch")).toBe(false);
});
