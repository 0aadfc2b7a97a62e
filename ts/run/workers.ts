import { TomoeError } from "../errors.ts";
import { packageRoot } from "../files/index.ts";
import type { BaseFacts } from "../schema/base-facts.ts";
import {
  hasBfloat16,
  KeptWorkers,
  openBase,
  requirePython,
  startWorkers,
  type WorkerLaunch,
  type WorkerPool,
} from "../worker/index.ts";

/** Where to compute: "auto" takes a CUDA device when there is one. */
export type DeviceChoice = WorkerLaunch["device"];

/** What a run says of the ranks it wants; where they come from is not its business. */
export type RankWishes = Omit<WorkerLaunch, "packageRoot">;

/** A folder of published files, and how they are to be used; what is left out is the base's own. */
export interface BaseWishes {
  readonly folder: string;
  readonly imageSize?: number;
  readonly maxPositions?: number;
  readonly layout?: string;
  readonly signal: AbortSignal;
}

/** Where worker processes come from. A run starts none by itself, so that a launcher is a value of this type. */
export interface WorkerSource {
  /**
   * Looks, before anything is written, whether workers could run at all.
   *
   * @throws TomoeError `ENVIRONMENT`, `DEVICE_UNAVAILABLE`, `USAGE_INVALID`: what is missing and how it gets there.
   */
  require(signal: AbortSignal): Promise<void>;
  /** Says what published files are; errors as `openBase`. */
  openBase(wishes: BaseWishes): Promise<BaseFacts>;
  /** Whether the device that would be computed on multiplies bfloat16 itself; errors as `hasBfloat16`. */
  hasBfloat16(wishes: { readonly device: DeviceChoice; readonly signal: AbortSignal }): Promise<boolean>;
  /** Starts the ranks of one attempt; errors as `startWorkers`. */
  start(wishes: RankWishes): Promise<WorkerPool>;
}

const kept = new KeptWorkers();

/**
 * Worker processes of this machine, by the Python that belongs to this package. They are kept between the runs of
 * this process, or with `TOMOE_WORKERS=fresh` ended with each.
 */
export const thisMachine: WorkerSource = {
  require: async (signal) => {
    keepsWorkers();
    await requirePython(packageRoot(), signal);
  },
  openBase: async (wishes) => {
    const asked = { packageRoot: packageRoot(), checkValues: false, readText: true, ...wishes };
    return (await openBase(asked)).facts;
  },
  hasBfloat16: async ({ device, signal }) => await hasBfloat16(packageRoot(), device, signal),
  start: async (wishes) => {
    const launch = { packageRoot: packageRoot(), ...wishes };
    return await (keepsWorkers() ? kept.start(launch) : startWorkers(launch));
  },
};

function keepsWorkers(): boolean {
  const said = process.env.TOMOE_WORKERS ?? "";
  if (said !== "" && said !== "fresh")
    throw new TomoeError("USAGE_INVALID", `TOMOE_WORKERS is "${said}"`, {
      hint: 'Set it to "fresh", which keeps no worker for another run, or unset it.',
    });
  return said === "";
}
