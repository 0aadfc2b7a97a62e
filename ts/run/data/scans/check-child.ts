import { parentPort } from "node:worker_threads";
import type { AskedCheck, ToldVerdict } from "./check-threads.ts";
import { checkScan } from "./scan-check.ts";

// One thread that looks at scans, one after the other. What is no verdict is found again by who asked, and told there.
const stop = new AbortController();
parentPort?.on("message", (asked: AskedCheck | "stop") => {
  if (asked === "stop") stop.abort();
  else void answer(asked);
});

async function answer({ row, stamp, ...check }: AskedCheck): Promise<void> {
  // Names that are no UTF-8 come as bytes, and lose on the way that they are Buffers.
  const files = stamp.files.map((file) => (typeof file === "string" ? file : Buffer.from(file)));
  const verdict = await checkScan(row, { ...stamp, files }, { ...check, signal: stop.signal }).catch(
    () => null,
  );
  parentPort?.postMessage({ verdict } satisfies ToldVerdict);
}
