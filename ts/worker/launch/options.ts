import type { WorkerRoot } from "../rank.ts";

/** How to start the ranks of one attempt on this machine. */
export interface WorkerLaunch {
  /** Folder of this package: holds `py-runtime/` and, in a clone, `.venv/`. */
  readonly packageRoot: string;
  /** Processes, one device each; above 1 torchrun starts them. */
  readonly ranks: number;
  readonly device: "auto" | "cpu" | "cuda";
  /** "auto" is a Unix socket, or loopback TCP where the socket's path would be too long. Default "auto". */
  readonly transport?: "auto" | "uds" | "tcp";
  /** From `createRuntimeDir`: mode 0700; sockets and ready files lie in it. */
  readonly runtimeDir: string;
  /** What the processes print; rotated at `maxLogBytes`. */
  readonly logFile: string;
  /** Size at which the log is rotated; one older file is kept. Default 8 MiB. */
  readonly maxLogBytes?: number;
  readonly runId: string;
  /** Fence: counts the starts of this run from 0; a worker of a lower attempt can write nothing. */
  readonly attempt: number;
  readonly roots: readonly WorkerRoot[];
  /** From `openTelemetry`; without it the workers send none. */
  readonly telemetryEndpoint?: string;
  /** Intra-op threads of each rank; 0 leaves torch's own choice. */
  readonly threads: number;
  /** Share of the machine's memory, or of the GPU's, that each rank may take; all of it when absent. */
  readonly memoryShare?: number;
  /** Most time from spawn to the hello's answer. Default 600 s: a worker that ended is not waited for. */
  readonly readyTimeoutMs?: number;
  /** Time between SIGTERM and SIGKILL. Default 5 s. */
  readonly graceMs?: number;
  /** Variables on top of this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * How ranks say that they are ready. Default "fd" for one rank, "file" for several; "tcp" listens on
   * loopback.
   */
  readonly readyVia?: "fd" | "file" | "tcp";
  /**
   * Aborted while they start: the processes are ended. Once they are ready it has no effect; see
   * `WorkerPool.stop`.
   */
  readonly signal?: AbortSignal;
}
