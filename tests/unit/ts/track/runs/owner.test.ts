import { spawn } from "node:child_process";
import { once } from "node:events";
import { hostname } from "node:os";
import { identifyProcess } from "../../../../../ts/process/proc/index.ts";
import {
  currentOwner,
  type Owner,
  ownerLife,
  ownerSchema,
  ownerText,
} from "../../../../../ts/track/runs/owner.ts";

const own = currentOwner();

describe("the owner of a run", () => {
  it("is this process, with a token of its own each time", () => {
    expect(ownerSchema.parse(own)).toEqual(own);
    expect(own).toMatchObject({
      pid: process.pid,
      startTicks: identifyProcess(process.pid)?.startTicks,
      host: hostname(),
    });
    const again = currentOwner();
    expect(again.token).not.toBe(own.token);
    expect(Math.abs(Date.parse(again.since) - Date.now())).toBeLessThan(600_000);
  });

  it.each<[string, Partial<Owner>, string]>([
    ["this process", {}, "alive"],
    ["a process whose pid was given to this one since", { startTicks: "1" }, "dead"],
    ["a process that is gone", { pid: 2 ** 22 + 1 }, "dead"],
    ["a process of before the last start of this machine", { bootId: "another" }, "dead"],
    ["a process of another container", { pidNamespace: "pid:[1]" }, "unknown"],
    ["a process of another machine", { host: "elsewhere.example" }, "unknown"],
    [
      "a process of another machine, whatever else fits",
      { host: "elsewhere.example", bootId: "x" },
      "unknown",
    ],
  ])("that is %s is seen as it is", (_, difference, life) => {
    expect(ownerLife({ ...own, ...difference })).toBe(life);
  });

  it("is dead once it is killed, though nobody has waited for it yet", async () => {
    const child = spawn("sleep", ["60"]);
    const named = {
      ...own,
      pid: child.pid ?? -1,
      startTicks: identifyProcess(child.pid ?? -1)?.startTicks ?? "",
    };
    expect(ownerLife(named)).toBe("alive");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(ownerLife(named)).toBe("dead");
  });

  it("is named with pid, machine and time", () => {
    expect(ownerText({ ...own, pid: 4711, host: "node7", since: "2026-11-24T20:14:03.000Z" })).toBe(
      "process 4711 on node7 since 2026-11-24T20:14:03.000Z",
    );
  });

  it.each([
    ["a pid below 1", { pid: 0 }],
    ["a token that is none", { token: "x" }],
    ["a field too many", { extra: 1 }],
  ])("is refused with %s", (_, wrong) => {
    expect(ownerSchema.safeParse({ ...own, ...wrong }).success).toBe(false);
  });
});
