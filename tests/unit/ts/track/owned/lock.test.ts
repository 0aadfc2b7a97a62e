import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { acquireLock } from "../../../../../ts/track/index.ts";
import { lockHolder } from "../../../../../ts/track/read/index.ts";
import { currentOwner } from "../../../../../ts/track/runs/owner.ts";
import { failureOf, scratchFolder, startChild } from "../fixtures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());

let folders = 0;
function folder(): string {
  const path = join(scratch.path, `run-${folders++}`);
  mkdirSync(path);
  return path;
}

const quiet = (): void => undefined;
const deadToken = "0123456789abcdef0123456789abcdef";

function leaveLock(path: string, change: Partial<ReturnType<typeof currentOwner>>): void {
  writeFileSync(join(path, "lock"), JSON.stringify({ ...currentOwner(), token: deadToken, ...change }));
}

describe("the lock of a run folder", () => {
  it("is refused to a second owner with exit code 77 and the name of the first", async () => {
    const path = folder();
    const lock = await acquireLock(path, quiet);
    const refused = await failureOf(acquireLock(path, quiet));
    expect(refused.code).toBe("LOCKED");
    expect(refused.exitCode).toBe(77);
    expect(refused.message).toContain(
      `owned by process ${process.pid} on ${lock.owner.host} since ${lock.owner.since}`,
    );
    expect(refused.details).toMatchObject({ pid: process.pid, host: lock.owner.host, life: "alive" });
    expect(refused.hint).toContain(`kill ${process.pid}`);
    await lock.release();
  });

  it("is free after its release, and a second release does nothing", async () => {
    const path = folder();
    const first = await acquireLock(path, quiet);
    await first.release();
    const second = await acquireLock(path, quiet);
    await first.release();
    expect((await lockHolder(path))?.token).toBe(second.owner.token);
    await second.release();
    expect(readdirSync(path)).toEqual([]);
  });

  it.each([
    ["whose process is gone", { pid: 4_194_303 }],
    ["whose pid another process has now", { startTicks: "1" }],
    ["of before the machine was restarted", { bootId: "00000000-0000-0000-0000-000000000000" }],
  ])("is taken over with a line from an owner %s", async (_title, change) => {
    const path = folder();
    leaveLock(path, change);
    const lines: string[] = [];
    const lock = await acquireLock(path, (line) => lines.push(line));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^took over the lock of run-\d+: process \d+ on .+ is gone$/);
    expect((await lockHolder(path))?.token).toBe(lock.owner.token);
    await lock.release();
    expect(readdirSync(path)).toEqual([]);
  });

  it.each([
    ["of another machine", { host: "node7.elsewhere" }, "Look on node7.elsewhere"],
    ["of another container", { pidNamespace: "pid:[1]" }, "delete"],
  ])("is not taken from an owner %s, whose life cannot be seen", async (_title, change, hint) => {
    const path = folder();
    leaveLock(path, change);
    const refused = await failureOf(acquireLock(path, quiet));
    expect(refused.code).toBe("LOCKED");
    expect(refused.details.life).toBe("unknown");
    expect(refused.hint).toContain(hint);
  });

  it("is taken over along a chain of claimants that died while taking over", async () => {
    const path = folder();
    leaveLock(path, { startTicks: "1" });
    writeFileSync(
      join(path, `lock.claim-${deadToken}`),
      JSON.stringify({ ...currentOwner(), startTicks: "2", token: "a".repeat(32) }),
    );
    writeFileSync(
      join(path, `lock.claim-${"a".repeat(32)}`),
      JSON.stringify({ ...currentOwner(), startTicks: "3", token: "b".repeat(32) }),
    );
    const lock = await acquireLock(path, quiet);
    expect((await lockHolder(path))?.token).toBe(lock.owner.token);
    expect(readdirSync(path)).toEqual(["lock"]);
  });

  it("is left to a living claimant that is taking it over", async () => {
    const path = folder();
    leaveLock(path, { startTicks: "1" });
    writeFileSync(
      join(path, `lock.claim-${deadToken}`),
      JSON.stringify({ ...currentOwner(), token: "a".repeat(32) }),
    );
    expect((await failureOf(acquireLock(path, quiet))).code).toBe("LOCKED");
    expect((await lockHolder(path))?.token).toBe(deadToken);
  });

  it("tells an owner that lost it, naming the new one", async () => {
    const path = folder();
    const lock = await acquireLock(path, quiet);
    await lock.assertHeld();
    leaveLock(path, { pid: 4711 });
    const lost = await failureOf(lock.assertHeld());
    expect(lost.code).toBe("LOCKED");
    expect(lost.message).toContain("held by process 4711");
    await lock.release();
    expect(JSON.parse(readFileSync(join(path, "lock"), "utf8")).pid).toBe(4711);
  });

  it("is reported as damaged, not as free, when it is not a lock", async () => {
    const path = folder();
    writeFileSync(join(path, "lock"), "not json");
    const refused = await failureOf(acquireLock(path, quiet));
    expect(refused.code).toBe("RECORD_INVALID");
    expect(refused.hint).toContain("delete the lock file");
  });

  it("goes to exactly one of 20 processes that want it at once, in 60 folders, free or with a stale lock", async () => {
    const parent = folder();
    const paths = Array.from({ length: 60 }, (_, index) =>
      join(parent, `run-${String(index).padStart(2, "0")}`),
    );
    for (const [index, path] of paths.entries()) {
      mkdirSync(path);
      if (index % 2 === 0) leaveLock(path, { startTicks: "1" });
    }
    const contenders = Array.from({ length: 20 }, () => startChild("hold-lock.ts", [parent]));
    await Promise.all(contenders.map(({ line }) => line(0)));
    for (const { child } of contenders) child.stdin.write("go\n");
    const answers = await Promise.all(
      contenders.map(async ({ line }) => JSON.parse(await line(1)) as string[]),
    );
    for (const [index, path] of paths.entries()) {
      const winners = contenders.filter((_, contender) => answers[contender]?.[index] === "held");
      expect(winners).toHaveLength(1);
      expect((await lockHolder(path))?.pid).toBe(winners[0]?.child.pid);
      const refusals = answers.map((answer) => answer[index]).filter((answer) => answer !== "held");
      expect(refusals).toHaveLength(19);
      for (const refusal of refusals)
        expect(refusal).toMatch(/^LOCKED \[LOCKED\] .+ is owned by process \d+ on /);
    }
    for (const { child } of contenders) child.kill("SIGKILL");
    await Promise.all(contenders.map(({ ended }) => ended));
    // The winners were killed, so their locks are stale now, and the next owner gets them.
    await (await acquireLock(paths[0] ?? "", quiet)).release();
  });
});
