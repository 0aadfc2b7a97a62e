import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { repository } from "./cli.ts";

const source = join(repository, "tests/support/faulty_libc.c");

/** Why no C library can be put before the real one here; undefined when it can. */
export function noFaultyLibc(): string | undefined {
  return process.platform === "linux" && spawnSync("cc", ["--version"]).status === 0
    ? undefined
    : "a failing disk or a jumping clock is a C library put before the real one, which needs Linux and cc";
}

/**
 * Compiles faulty_libc.c into `folder`; returns the environment that puts it before the real library. What it
 * then does is told by `FAULTY_*`.
 */
export function faultyLibc(folder: string): Readonly<Record<string, string>> {
  const library = join(folder, "faulty_libc.so");
  const built = spawnSync("cc", ["-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], {
    encoding: "utf8",
  });
  if (built.status !== 0) throw new Error(`cc ended with ${built.status}:\n${built.stderr}`);
  return { LD_PRELOAD: library };
}
