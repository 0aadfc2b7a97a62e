import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { z } from "zod";
import { TomoeError } from "../../errors.ts";
import { identifyProcess, pidPlace } from "../../process/proc/index.ts";

/** One process, named so that neither a reused pid, a reboot nor another container is mistaken for it. */
export const ownerSchema = z.strictObject({
  pid: z.int().positive(),
  /** `/proc/sys/kernel/random/boot_id`: another one means the machine was restarted since. */
  bootId: z.string().min(1),
  /** Clock ticks since boot at which the process started; `/proc/PID/stat` field 22. */
  startTicks: z.string().min(1),
  /** Pids mean nothing across pid namespaces. */
  pidNamespace: z.string().min(1),
  host: z.string().min(1),
  /** Wall clock, for people; nothing is decided by it. */
  since: z.string().min(1),
  /** Names this one claim. */
  token: z.string().regex(/^[0-9a-f]{32}$/),
});
export type Owner = z.infer<typeof ownerSchema>;

/**
 * Whether the owner still runs; "unknown" on another machine or in another container, where it cannot be
 * seen.
 */
export type OwnerLife = "alive" | "dead" | "unknown";

/**
 * This process, with a fresh token.
 *
 * @throws TomoeError `ENVIRONMENT` where there is no Linux `/proc`.
 */
export function currentOwner(): Owner {
  const self = identifyProcess(process.pid),
    place = pidPlace();
  if (self === undefined || place === undefined) {
    throw new TomoeError("ENVIRONMENT", `cannot read the start time of process ${process.pid} from /proc`, {
      hint: "Tomoe locks its run folders on Linux with /proc mounted; run it there.",
    });
  }
  return {
    pid: process.pid,
    bootId: place.bootId,
    startTicks: self.startTicks,
    pidNamespace: place.pidNamespace,
    host: hostname(),
    since: new Date().toISOString(),
    token: randomBytes(16).toString("hex"),
  };
}

/** Looks whether `owner` still runs. A zombie is dead: it can write nothing. */
export function ownerLife(owner: Owner): OwnerLife {
  if (owner.host !== hostname()) return "unknown";
  const place = pidPlace();
  if (place === undefined) return "unknown";
  if (owner.bootId !== place.bootId) return "dead";
  if (owner.pidNamespace !== place.pidNamespace) return "unknown";
  return identifyProcess(owner.pid)?.startTicks === owner.startTicks ? "alive" : "dead";
}

/** "process 4711 on node7 since 2026-11-24T20:14:03.000Z" */
export function ownerText(owner: Owner): string {
  return `process ${owner.pid} on ${owner.host} since ${owner.since}`;
}
