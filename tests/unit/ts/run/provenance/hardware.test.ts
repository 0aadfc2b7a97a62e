import { gpusIn, lookAtHardware } from "../../../../../ts/run/provenance/hardware.ts";

describe("the hardware of a run", () => {
  it("is processor, memory, kernel and GPUs of this machine, and no name of it", async () => {
    const found = await lookAtHardware();
    expect(found.cpu.cores).toBeGreaterThanOrEqual(1);
    expect(found.cpu.model).not.toBe("");
    expect(found.memoryBytes).toBeGreaterThan(2 ** 28);
    expect(found.kernel).toMatch(/^\d/);
    expect(Array.isArray(found.gpus)).toBe(true);
    expect(Object.keys(found).sort()).toEqual(["cpu", "gpus", "kernel", "memoryBytes"]);
  });

  it("reads the table of the driver, a GPU a line", () => {
    expect(gpusIn("NVIDIA H200, 143771 MiB, 570.86.15\nNVIDIA L4, 23034 MiB, 570.86.15\n")).toEqual([
      { name: "NVIDIA H200", memory: "143771 MiB", driver: "570.86.15" },
      { name: "NVIDIA L4", memory: "23034 MiB", driver: "570.86.15" },
    ]);
    expect(gpusIn("")).toEqual([]);
    expect(gpusIn("No devices were found\n")).toEqual([]);
  });
});
