import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What the kernel says about the memory of a control group and those above it; version 1 or 2. */
export interface GroupMemory {
  /** The tightest limit, in bytes; undefined when there is none. */
  readonly limitBytes: number | undefined;
  /** Least that is left under any of the limits, in bytes; undefined when there is none. */
  readonly leftBytes: number | undefined;
  /** Processes that the kernel killed for memory in the group itself so far. */
  readonly kills: number;
}

interface Layout {
  readonly limit: string;
  readonly used: string;
  readonly events: string;
}

const unified: Layout = { limit: "memory.max", used: "memory.current", events: "memory.events" };
const legacy: Layout = {
  limit: "memory.limit_in_bytes",
  used: "memory.usage_in_bytes",
  events: "memory.oom_control",
};
/** Version 1 writes "no limit" as the largest multiple of a page. */
const noLimitBytes = 2 ** 62;

/**
 * Memory of the control group that `pid` is in. Where there is none, or it cannot be read, everything is
 * undefined and 0. `group_memory` of the worker's machine/control_group.py reads the same files.
 *
 * Source: the kernel's admin-guide/cgroup-v2 and cgroup-v1/memory.
 *
 * @param root - of the file system that is looked at.
 */
export function groupMemoryOf(pid: number | "self", root = ""): GroupMemory {
  const place = placeOf(pid, root);
  if (place === undefined) return { limitBytes: undefined, leftBytes: undefined, kills: 0 };
  const { layout, mount } = place;
  let limitBytes: number | undefined, leftBytes: number | undefined;
  for (let folder = place.folder; isWithin(folder, mount); folder = dirname(folder)) {
    const limit = readNumber(`${root}${folder}/${layout.limit}`),
      used = readNumber(`${root}${folder}/${layout.used}`);
    if (limit === undefined || limit >= noLimitBytes || used === undefined) continue;
    limitBytes = Math.min(limitBytes ?? limit, limit);
    leftBytes = Math.max(Math.min(leftBytes ?? limit, limit - used), 0);
  }
  const kills = /^oom_kill (\d+)$/m.exec(readText(`${root}${place.folder}/${layout.events}`))?.[1];
  return { limitBytes, leftBytes, kills: Number(kills ?? 0) };
}

/** Folder of the process's memory group, and the mount that holds it. */
function placeOf(
  pid: number | "self",
  root: string,
): { readonly layout: Layout; readonly folder: string; readonly mount: string } | undefined {
  const lines = readText(`${root}/proc/${pid}/cgroup`)
    .split("\n")
    .map((line) => /^\d+:([^:]*):(.*)$/.exec(line));
  const mounts = readText(`${root}/proc/self/mountinfo`)
    .split("\n")
    .map((line) => /^\S+ \S+ \S+ (\S+) (\S+) .* - (cgroup2?) \S+ (\S+)$/.exec(line));
  for (const layout of [legacy, unified]) {
    const ours = lines.find((line) =>
      layout === legacy ? line?.[1]?.split(",").includes("memory") : line?.[1] === "",
    )?.[2];
    const mounted = mounts.find((entry) =>
      layout === legacy
        ? entry?.[3] === "cgroup" && entry[4]?.split(",").includes("memory")
        : entry?.[3] === "cgroup2",
    );
    const [, top, mount] = mounted ?? [];
    if (ours === undefined || top === undefined || mount === undefined) continue;
    // In a container without a namespace of its own the path is the host's, and the mount begins below it.
    const path = top !== "/" && isWithin(ours, top) ? ours.slice(top.length) : ours;
    return { layout, mount, folder: join(mount, path) };
  }
  return undefined;
}

/** By whole parts of the path: /docker/abc does not lie in /docker/ab. */
function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? folder : `${folder}/`);
}

function readNumber(path: string): number | undefined {
  // "max" is how version 2 writes that there is no limit.
  const digits = /^(\d+)$/m.exec(readText(path))?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
