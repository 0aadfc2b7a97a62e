import { readFileSync, readlinkSync } from "node:fs";

/** Where a pid means the same process. */
export interface PidPlace {
  /** `/proc/sys/kernel/random/boot_id`: another one means that the machine was restarted since. */
  readonly bootId: string;
  /** Pids mean nothing across pid namespaces, e.g. those of containers. */
  readonly pidNamespace: string;
}

/**
 * The place of the pids that this process sees, or undefined where the system does not say.
 *
 * @param root - of the file system that is looked at.
 */
export function pidPlace(root = ""): PidPlace | undefined {
  try {
    return {
      bootId: readFileSync(`${root}/proc/sys/kernel/random/boot_id`, "utf8").trim(),
      pidNamespace: readlinkSync(`${root}/proc/self/ns/pid`),
    };
  } catch {
    return undefined;
  }
}

/** The same as one text, "" where the system does not say; `pid_space` of the worker's machine/proc.py gives it too. */
export function pidSpace(root = ""): string {
  const place = pidPlace(root);
  return place === undefined ? "" : `${place.bootId}/${place.pidNamespace}`;
}
