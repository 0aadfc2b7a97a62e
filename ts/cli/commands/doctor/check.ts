/** What one look at the environment found. */
export interface Check {
  /** e.g. "python" or "shared memory". */
  readonly name: string;
  /** A warning does not stop a run; a failure does. */
  readonly verdict: "ok" | "warning" | "failed";
  readonly found: string;
  readonly expected: string;
  /** The command that fixes it; null when there is nothing to fix. */
  readonly fix: string | null;
}

/** A check that found what it wants; nothing to fix. */
export function passed(name: string, found: string, expected: string): Check {
  return { name, verdict: "ok", found, expected, fix: null };
}

/** A check that did not, with the exact command that fixes it. */
export function wrong(
  verdict: "warning" | "failed",
  name: string,
  found: string,
  expected: string,
  fix: string,
): Check {
  return { name, verdict, found, expected, fix };
}

/** Bytes as people say them: 512 MiB, 23.5 GiB. */
export function sizeText(bytes: number): string {
  const gib = bytes / 2 ** 30;
  return gib >= 1 ? `${gib.toFixed(1)} GiB` : `${Math.round(bytes / 2 ** 20)} MiB`;
}
