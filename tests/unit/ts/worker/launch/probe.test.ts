import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { leastPython, leastVersions } from "../../../../../ts/gen/python.ts";
import {
  findPython,
  hasBfloat16,
  isOldPython,
  isOldTorch,
  leastTorch,
  probePython,
  requirePython,
} from "../../../../../ts/worker/index.ts";
import { caught } from "../../../../support/caught.ts";
import { repoRoot } from "../../../../support/source-tree.ts";

const signal = new AbortController().signal;
const before = process.env.TOMOE_PYTHON;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tomoe-probe-"));
});
afterEach(() => {
  if (before === undefined) delete process.env.TOMOE_PYTHON;
  else process.env.TOMOE_PYTHON = before;
  rmSync(folder, { recursive: true, force: true });
});

const needed = Object.keys(leastVersions);
const report = (python: string, change: Readonly<Record<string, string | null>> = {}): string =>
  JSON.stringify({
    python,
    executable: "/opt/python",
    packages: { ...Object.fromEntries(needed.map((name) => [name, "99.0"])), ...change },
    imports: {},
    torch: null,
  });

/** Makes TOMOE_PYTHON a program that prints this and ends so. */
function pretend(prints: string, exitCode = 0): string {
  const path = join(folder, "python");
  writeFileSync(path, `#!/bin/sh\ncat <<'end'\n${prints}\nend\nexit ${exitCode}\n`, { mode: 0o700 });
  process.env.TOMOE_PYTHON = path;
  return path;
}

describe("the look at Python before a run", () => {
  it("lets the interpreter of this clone pass", async () => {
    await expect(requirePython(repoRoot, signal)).resolves.toBeUndefined();
    const { python, packages } = await probePython(findPython(repoRoot), {
      packages: ["torch", "no-such-package"],
      imports: [],
      timeoutMs: 600_000,
      signal,
    });
    expect(python).toMatch(/^3\.\d+/);
    expect(packages).toEqual({ torch: expect.stringMatching(/^2\./), "no-such-package": null });
  });

  it.each([
    ["an older Python", report("3.10.4"), "Python 3.10.4 at /opt/python is older than 3.11"],
    [
      "one that lacks packages",
      report("3.11.7", { torch: null, grpcio: null }),
      "the Python at /opt/python lacks torch, grpcio",
    ],
    ["an old torch", report("3.12.1", { torch: "1.0.0" }), "torch 1.0.0 at /opt/python is older than 2.11"],
    [
      "a torch just too old",
      report("3.12.1", { torch: "2.10.1+cu130" }),
      "torch 2.10.1+cu130 at /opt/python is older than 2.11",
    ],
  ])("refuses %s with ENVIRONMENT and the way out", async (_what, prints, message) => {
    pretend(prints);
    const error = await caught(() => requirePython(repoRoot, signal));
    expect({ code: error.code, exit: error.exitCode, message: error.message }).toEqual({
      code: "ENVIRONMENT",
      exit: 78,
      message: `[ENVIRONMENT] ${message}`,
    });
    expect(error.hint).toContain("TOMOE_PYTHON");
  });

  it("takes a torch of 2.11 and later", async () => {
    pretend(report("3.11.0", { torch: "2.11.0+cpu" }));
    await expect(requirePython(repoRoot, signal)).resolves.toBeUndefined();
  });

  it("leaves it to the worker's start when somebody killed the look", async () => {
    const path = pretend("");
    writeFileSync(path, "#!/bin/sh\nkill -9 $$\n");
    await expect(requirePython(repoRoot, signal)).resolves.toBeUndefined();
  });

  it("refuses a program that is no Python, and one that fails", async () => {
    const path = pretend("hello");
    expect((await caught(() => requirePython(repoRoot, signal))).message).toBe(
      `[ENVIRONMENT] ${path}: it answered the probe with "hello\\n", and it is not JSON (6 characters); is it a Python?`,
    );
    pretend("", 3);
    expect((await caught(() => requirePython(repoRoot, signal))).message).toBe(
      `[ENVIRONMENT] ${path}: the probe ended with exit code 3: `,
    );
  });

  it("refuses a report that lacks a field or holds another kind, by the field's path", async () => {
    const whole = JSON.parse(report("3.12.1")) as Record<string, unknown>;
    for (const [change, what] of [
      [{ packages: undefined }, "packages: "],
      [{ packages: { torch: 2 } }, "packages.torch: "],
      [{ imports: "none" }, "imports: "],
      [{ torch: { version: "2.13.0" } }, "torch.cudaBuild: "],
    ] as const) {
      pretend(JSON.stringify({ ...whole, ...change }));
      const error = await caught(() => requirePython(repoRoot, signal));
      expect({ code: error.code, names: error.what.includes(`, and ${what}`) }).toEqual({
        code: "ENVIRONMENT",
        names: true,
      });
    }
  });
});

describe("versions", () => {
  it("are those that pyproject.toml names", () => {
    expect([leastPython, leastTorch, leastVersions.numpy]).toEqual(["3.11", "2.11", "2"]);
  });

  it.each([
    ["3.11.0", false],
    ["3.14.2", false],
    ["4.0", false],
    ["3.10.99", true],
    ["2.7.18", true],
    ["3", true],
    ["", true],
    ["unknown", true],
  ])("compare number by number, and what is no number is too old: Python %s", (version, old) => {
    expect(isOldPython(version)).toBe(old);
  });

  it("of torch may have a build behind them", () => {
    expect(["2.11.0+cpu", "2.13", "3.0.0a0", "2.9.1+cu130", "2.2.0"].map(isOldTorch)).toEqual([
      false,
      false,
      false,
      true,
      true,
    ]);
  });
});

describe("whether the device multiplies bfloat16", () => {
  const told = (cpu: boolean, gpus: readonly boolean[]): string =>
    JSON.stringify({
      ...JSON.parse(report("3.12.1")),
      imports: { torch: null },
      torch: {
        version: "2.13.0",
        cudaBuild: null,
        devices: gpus.map((bfloat16) => ({ name: "a GPU", totalBytes: 1, bfloat16 })),
        cpuCapability: "AVX512",
        bfloat16: cpu,
        threads: 2,
      },
    });

  it.each([
    ["cpu", true, [false], true],
    ["cpu", false, [true], false],
    ["auto", true, [], true],
    ["auto", true, [false], false],
    ["auto", false, [true, true], true],
    ["cuda", false, [true, false], false],
  ] as const)("is asked of the one that would compute: %s", async (device, cpu, gpus, wanted) => {
    pretend(told(cpu, gpus));
    expect(await hasBfloat16(repoRoot, device, signal)).toBe(wanted);
  });

  it("is told by torch itself on this machine", async () => {
    expect(typeof (await hasBfloat16(repoRoot, "cpu", signal))).toBe("boolean");
  });

  it("is not known where torch cannot be imported", async () => {
    pretend(JSON.stringify({ ...JSON.parse(report("3.12.1")), imports: { torch: "OSError: libc10.so" } }));
    const error = await caught(() => hasBfloat16(repoRoot, "cpu", signal));
    expect(error.code).toBe("ENVIRONMENT");
    expect(error.message).toContain("torch cannot be imported: OSError: libc10.so");
  });
});
