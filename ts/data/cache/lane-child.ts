import { parentPort, workerData } from "node:worker_threads";
import type { LaneWish } from "./lanes.ts";
import { openRows } from "./open.ts";

// One thread that makes rows. A refused scan is refused again, and told, by who asked for it.
await openRows({
  ...(workerData as LaneWish),
  lanes: 1,
  onFailure: () => undefined,
  onProgress: (done) => parentPort?.postMessage(done),
}).catch(() => undefined);
