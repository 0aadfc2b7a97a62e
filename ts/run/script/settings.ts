import type { OnProgress } from "../progress.ts";
import type { DeviceChoice, WorkerSource } from "../workers.ts";

/** What a script says of one run. */
export interface RunSettings {
  /** Where to compute; "auto" takes a CUDA device when there is one. */
  readonly device?: DeviceChoice;
  /** Folder the run folders go to; `runs` below the current one when absent. */
  readonly runsDir?: string;
  /** In place of the experiment's seed. */
  readonly seed?: number;
  /** `path=value` overrides of the experiment, as `--set` takes them. */
  readonly set?: readonly string[];
  /** Names and values that the run is found by, as `--tag` takes them. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Aborted: the run stops after the step in progress and stays resumable. */
  readonly signal?: AbortSignal;
  /** Hears what the run tells of itself; a line on stderr when absent. */
  readonly onProgress?: OnProgress;
  /** Where worker processes come from; this machine when absent. */
  readonly workers?: WorkerSource;
  /** The cache of prepared volumes: its folder, null for none; `TOMOE_CACHE` or `.tomoe/cache` when absent. */
  readonly cache?: string | null | undefined;
}

/** What a script says of one sweep. */
export interface SweepSettings extends Omit<RunSettings, "seed" | "tags"> {
  /** Folder the sweep folders go to; `sweeps` below the current one when absent. */
  readonly sweepsDir?: string;
  /** Trials that are worked on at once; 1 when absent. */
  readonly parallel?: number;
  /** Goes on with this sweep in place of beginning one: its id, the beginning of one, or "latest". */
  readonly resume?: string;
}
