import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { runBounded } from "../../../../../ts/process/index.ts";
import { identifyProcess } from "../../../../../ts/process/proc/index.ts";
import { createRuntimeDir, removeRuntimeDir } from "../../../../../ts/worker/index.ts";
import { caught } from "../../../../support/caught.ts";

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "tomoe-base-"));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

describe("the runtime folder", () => {
  it("is private to its user, new each time, and named by its owner's pid and start time", () => {
    const one = createRuntimeDir(base);
    const other = createRuntimeDir(base);
    expect(one).not.toBe(other);
    expect(statSync(one).mode & 0o777).toBe(0o700);
    expect(basename(one)).toMatch(
      new RegExp(`^tomoe-${process.pid}-${identifyProcess(process.pid)?.startTicks}-[A-Za-z0-9]{6}$`),
    );
  });

  it("sweeps what dead owners left, also when their pid lives on as another process, and nothing else", () => {
    const ticks = identifyProcess(process.pid)?.startTicks;
    const dead = ["tomoe-999999999-1-abcdef", `tomoe-${process.pid}-1-abcdef`].map((name) =>
      join(base, name),
    );
    const kept = [`tomoe-${process.pid}-${ticks}-abcdef`, "tomoe-abc", "tomoe-1-1-toolong7", "other"].map(
      (name) => join(base, name),
    );
    for (const path of [...dead, ...kept]) {
      mkdirSync(path);
      writeFileSync(join(path, "worker-0.sock"), "");
    }
    createRuntimeDir(base);
    expect(dead.map((path) => existsSync(path))).toEqual([false, false]);
    expect(kept.map((path) => existsSync(path))).toEqual([true, true, true, true]);
  });

  it("is removed with what is in it, and no other folder ever is", () => {
    const own = createRuntimeDir(base);
    writeFileSync(join(own, "ready-0.json"), "{}");
    removeRuntimeDir(own);
    expect(existsSync(own)).toBe(false);
    removeRuntimeDir(base);
    expect(existsSync(base)).toBe(true);
  });

  it("goes with the process that made it, unless that is killed", async () => {
    const door = new URL("../../../../../ts/worker/launch/runtime-dir.ts", import.meta.url).href;
    const make = (end: string) =>
      `const { createRuntimeDir } = await import(${JSON.stringify(door)}); console.log(createRuntimeDir(${JSON.stringify(base)})); ${end}`;
    const run = (end: string) =>
      runBounded({
        command: process.execPath,
        args: ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", make(end)],
        timeoutMs: 600_000,
        maxOutputBytes: 1000,
      });
    const left = async (end: string): Promise<boolean> =>
      existsSync(
        Buffer.from((await run(end)).stdout)
          .toString()
          .trim(),
      );
    expect(await left("")).toBe(false);
    expect(await left("process.exit(3)")).toBe(false);
    expect(
      await left('process.kill(process.pid, "SIGKILL"); await new Promise(() => setTimeout(() => {}, 1000))'),
    ).toBe(true);
  });

  it("names the folder in which it cannot be made", async () => {
    const absent = join(base, "absent");
    const error = await caught(() => createRuntimeDir(absent));
    expect({ code: error.code, message: error.message }).toEqual({
      code: "OUTPUT_CREATE",
      message: `[OUTPUT_CREATE] cannot make a runtime folder at ${absent}: ENOENT`,
    });
  });
});
