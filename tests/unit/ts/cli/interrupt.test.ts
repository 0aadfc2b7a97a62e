import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterInterrupt } from "../../../../ts/cli/interrupt.ts";
import { asTomoeError } from "../../../../ts/cli/screen/output.ts";
import { TomoeError } from "../../../../ts/errors.ts";
import { startProgram } from "./program.ts";

const script = fileURLToPath(new URL("children/wait.ts", import.meta.url));

describe("a signal", () => {
  it.each([
    ["SIGINT", 130, "CANCELLED", "press Ctrl-C again"],
    ["SIGTERM", 143, "TERMINATED", "send it again"],
    ["SIGHUP", 143, "TERMINATED", "send it again"],
  ] as const)(
    "%s stops cleanly with exit code %d, and says how to force and how to resume",
    async (signal, code, name, how) => {
      const { child, ended, saying } = startProgram(["clean"], { script });
      await saying("ready");
      child.kill(signal);
      const { code: found, stdout, stderr } = await ended;
      expect(found).toBe(code);
      expect(stdout).toBe(`ready\naborted ${name}\n${name} Go on: tomoe run --resume r\n`);
      expect(stderr).toContain(`stopping cleanly (${signal}); ${how} to stop at once`);
    },
  );

  it("that comes a second time ends a deaf command", async () => {
    const { child, ended, saying } = startProgram(["deaf"], { script });
    await saying("ready");
    child.kill("SIGINT");
    await saying("aborted");
    await sleep(450);
    child.kill("SIGINT");
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(stdout).toContain("CANCELLED");
  });

  it("that npm passes on after the terminal has sent it counts once", async () => {
    const { child, ended, saying } = startProgram(["deaf"], { script });
    await saying("ready");
    child.kill("SIGINT");
    await saying("aborted");
    child.kill("SIGINT");
    await sleep(200);
    expect(child.exitCode).toBeNull();
    child.kill("SIGKILL");
    await ended;
  });
});

describe("what a command fails with after a signal", () => {
  it("is the stop, with the command's own words, when it stopped", () => {
    const stopped = new TomoeError("CANCELLED", "run r was stopped", {
      hint: "go on with: tomoe run --resume r",
      details: { runId: "r" },
    });
    const after = asTomoeError(afterInterrupt("SIGTERM", stopped));
    expect([after.code, after.exitCode, after.message, after.hint, after.details]).toEqual([
      "TERMINATED",
      143,
      "[TERMINATED] run r was stopped",
      stopped.hint,
      { runId: "r" },
    ]);
    expect(afterInterrupt("SIGINT", stopped)).toBe(stopped);
  });

  it("is the stop when something was aborted in its midst", () => {
    expect(
      asTomoeError(afterInterrupt("SIGINT", Object.assign(new Error("aborted"), { name: "AbortError" })))
        .code,
    ).toBe("CANCELLED");
  });

  it("stays another failure when it is one", () => {
    const full = new TomoeError("DISK_FULL", "no space", { hint: "h" });
    expect(afterInterrupt("SIGINT", full)).toBe(full);
    const sweep = new TomoeError("STOPPED_RESUMABLE", "sweep s was stopped", { hint: "h" });
    expect(afterInterrupt("SIGTERM", sweep)).toBe(sweep);
  });
});
