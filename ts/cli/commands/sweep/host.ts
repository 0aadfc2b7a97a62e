import { resolve } from "node:path";
import type { Sweep } from "../../../config/index.ts";
import { defined } from "../../../defined.ts";
import type { SweepDocument, SweepSettings } from "../../../run/index.ts";
import { watchRun } from "../../screen/run-watch.ts";
import type { Call } from "../../words/command.ts";

/** What the flags of a command say of every sweep of a file; undefined where the script may say it. */
export interface SweepFlags {
  readonly set: readonly string[];
  readonly runsDir: string | undefined;
  readonly sweepsDir: string | undefined;
  readonly device: "auto" | "cpu" | "cuda" | undefined;
  readonly parallel?: number;
  readonly cache: null | undefined;
}

type CarryOut = (of: Sweep, settings: SweepSettings) => Promise<SweepDocument>;

/** Carries out the sweeps of a file: what the flags say holds before what the script says of one. */
export async function sweepHost({ signal, terminal }: Call, flags: SweepFlags): Promise<CarryOut> {
  const conductor = await import("../../../run/index.ts");
  return async (sweep, settings) => {
    signal.throwIfAborted();
    const watch = watchRun(terminal);
    const common = {
      sweep,
      set: [...(settings.set ?? []), ...flags.set],
      sweepsDir: flags.sweepsDir ?? resolve(settings.sweepsDir ?? "sweeps"),
      parallel: flags.parallel ?? settings.parallel ?? 1,
      signal: settings.signal === undefined ? signal : AbortSignal.any([signal, settings.signal]),
      onProgress: settings.onProgress ?? watch.onProgress,
      ...defined({ workers: settings.workers, cache: flags.cache === undefined ? settings.cache : null }),
    };
    const device = flags.device ?? settings.device;
    try {
      if (settings.resume !== undefined)
        return await conductor.resumeSweep({ ...common, reference: settings.resume, ...defined({ device }) });
      const runsDir = flags.runsDir ?? resolve(settings.runsDir ?? "runs");
      return await conductor.runSweep({ ...common, runsDir, device: device ?? "auto" });
    } finally {
      watch.end();
    }
  };
}
