import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { availableMemory, usableBytes } from "../../../../../ts/process/proc/available.ts";

const folder = mkdtempSync(join(tmpdir(), "tomoe-available-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("available memory", () => {
  it("is what the kernel says it could give away, in bytes", () => {
    const path = join(folder, "meminfo");
    writeFileSync(path, "MemTotal:       16384 kB\nMemFree:         100 kB\nMemAvailable:    8192 kB\n");
    expect(availableMemory(path).available).toBe(8192 * 1024);
  });

  it("is none where the kernel does not say, and something on this machine", () => {
    const path = join(folder, "old-meminfo");
    writeFileSync(path, "MemTotal:       16384 kB\n");
    expect(availableMemory(path).available).toBe(0);
    expect(usableBytes(availableMemory())).toBeGreaterThan(0);
  });

  it("is no more than the control group has left", () => {
    expect(usableBytes({ available: 100, limit: 40 })).toBe(40);
    expect(usableBytes({ available: 100, limit: 400 })).toBe(100);
    expect(usableBytes({ available: 100, limit: undefined })).toBe(100);
  });
});
