import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Child } from "../../../../ts/process/index.ts";
import { runBounded, startChild } from "../../../../ts/process/index.ts";
import { descendantsOf, identifyProcess } from "../../../../ts/process/proc/index.ts";
import { until } from "../../../support/until.ts";

let folder: string;
let children: Child[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tomoe-child-"));
});
afterEach(async () => {
  await Promise.all(children.map((child) => child.kill()));
  children = [];
  rmSync(folder, { recursive: true, force: true });
});

function start(code: string, options: Partial<Parameters<typeof startChild>[0]> = {}): Child {
  const child = startChild({
    command: process.execPath,
    args: ["-e", code],
    logFile: join(folder, "child.log"),
    maxLogBytes: 1 << 16,
    readyChannel: false,
    graceMs: 4000,
    ...options,
  });
  children.push(child);
  return child;
}

describe("startChild", () => {
  it("gives the child file descriptor 3 to say it is ready, apart from what it prints", async () => {
    const child = start(
      'console.log("chatter"); require("node:fs").writeSync(3, "ready\\n"); setInterval(() => {}, 1000)',
      { readyChannel: true },
    );
    const chunks: Buffer[] = [];
    child.ready?.on("data", (chunk: Buffer) => chunks.push(chunk));
    await until(() => Buffer.concat(chunks).toString() === "ready\n");
    await until(() => child.logTail(5).includes("chatter"));
    expect(readFileSync(join(folder, "child.log"), "utf8")).toBe("chatter\n");
  });

  it("tells exit code and last lines of a child that fails", async () => {
    const exit = await start('console.log("one"); console.error("two"); process.exitCode = 7').ended;
    expect(exit).toMatchObject({ exitCode: 7, signal: null, forced: false });
    expect([...exit.logTail].sort()).toEqual(["one", "two"]);
  });

  it("ends a child by closing its stdin and SIGTERM, without force", async () => {
    const child = start(
      'process.on("SIGTERM", () => {}); process.stdin.on("end", () => process.exit(0)).resume(); console.log("up")',
    );
    await until(() => child.logTail(1).includes("up"));
    expect(await child.stop()).toMatchObject({ exitCode: 0, forced: false });
    expect(await child.stop()).toMatchObject({ exitCode: 0 });
  });

  it("kills a child that ignores SIGTERM, with its grandchildren, after the grace", async () => {
    const child = start(
      'process.on("SIGTERM", () => {}); require("node:child_process").spawn("sleep", ["60"]); console.log("up"); setInterval(() => {}, 1000)',
      { graceMs: 300 },
    );
    await until(() => child.logTail(1).includes("up") && descendantsOf(child.pid).length === 1);
    const [grandchild] = descendantsOf(child.pid);
    const started = performance.now();
    expect(await child.stop()).toMatchObject({ signal: "SIGKILL", forced: true });
    expect(performance.now() - started).toBeGreaterThan(290);
    await until(() => identifyProcess(grandchild?.pid ?? -1) === undefined);
  });

  it("tells the end of a child at once, even when a grandchild keeps its output open", async () => {
    const child = start(
      'const grandchild = require("node:child_process").spawn("sleep", ["900"], { stdio: "inherit", detached: true }); grandchild.unref(); console.log(grandchild.pid)',
    );
    const { exitCode, logTail } = await child.ended;
    const grandchild = Number(logTail[0]);
    expect(exitCode).toBe(0);
    expect(identifyProcess(grandchild)).toBeDefined();
    process.kill(grandchild, "SIGKILL");
  });

  it("names SIGKILL when something else killed the child", async () => {
    const child = start("setInterval(() => {}, 1000)");
    process.kill(child.pid, "SIGKILL");
    expect(await child.ended).toMatchObject({ exitCode: null, signal: "SIGKILL", forced: false });
  });

  it("survives 100 MB of output with a capped log and no stall", async () => {
    const exit = await start(
      'const b = Buffer.alloc(1 << 20, 0); let n = 0; const go = () => n++ < 100 ? process.stdout.write(b, go) : console.log("\\nlast"); go()',
    ).ended;
    expect(exit.exitCode).toBe(0);
    expect(exit.logTail.at(-1)).toBe("last");
    expect(
      statSync(join(folder, "child.log")).size + statSync(join(folder, "child.log.1")).size,
    ).toBeLessThanOrEqual(2 << 16);
  });

  it("has what is printed later go to another log, with a tail of its own, or nowhere", async () => {
    const child = start('console.log("first run"); setInterval(() => {}, 1000)');
    await until(() => child.logTail(5).includes("first run"));
    const second = join(folder, "second.log");
    child.logTo({ logFile: second, maxLogBytes: 1 << 16 });
    expect(child.logTail(5)).toEqual([]);
    // SIGUSR1 makes Node say something of itself.
    child.signal("SIGUSR1");
    await until(() => child.logTail(5).some((line) => line.startsWith("Debugger listening")));
    child.logTo(undefined);
    expect(child.logTail(5)).toEqual([]);
    expect(readFileSync(second, "utf8")).toMatch(/^Debugger listening/);
    expect(readFileSync(join(folder, "child.log"), "utf8")).toBe("first run\n");
    expect((await child.kill()).logTail).toEqual([]);
  });

  it("keeps its log when there is no place for the next one", async () => {
    const child = start('console.log("still here"); setInterval(() => {}, 1000)');
    expect(() => child.logTo({ logFile: join(folder, "child.log", "below"), maxLogBytes: 9 })).toThrow(
      expect.objectContaining({ code: "OUTPUT_CREATE" }),
    );
    await until(() => child.logTail(1).includes("still here"));
    expect((await child.kill()).logTail).toEqual(["still here"]);
  });

  it("holds this process or lets it end, whichever was said last, and takes the child along", async () => {
    for (const isHeld of [true, false]) {
      const script = `
import { startChild } from ${JSON.stringify(join(import.meta.dirname, "../../../../ts/process/index.ts"))};
const log = ${JSON.stringify(join(folder, `held-${isHeld}.log`))};
const child = startChild({ command: process.execPath, args: ["-e", "setInterval(() => {}, 1000)"],
  logFile: log, maxLogBytes: 1000, readyChannel: true, graceMs: 100 });
child.hold(false);
child.hold(${isHeld});
console.log(child.pid);
if (${isHeld}) setTimeout(() => { console.log("stayed"); process.exit(); }, 300);`;
      const told = await runBounded({
        command: process.execPath,
        args: ["--input-type=module", "--conditions=tomoe-source", "-e", script],
        timeoutMs: 300_000,
        maxOutputBytes: 1 << 16,
      });
      const [pid, ...rest] = Buffer.from(told.stdout).toString("utf8").trim().split("\n");
      expect([told.exitCode, rest]).toEqual([0, isHeld ? ["stayed"] : []]);
      await until(() => identifyProcess(Number(pid)) === undefined);
    }
  });

  it("refuses a command that does not exist and leaves no log behind it", () => {
    expect(() => start("", { command: "no-such-python" })).toThrow(
      expect.objectContaining({
        code: "ENVIRONMENT",
        message: "[ENVIRONMENT] cannot run no-such-python: it is on no folder of PATH",
      }),
    );
    expect(() => statSync(join(folder, "child.log"))).toThrow(/ENOENT/);
  });
});
