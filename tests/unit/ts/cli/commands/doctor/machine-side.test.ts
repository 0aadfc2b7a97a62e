import {
  judgeDisk,
  judgeMemory,
  judgeShared,
} from "../../../../../../ts/cli/commands/doctor/machine-side.ts";

const GiB = 2 ** 30;

describe("the doctor's verdict on the machine", () => {
  it("goes by the space on the disk of the runs", () => {
    expect(judgeDisk("runs", 50 * GiB)).toMatchObject({
      verdict: "ok",
      found: "50.0 GiB free at runs",
    });
    expect(judgeDisk("runs", 2 * GiB)).toMatchObject({
      verdict: "warning",
      fix: expect.stringContaining("du -xsh runs"),
    });
    expect(judgeDisk("runs", 0.1 * GiB).verdict).toBe("failed");
  });

  it("warns of small shared memory, as containers have it, and of none", () => {
    expect(judgeShared(8 * GiB).verdict).toBe("ok");
    expect(judgeShared(64 * 2 ** 20)).toMatchObject({
      verdict: "warning",
      found: "64 MiB free",
      fix: expect.stringContaining("--shm-size=2g"),
    });
    expect(judgeShared(undefined)).toMatchObject({
      verdict: "warning",
      found: "there is no /dev/shm",
    });
  });

  it("counts what the container allows, not what the host has", () => {
    const wanted = { bytes: 2 * GiB, name: "chest-ct.ts" };
    expect(judgeMemory({ available: 16 * GiB, limit: undefined }, wanted)).toMatchObject({
      verdict: "ok",
      expected: "about 2.0 GiB for chest-ct.ts",
    });
    expect(judgeMemory({ available: 16 * GiB, limit: 1 * GiB }, wanted)).toMatchObject({
      verdict: "warning",
      found: "16.0 GiB available, 1.0 GiB left under the cgroup's limit",
    });
    expect(judgeMemory({ available: 1 * GiB, limit: undefined }, wanted).verdict).toBe("warning");
  });
});
