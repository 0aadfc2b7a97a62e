import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A memory control group that a test made; a shell joins it with `echo $$ > procsFile`. */
export interface TestGroup {
  readonly procsFile: string;
  remove(): void;
}

/**
 * Makes a group with a limit, of version 1 or 2; the reason as a string where that is not possible: it takes
 * root and a handed-down controller.
 */
export function makeMemoryGroup(name: string, limitBytes: number): TestGroup | string {
  const legacy = existsSync("/sys/fs/cgroup/memory/memory.limit_in_bytes");
  const folder = join(
    legacy ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup",
    `tomoe-test-${name}-${process.pid}`,
  );
  try {
    mkdirSync(folder);
  } catch (error) {
    return `no control group can be made here: ${String(error)}`;
  }
  const limit = join(folder, legacy ? "memory.limit_in_bytes" : "memory.max");
  if (!existsSync(limit)) {
    rmdirSync(folder);
    return "the memory controller is not handed down to groups made here";
  }
  writeFileSync(limit, String(limitBytes));
  return {
    procsFile: join(folder, "cgroup.procs"),
    remove: () => {
      rmdirSync(folder);
    },
  };
}
