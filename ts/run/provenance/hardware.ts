import { availableParallelism, cpus, release, totalmem } from "node:os";
import { findCommand, runBounded } from "../../process/index.ts";

/** What a run computes on; no name of a machine or of who works there. */
export interface Hardware {
  readonly cpu: { readonly model: string; readonly cores: number };
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly gpus: readonly { readonly name: string; readonly memory: string; readonly driver: string }[];
}

/** The lines of `nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv,noheader`. */
export function gpusIn(table: string): Hardware["gpus"] {
  return table.split("\n").flatMap((line) => {
    const [name, memory, driver] = line.split(",").map((cell) => cell.trim());
    return name === undefined || memory === undefined || driver === undefined
      ? []
      : [{ name, memory, driver }];
  });
}

async function gpus(): Promise<Hardware["gpus"]> {
  if (findCommand("nvidia-smi", process.env.PATH ?? "") === undefined) return [];
  const { exitCode, stdout } = await runBounded({
    command: "nvidia-smi",
    args: ["--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"],
    timeoutMs: 10_000,
    maxOutputBytes: 1024 * 1024,
  });
  return exitCode === 0 ? gpusIn(Buffer.from(stdout).toString("utf8")) : [];
}

/**
 * Looks at the machine of this process.
 *
 * @throws TomoeError `PROCESS_TIMEOUT` where the driver of the GPUs does not answer.
 */
export async function lookAtHardware(): Promise<Hardware> {
  return {
    cpu: { model: cpus()[0]?.model.trim() ?? "unknown", cores: availableParallelism() },
    memoryBytes: totalmem(),
    kernel: release(),
    gpus: await gpus(),
  };
}
