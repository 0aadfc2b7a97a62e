/**
 * How much computing something takes, in units of the machine that runs the test: processor time, so that what runs
 * beside it does not count, over that of a fixed piece of arithmetic, so that a slow machine does not count either.
 */

/** Processor time of this process for `work`, in milliseconds. */
function processorMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function arithmetic(): void {
  // No global name in the loop: jest looks each of them up in the test's own world, which takes far longer.
  let sum = 0;
  for (let at = 0; at < 2_000_000; at += 1) sum = (sum * 31 + at) % 1_000_003;
  if (sum < 0) throw new Error("never so; the loop has to be run");
}

/**
 * Processor time of `work` over that of two million multiplications with a remainder (some 10 ms on a server of 2024); the
 * least of `tries`, so that neither the compiler's warming up nor a collection counts.
 */
export function paces(work: () => void, tries = 5): number {
  const least = (measured: () => void): number =>
    Math.min(...Array.from({ length: tries }, () => processorMs(measured)));
  return least(work) / least(arithmetic);
}
