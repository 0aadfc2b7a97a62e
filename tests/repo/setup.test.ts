import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { errorCodes } from "../../ts/errors.ts";
import { repoRoot } from "../support/source-tree.ts";
import { until } from "../support/until.ts";

const work = mkdtempSync(join(tmpdir(), "tomoe-setup-"));
afterAll(() => {
  rmSync(work, { recursive: true, force: true });
});

/**
 * The scripts as an installed package has them, so that set-up works in a cache folder of this test and
 * leaves node_modules alone.
 */
const installed = join(work, "node_modules/tomoe");
mkdirSync(installed, { recursive: true });
for (const path of [
  "scripts",
  "package.json",
  "py-runtime/requirements.lock",
  "py-runtime/requirements-dev.lock",
  "py-runtime/requirements-sampler.lock",
])
  cpSync(join(repoRoot, path), join(installed, path), { recursive: true });

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const noNetwork = {
  PIP_CONFIG_FILE: "/dev/null",
  PIP_INDEX_URL: "http://127.0.0.1:9/simple",
  PIP_FIND_LINKS: "",
  PIP_EXTRA_INDEX_URL: "",
  PIP_RETRIES: "0",
  PIP_NO_CACHE_DIR: "1",
};
const environment = (cache: string, extra: Readonly<Record<string, string>>): Record<string, string> => ({
  PATH: process.env.PATH ?? "",
  HOME: work,
  XDG_CACHE_HOME: join(work, cache),
  ...noNetwork,
  ...extra,
});
const setupScript = join(installed, "scripts/setup.mjs");

function setup(args: readonly string[], cache: string, extra: Readonly<Record<string, string>> = {}): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [setupScript, ...args], {
    encoding: "utf8",
    env: environment(cache, extra),
  });
  return { status, stdout, stderr };
}

const venvOf = (cache: string): string =>
  join(
    work,
    cache,
    "tomoe",
    JSON.parse(readFileSync(join(repoRoot, "package.json"), "utf8")).version,
    "venv",
  );

describe("set-up without a fit Python", () => {
  it("exits 78 and says how to install it when there is none", () => {
    const ended = setup(["--json"], "none", { PATH: join(work, "empty") });
    expect(JSON.parse(ended.stdout)).toMatchObject({
      ok: false,
      error: {
        code: "ENVIRONMENT",
        message: expect.stringContaining("no python3 is on the PATH"),
        hint: expect.stringContaining("TOMOE_PYTHON_BASE="),
      },
    });
    expect(ended.status).toBe(78);
  });

  it("exits 78 and names the version of one that is too old, or that ends with an error", () => {
    const old = join(work, "python-old"),
      broken = join(work, "python-broken");
    writeFileSync(old, "#!/bin/sh\necho 3.9.18\n");
    writeFileSync(
      broken,
      "#!/bin/sh\necho \"ModuleNotFoundError: No module named 'ensurepip'\" >&2\nexit 1\n",
    );
    for (const file of [old, broken]) chmodSync(file, 0o755);
    const first = setup([], "old", { TOMOE_PYTHON_BASE: old });
    expect(first.stderr).toContain(
      `[ENVIRONMENT] Tomoe needs Python 3.11 or newer with its venv module: ${old} is 3.9.18, older than 3.11`,
    );
    const second = setup([], "old", { TOMOE_PYTHON_BASE: broken });
    expect(second.stderr).toContain(`${broken} has no venv module`);
    expect([first.status, second.status]).toEqual([78, 78]);
    expect(existsSync(venvOf("old"))).toBe(false);
  });

  it("exits 64 for a flag it does not know", () => {
    const ended = setup(["--develop"], "none");
    expect(ended.stderr).toContain("[USAGE_INVALID] setup does not know --develop");
    expect(ended.status).toBe(64);
  });
});

describe("set-up that cannot go on", () => {
  it("exits 78 without a network, keeps what is made, and makes a half-made environment anew", () => {
    const first = setup(["--json"], "offline");
    expect(JSON.parse(first.stdout)).toMatchObject({
      ok: false,
      error: { code: "ENVIRONMENT", message: expect.stringContaining("the package index cannot be reached") },
    });
    expect(first.status).toBe(78);
    expect(first.stderr).toContain("setup: making");
    expect(readFileSync(join(venvOf("offline"), "../setup.log"), "utf8")).toContain("-m pip install");
    const second = setup([], "offline");
    expect(second.stderr).not.toContain("setup: making");
    expect(second.stderr).toContain("setup: installing py-runtime/requirements.lock");
    writeFileSync(join(venvOf("offline"), "tomoe-setup.unfinished"), "");
    const third = setup([], "offline");
    expect(third.stderr).toContain("setup: making");
    expect(third.status).toBe(78);
  });

  it("exits 143 on SIGTERM, leaves no lock and nothing running, and knows the environment for half made", async () => {
    const child = spawn(process.execPath, [setupScript], {
      env: environment("stopped", {}),
      stdio: ["ignore", "ignore", "pipe"],
    });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString("utf8");
    });
    await until(() => existsSync(join(venvOf("stopped"), "bin")));
    child.kill("SIGTERM");
    const [status] = await once(child, "exit");
    expect(status).toBe(143);
    expect(stderr).toContain("[TERMINATED] terminated");
    expect(readdirSync(join(venvOf("stopped"), ".."))).toEqual(["setup.log", "venv"]);
    const check = setup(["--check"], "stopped");
    expect(check.stderr).toContain(`not set up: ${venvOf("stopped")}: environment`);
    expect(check.status).toBe(78);
  });

  it("makes the sampler of sweeps apart from the worker, with the same words where it cannot", () => {
    const sampler = join(venvOf("sampler"), "../sampler");
    const missing = setup(["--sampler", "--check", "--json"], "sampler");
    expect(missing.status).toBe(78);
    expect(JSON.parse(missing.stdout).error.details.missing).toEqual([`${sampler}: environment`]);
    const offline = setup(["--sampler", "--json"], "sampler");
    expect(offline.status).toBe(78);
    expect(JSON.parse(offline.stdout).error.message).toContain("the package index cannot be reached");
    expect(offline.stderr).toContain(`setup: making ${sampler}`);
    expect(existsSync(venvOf("sampler"))).toBe(false);
    // What is made is kept, and what is missing is named.
    const again = setup(["--sampler", "--check"], "sampler");
    expect(again.stderr).toContain(`${sampler}: py-runtime/requirements-sampler.lock`);
    // Ready is what was filled from this very lock.
    const digest = createHash("sha256")
      .update(readFileSync(join(installed, "py-runtime/requirements-sampler.lock")))
      .digest("hex");
    writeFileSync(join(sampler, "tomoe-setup.json"), JSON.stringify({ sampler: digest }));
    expect(JSON.parse(setup(["--sampler", "--json"], "sampler").stdout)).toMatchObject({
      ok: true,
      python: join(sampler, "bin", "python"),
      installed: [],
    });
    writeFileSync(join(sampler, "tomoe-setup.unfinished"), "");
    expect(setup(["--sampler", "--check"], "sampler").stderr).toContain(`${sampler}: environment`);
  });

  const mayMount =
    spawnSync("unshare", ["-rm", "sh", "-c", "mount -t tmpfs -o size=4m tmpfs /mnt"]).status === 0;
  if (!mayMount)
    console.warn(
      "set-up on a full and on a read-only disk is not tested: this user may not mount a tmpfs in a namespace of its own",
    );
  const maybe = mayMount ? it : it.skip;

  function setupOnDisk(cache: string, options: string): Ended {
    mkdirSync(join(work, cache), { recursive: true });
    const script = `mount -t tmpfs -o ${options} tmpfs "$XDG_CACHE_HOME" && exec "$0" "$@"`;
    const { status, stdout, stderr } = spawnSync(
      "unshare",
      ["-rm", "sh", "-c", script, process.execPath, setupScript, "--json"],
      { encoding: "utf8", env: environment(cache, {}) },
    );
    return { status, stdout, stderr };
  }

  maybe(
    "exits 78 on a full disk before anything is downloaded, naming what is free and what is needed",
    () => {
      const ended = setupOnDisk("full", "size=20m");
      const { error } = JSON.parse(ended.stdout);
      expect(error.code).toBe("ENVIRONMENT");
      expect(error.message).toMatch(
        /the disk is full: (?:19|20) MB are free where .*venv goes, and 3000 MB are needed/,
      );
      expect(error.hint).toContain("Free some space");
      expect(ended.status).toBe(78);
    },
  );

  maybe("exits 77 where it may not write", () => {
    const ended = setupOnDisk("readonly", "ro");
    expect(JSON.parse(ended.stdout)).toMatchObject({
      ok: false,
      error: { code: "PERMISSION", message: expect.stringContaining("EROFS") },
    });
    expect(ended.status).toBe(77);
  });
});

describe("the lock of set-up", () => {
  const log = join(work, "lock.log"),
    lock = join(work, "setup.lock");
  // Each process notes when it enters and leaves; a third argument is a command that it leaves running in a
  // group of its own.
  const program = `
    import { appendFileSync } from "node:fs"; import { spawn } from "node:child_process"; import { setTimeout } from "node:timers/promises";
    import { withLock } from ${JSON.stringify(pathToFileURL(join(installed, "scripts/support/setup-lock.mjs")).href)};
    const [, folder, log, holdMs, orphanSeconds] = process.argv;
    const note = (word) => appendFileSync(log, word + " " + process.pid + "\\n");
    await withLock(folder, { say: (line) => note("# " + line + " -"), checkStop: () => {} }, async (onGroup) => {
      if (orphanSeconds) { const child = spawn("sh", ["-c", 'sleep "$0"; echo "orphan $$" >> "$1"', orphanSeconds, log], { detached: true, stdio: "ignore" }); onGroup(child.pid); child.unref(); }
      note("enter"); await setTimeout(Number(holdMs)); note("leave");
    });`;
  const start = (...args: readonly string[]): ChildProcess =>
    spawn(process.execPath, ["--input-type=module", "-e", program, lock, log, ...args], { stdio: "inherit" });
  const words = (): string[] =>
    readFileSync(log, "utf8")
      .split("\n")
      .filter((line) => /^(?:enter|leave|orphan)/.test(line))
      .map((line) => line.split(" ")[0] ?? "");
  beforeEach(() => {
    writeFileSync(log, "");
  });

  it("lets one process in at a time", async () => {
    await Promise.all(Array.from({ length: 6 }, () => once(start("60"), "exit")));
    expect(words()).toEqual(Array.from({ length: 6 }, () => ["enter", "leave"]).flat());
    expect(existsSync(lock)).toBe(false);
  });

  it("is taken over once from a dead owner, after what it left running has ended", async () => {
    const dead = start("60000", "1.5");
    await until(() => words().length === 1);
    dead.kill("SIGKILL");
    const others = Array.from({ length: 4 }, () => once(start("40"), "exit"));
    await Promise.all(others);
    expect(words()).toEqual([
      "enter",
      "orphan",
      ...Array.from({ length: 4 }, () => ["enter", "leave"]).flat(),
    ]);
    expect(
      readFileSync(log, "utf8")
        .split("\n")
        .filter((line) => line.includes("took over the lock of a dead setup")),
    ).toHaveLength(1);
    expect(readdirSync(work).filter((name) => name.startsWith("setup.lock"))).toEqual([]);
  });
});

describe("set-up of this checkout", () => {
  const isDone = existsSync(join(repoRoot, ".venv/tomoe-setup.json"));
  if (!isDone) console.warn("a second set-up is not tested: this checkout was not set up by npm run setup");
  const maybe = isDone ? it : it.skip;

  maybe("has nothing to do the second time", () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(repoRoot, "scripts/setup.mjs"), "--check", "--json"],
      { encoding: "utf8" },
    );
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, installed: [] });
    expect(status).toBe(0);
  });
});

describe("the failures of the scripts", () => {
  it("have the exit codes of ts/errors.ts", async () => {
    const { exitCodes } = await import(pathToFileURL(join(repoRoot, "scripts/support/failure.mjs")).href);
    const table: Readonly<Record<string, { readonly exit: number }>> = errorCodes;
    expect(exitCodes).toEqual(
      Object.fromEntries(Object.keys(exitCodes).map((code) => [code, table[code]?.exit])),
    );
  });
});
