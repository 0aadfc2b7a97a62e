import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { descendantsOf } from "../../../../../ts/process/proc/index.ts";
import type { WorkerLaunch } from "../../../../../ts/worker/index.ts";
import { startWorkers } from "../../../../../ts/worker/index.ts";
import { caught } from "../../../../support/caught.ts";
import { standIn } from "../../../../support/misbehaving/stand-in.ts";

let remove: (() => void)[] = [];
afterEach(() => {
  for (const each of remove) each();
  remove = [];
});

/** Starts the zoo's `name`, which must fail; afterwards no process and no socket folder may be left. */
async function failure(name: string, change: Partial<WorkerLaunch> = {}) {
  const zoo = standIn(name);
  remove.push(zoo.remove);
  const before = descendantsOf(process.pid).length;
  const error = await caught(() => startWorkers({ ...zoo.launch, ...change }));
  expect(descendantsOf(process.pid).length).toBe(before);
  expect(readdirSync(zoo.launch.runtimeDir)).toEqual([]);
  return { error, folder: zoo.folder };
}

/** A deadline that no test waits for: what does not depend on it ends before. */
const hours = 4 * 3_600_000;

describe("starting a worker that misbehaves", () => {
  it("gives up on one that is never ready, at the deadline, and shows its last words", async () => {
    // A busy machine may need longer until Python has said anything at all.
    for (let readyTimeoutMs = 400; ; readyTimeoutMs *= 3) {
      const { error } = await failure("never_ready", { readyTimeoutMs });
      expect({ code: error.code, message: error.message }).toEqual({
        code: "WORKER_START",
        message: `[WORKER_START] 1 of 1 ranks were not ready within ${readyTimeoutMs} ms`,
      });
      const { logTail } = error.details;
      if (Array.isArray(logTail) && logTail.length === 0) continue;
      expect(logTail).toEqual(["still loading"]);
      return;
    }
  });

  it("ends one that is deaf to SIGTERM when the caller gives up", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 300);
    const { error } = await failure("ignores_sigterm", { signal: controller.signal });
    expect({ code: error.code, message: error.message }).toEqual({
      code: "CANCELLED",
      message: "[CANCELLED] starting the worker was cancelled",
    });
  });

  it("starts none when the caller has given up before", async () => {
    const { error, folder } = await failure("never_ready", { signal: AbortSignal.abort() });
    expect(error.code).toBe("CANCELLED");
    expect(() => statSync(join(folder, "worker.log"))).toThrow(/ENOENT/);
  });

  it("shows what came over the ready channel instead of a message", async () => {
    const { error } = await failure("garbage_ready");
    expect({ code: error.code, message: error.message }).toEqual({
      code: "WORKER_START",
      message: '[WORKER_START] what came over the ready channel is no ready message: "??{not json"',
    });
  });

  it("reads no more than a message's worth of a line without end", async () => {
    const { error } = await failure("endless_ready", { readyTimeoutMs: hours });
    expect(error.code).toBe("WORKER_START");
    expect(error.message).toMatch(/is no ready message: "x{80}"$/);
  });

  it("does not take a closed ready channel for a ready worker", async () => {
    const { error } = await failure("closes_ready", { readyTimeoutMs: 500 });
    expect({ code: error.code, message: error.message }).toEqual({
      code: "WORKER_START",
      message: "[WORKER_START] 1 of 1 ranks were not ready within 500 ms",
    });
  });

  it("refuses one of another major version before it says hello", async () => {
    const { error } = await failure("wrong_version");
    expect({ code: error.code, message: error.message, exit: error.exitCode }).toEqual({
      code: "WIRE_VERSION",
      message: "[WIRE_VERSION] the worker speaks protocol 2.5, this side 1.0",
      exit: 76,
    });
  });

  it("refuses a ready message from somebody who does not know the token", async () => {
    const { error } = await failure("forged_ready");
    expect({ code: error.code, message: error.message }).toEqual({
      code: "WORKER_START",
      message: "[WORKER_START] a ready message for rank 0 came from somebody without this run's token",
    });
  });

  it("passes on why a worker says it will not be ready", async () => {
    const { error } = await failure("refuses_typed");
    expect({
      code: error.code,
      message: error.message,
      hint: error.hint,
      details: error.details,
      exit: error.exitCode,
    }).toEqual({
      code: "DEVICE_UNAVAILABLE",
      message: "[DEVICE_UNAVAILABLE] this node has no GPU",
      hint: "Use --device cpu.",
      details: { gpus: 0 },
      exit: 78,
    });
  });

  it("does not pretend to know a code it does not know", async () => {
    const { error } = await failure("refuses_unknown_code");
    expect({ code: error.code, message: error.message }).toEqual({
      code: "WORKER_START",
      message: "[WORKER_START] FROM_THE_FUTURE: no",
    });
  });

  it("tells the exit code and last line of one that fails while it imports", async () => {
    const { error } = await failure("exits_in_import", { readyTimeoutMs: hours });
    expect({ code: error.code, message: error.message }).toEqual({
      code: "WORKER_START",
      message:
        "[WORKER_START] the worker exited (exit code 1) before it was ready: RuntimeError: libtorch_cpu.so: cannot open shared object file",
    });
  });

  it("takes one that a signal ends before it is ready for a death, which a fresh worker may be spared", async () => {
    const { error } = await failure("killed_in_import");
    expect({ code: error.code, message: error.message }).toEqual({
      code: "WORKER_DIED",
      message: "[WORKER_DIED] the worker exited (SIGKILL) before it was ready",
    });
  });

  it("survives 100 MB of output with a capped log", async () => {
    const { error, folder } = await failure("chatty");
    expect(error.message).toBe(
      "[WORKER_START] the worker exited (exit code 3) before it was ready: too much to say",
    );
    const sizes = readdirSync(folder)
      .filter((name) => name.startsWith("worker.log"))
      .map((name) => statSync(join(folder, name)).size);
    expect(sizes.length).toBe(2);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1 << 20);
    expect(readFileSync(join(folder, "worker.log"), "latin1")).toContain("too much to say");
  });

  it("notices one that dies between the ready message and the hello, and says how", async () => {
    const { error } = await failure("dies_after_ready", { readyTimeoutMs: hours });
    expect({ code: error.code, message: error.message }).toEqual({
      code: "WORKER_DIED",
      message: "[WORKER_DIED] the worker died (SIGKILL) during Hello",
    });
    expect(error.details).toMatchObject({
      exitCode: null,
      signal: "SIGKILL",
      forced: false,
      logTail: ["goodbye"],
    });
  });

  it("refuses a world of another size than planned", async () => {
    const { error } = await failure("fewer_ranks");
    expect({ code: error.code, message: error.message }).toEqual({
      code: "WORKER_START",
      message: "[WORKER_START] rank 0 of 3 came, 1 ranks were planned",
    });
  });

  it("names the interpreter that is not there", async () => {
    const { error } = await failure("never_ready", { env: { TOMOE_PYTHON: "/no/such/python" } });
    expect({ code: error.code, message: error.message, exit: error.exitCode }).toEqual({
      code: "ENVIRONMENT",
      message: "[ENVIRONMENT] TOMOE_PYTHON is /no/such/python, which is no executable file",
      exit: 78,
    });
  });

  it("refuses a socket path that is too long when a socket was asked for", async () => {
    const zoo = standIn("never_ready");
    remove.push(zoo.remove);
    const runtimeDir = join(zoo.folder, "x".repeat(120));
    const error = await caught(() => startWorkers({ ...zoo.launch, runtimeDir, transport: "uds" }));
    expect(error.code).toBe("WORKER_START");
    expect(error.message).toMatch(
      /^\[WORKER_START\] the socket's path in .* would have \d+ bytes, at most 103 are possible$/,
    );
  });

  it("cannot give several ranks one file descriptor", async () => {
    const { error } = await failure("never_ready", { ranks: 2, readyVia: "fd" });
    expect({ code: error.code, message: error.message }).toEqual({
      code: "USAGE_INVALID",
      message: "[USAGE_INVALID] 2 ranks cannot share file descriptor 3",
    });
  });
});
