import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RotatingLog } from "../../../../ts/process/index.ts";

describe("RotatingLog", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tomoe-log-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

  it("appends to the file that is there", () => {
    const file = join(folder, "a", "worker.log");
    for (const text of ["one\n", "two\n"]) {
      const log = new RotatingLog(file, 1000);
      log.write(bytes(text));
      log.close();
    }
    expect(readFileSync(file, "utf8")).toBe("one\ntwo\n");
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("keeps at most two files of the size given, the newer bytes in the first", () => {
    const file = join(folder, "worker.log");
    const log = new RotatingLog(file, 100);
    for (let line = 0; line < 50; line += 1) log.write(bytes(`line ${String(line).padStart(4, "0")}\n`));
    log.write(bytes("z".repeat(1000)));
    log.close();
    expect(statSync(file).size).toBe(100);
    expect(statSync(`${file}.1`).size).toBe(100);
    expect(existsSync(`${file}.2`)).toBe(false);
    expect(readFileSync(file, "utf8")).toBe("z".repeat(100));
  });

  it("tells the last lines, whole across chunks, also the one that is not ended", () => {
    const log = new RotatingLog(join(folder, "worker.log"), 1000);
    for (const chunk of ["fir", "st\nsecond\nth", "ird"]) log.write(bytes(chunk));
    expect(log.tail(2)).toEqual(["second", "third"]);
    log.close();
  });

  it("replaces control bytes in the lines it tells, and keeps them in the file", () => {
    const file = join(folder, "worker.log");
    const log = new RotatingLog(file, 1000);
    log.write(new Uint8Array([0x61, 0x1b, 0x00, 0x62, 0x0a]));
    expect(log.tail(5)).toEqual(["a??b"]);
    log.close();
    expect([...readFileSync(file)]).toEqual([0x61, 0x1b, 0x00, 0x62, 0x0a]);
  });

  it("holds little memory for a line without end", () => {
    const log = new RotatingLog(join(folder, "worker.log"), 1 << 20);
    for (let chunk = 0; chunk < 40; chunk += 1) log.write(bytes("x".repeat(1 << 16)));
    expect(log.tail(5)).toEqual(["x".repeat(500)]);
    log.close();
  });

  it("counts what could not be written instead of failing", () => {
    const file = join(folder, "worker.log");
    const log = new RotatingLog(file, 1000);
    log.write(bytes("before\n"));
    log.close();
    log.write(bytes("after\n"));
    expect(log.tail(5)).toEqual(["before", "after", `(6 bytes of output could not be written to ${file})`]);
    expect(readFileSync(file, "utf8")).toBe("before\n");
  });

  it("refuses a path that cannot be made, naming it", () => {
    writeFileSync(join(folder, "file"), "");
    const path = join(folder, "file", "worker.log");
    expect(() => new RotatingLog(path, 10)).toThrow(
      expect.objectContaining({
        code: "OUTPUT_CREATE",
        message: `[OUTPUT_CREATE] cannot write the log at ${path}: EEXIST`,
      }),
    );
  });
});
