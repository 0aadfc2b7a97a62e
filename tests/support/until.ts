/** Below jest's own limit, so that the failure says what was waited for. */
const hangMs = 300_000;

/** Waits until `holds`, however slow the machine is; gives up only where it would hang. */
export async function until(holds: () => boolean): Promise<void> {
  const started = performance.now();
  while (!holds()) {
    if (performance.now() - started > hangMs)
      throw new Error(`not so after ${hangMs / 60_000} minutes: ${holds}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}
