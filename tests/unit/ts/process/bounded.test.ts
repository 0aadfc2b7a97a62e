import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runBounded } from "../../../../ts/process/index.ts";
import { identifyProcess } from "../../../../ts/process/proc/index.ts";
import { until } from "../../../support/until.ts";

const node = process.execPath;
const script = (code: string) => ({
  command: node,
  args: ["-e", code],
  timeoutMs: 300_000,
  maxOutputBytes: 1 << 20,
});

async function codeAndMessage(promise: Promise<unknown>): Promise<{ code: string; message: string }> {
  try {
    await promise;
  } catch (error) {
    if (typeof error === "object" && error !== null && "code" in error && "message" in error)
      return { code: String(error.code), message: String(error.message) };
  }
  throw new Error("expected a typed error");
}

describe("runBounded", () => {
  it("gives the child its input and returns every byte it wrote", async () => {
    const input = new Uint8Array(300_000).map((_, index) => (index * 7) % 251);
    const result = await runBounded({
      command: "cat",
      args: [],
      input,
      timeoutMs: 300_000,
      maxOutputBytes: input.length,
    });
    expect(result.exitCode).toBe(0);
    expect(Buffer.compare(Buffer.from(result.stdout), Buffer.from(input))).toBe(0);
  });

  it("keeps a final newline, and closes stdin when there is no input", async () => {
    const result = await runBounded(script('process.stdin.on("end", () => console.log("end")).resume()'));
    expect(Buffer.from(result.stdout).toString()).toBe("end\n");
  });

  it("returns a failing exit code with the text of stderr instead of throwing", async () => {
    const result = await runBounded(script('console.error("no such codec"); process.exit(3)'));
    expect(result).toMatchObject({ exitCode: 3, signal: null, stderr: "no such codec\n" });
  });

  it("names the signal that ended a child", async () => {
    const result = await runBounded(script('process.kill(process.pid, "SIGSEGV")'));
    expect(result).toMatchObject({ exitCode: null, signal: "SIGSEGV" });
  });

  it("keeps the end of a long stderr and lets the child run on", async () => {
    const result = await runBounded(
      script('process.stderr.write("x".repeat(500000) + "last words", () => console.log("done"))'),
    );
    expect(result.stderr.length).toBe(64 * 1024);
    expect(result.stderr.endsWith("last words")).toBe(true);
    expect(Buffer.from(result.stdout).toString()).toBe("done\n");
  });

  it("refuses a command that does not exist, naming it", async () => {
    const bare = await codeAndMessage(
      runBounded({ command: "no-such-codec", args: [], timeoutMs: 300_000, maxOutputBytes: 10 }),
    );
    expect(bare).toEqual({
      code: "ENVIRONMENT",
      message: "[ENVIRONMENT] cannot run no-such-codec: it is on no folder of PATH",
    });
    const path = await codeAndMessage(
      runBounded({
        command: "/no/such/codec",
        args: [],
        timeoutMs: 300_000,
        maxOutputBytes: 10,
        maxMemoryBytes: 1 << 30,
      }),
    );
    expect(path).toEqual({
      code: "ENVIRONMENT",
      message: "[ENVIRONMENT] cannot run /no/such/codec: it is not an executable file",
    });
  });

  it("refuses an executable whose interpreter is missing", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tomoe-bounded-"));
    const file = join(folder, "broken");
    writeFileSync(file, "#!/no/such/interpreter\n", { mode: 0o700 });
    const error = await codeAndMessage(
      runBounded({ command: file, args: [], timeoutMs: 300_000, maxOutputBytes: 10 }),
    );
    rmSync(folder, { recursive: true });
    expect(error).toEqual({ code: "ENVIRONMENT", message: `[ENVIRONMENT] cannot run ${file}` });
  });

  it("kills a child and its grandchildren at the time limit", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tomoe-bounded-"));
    const pidFile = join(folder, "pid");
    const command = {
      command: "sh",
      args: ["-c", 'sh -c \'echo $$ > "$0"; trap "" TERM; while :; do sleep 1; done\' "$0" & wait', pidFile],
      timeoutMs: 3_000,
      maxOutputBytes: 10,
    };
    const error = await codeAndMessage(runBounded(command));
    expect(error).toEqual({
      code: "PROCESS_TIMEOUT",
      message: "[PROCESS_TIMEOUT] sh did not end within 3000 ms and was killed",
    });
    const grandchild = Number(readFileSync(pidFile, "utf8"));
    rmSync(folder, { recursive: true });
    expect(grandchild).toBeGreaterThan(1);
    await until(() => identifyProcess(grandchild) === undefined);
  });

  it("ends a child that writes one byte more than allowed", async () => {
    const exact = await runBounded({
      ...script('process.stdout.write("x".repeat(1000))'),
      maxOutputBytes: 1000,
    });
    expect(exact.stdout.length).toBe(1000);
    const error = await codeAndMessage(
      runBounded({ ...script('process.stdout.write("x".repeat(1001))'), maxOutputBytes: 1000 }),
    );
    expect(error).toEqual({
      code: "PROCESS_OUTPUT_LIMIT",
      message: `[PROCESS_OUTPUT_LIMIT] ${node} wrote more than 1000 bytes and was killed`,
    });
  });

  it("stops a child that asks for more memory than allowed, and runs a Node child within the bound", async () => {
    const allocate = (mebibytes: number) => ({
      ...script(`const b = Buffer.alloc(${mebibytes} << 20, 1); console.log(b.length)`),
      maxMemoryBytes: 1000 << 20,
    });
    const within = await runBounded(allocate(32));
    expect({ exitCode: within.exitCode, text: Buffer.from(within.stdout).toString() }).toEqual({
      exitCode: 0,
      text: `${32 << 20}\n`,
    });
    const beyond = await runBounded(allocate(800));
    expect(beyond.exitCode).not.toBe(0);
    expect(beyond.stdout.length).toBe(0);
  });

  it("stops the child when the signal aborts, and starts none when it already has", async () => {
    const controller = new AbortController();
    const running = codeAndMessage(
      runBounded({ ...script("setInterval(() => {}, 1000)"), signal: controller.signal }),
    );
    setTimeout(() => controller.abort(), 100);
    expect((await running).code).toBe("CANCELLED");
    expect((await codeAndMessage(runBounded({ ...script("0"), signal: controller.signal }))).code).toBe(
      "CANCELLED",
    );
  });

  it("does not fail when the child exits before reading all its input", async () => {
    const result = await runBounded({ ...script("process.exit(0)"), input: new Uint8Array(8 << 20) });
    expect(result.exitCode).toBe(0);
  });

  it("passes variables on top of the environment", async () => {
    const result = await runBounded({
      ...script("console.log(process.env.TOMOE_BOUNDED, typeof process.env.PATH)"),
      env: { TOMOE_BOUNDED: "yes" },
    });
    expect(Buffer.from(result.stdout).toString()).toBe("yes string\n");
  });

  it("refuses a bound that is no positive integer", async () => {
    const error = await codeAndMessage(runBounded({ ...script("0"), timeoutMs: Number.NaN }));
    expect(error).toEqual({
      code: "USAGE_INVALID",
      message: `[USAGE_INVALID] timeoutMs of ${node} is NaN, not a positive integer`,
    });
  });
});
