import { readdirSync, readFileSync } from "node:fs";
import { median } from "./rows.ts";

/** What one round of one way took: wall, and CPU of this process and of the other. */
export interface Sample {
  readonly wallMs: number;
  readonly senderMs: number;
  readonly receiverMs: number;
}

/** CPU seconds per gigabyte on both sides, medians over the rounds; `prefix` names whose. */
export function cpuFigures(
  prefix: string,
  samples: readonly Sample[],
  bytes: number,
): { readonly [figure: string]: number } {
  const perGigabyte = (pick: (sample: Sample) => number): number => (median(samples.map(pick)) / bytes) * 1e6;
  const label = prefix === "" ? "cpu" : `${prefix}Cpu`;
  return {
    [`${label}SenderSecondsPerGigabyte`]: perGigabyte(({ senderMs }) => senderMs),
    [`${label}ReceiverSecondsPerGigabyte`]: perGigabyte(({ receiverMs }) => receiverMs),
  };
}

/** Runs `act` and measures it: wall time, and CPU of this process and of the one with pid `receiver`. */
export async function timed(receiver: number, act: () => Promise<void>): Promise<Sample> {
  const cpuBefore = process.cpuUsage(),
    receiverBefore = cpuMs(receiver),
    started = performance.now();
  await act();
  const wallMs = performance.now() - started,
    { user, system } = process.cpuUsage(cpuBefore);
  return { wallMs, senderMs: (user + system) / 1000, receiverMs: cpuMs(receiver) - receiverBefore };
}

/** CPU time of another process, over its threads as Linux counts them in nanoseconds; 0 where it does not. */
function cpuMs(pid: number): number {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    return (
      tasks.reduce(
        (sum, task) =>
          sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]),
        0,
      ) / 1e6
    );
  } catch {
    return 0;
  }
}
