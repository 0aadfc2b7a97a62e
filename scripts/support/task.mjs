// Commands whose output is kept together: printed as it comes for the one live task, in one piece for those
// beside it.
import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { packageRoot } from "./places.mjs";

const running = new Set();
let interrupted = false;

/**
 * Environment of every child: the lockfile's tools first on the PATH, one compute thread each unless the
 * caller says otherwise.
 */
export function toolEnvironment(extra = {}) {
  const path = `${join(packageRoot, "node_modules/.bin")}${delimiter}${process.env.PATH ?? ""}`;
  return { OMP_NUM_THREADS: "1", ...process.env, PATH: path, ...extra };
}

/** Ends the tasks in progress on SIGINT and SIGTERM; `wasInterrupted` then says so. */
export function endTasksOnSignal() {
  for (const signal of ["SIGINT", "SIGTERM"])
    process.on(signal, () => {
      interrupted = true;
      for (const child of running) child.kill(signal);
    });
}

export const wasInterrupted = () => interrupted;

/**
 * Runs one task: `{name, command, args, env, live, limitMs}`.
 * Returns `{name, status, output, seconds}`; status is null when it could not start, was killed or ran past
 * its limit (which the output says).
 */
export async function runTask({ name, command, args, env, live = false, limitMs = 40 * 60_000 }) {
  const started = performance.now();
  if (interrupted) return { name, status: null, output: `${name}: not run, interrupted\n`, seconds: 0 };
  const child = spawn(command, args, {
    cwd: packageRoot,
    env: toolEnvironment(env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  const chunks = [];
  const take = (chunk) => {
    if (live) process.stdout.write(chunk);
    chunks.push(chunk);
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  const limit = setTimeout(() => {
    take(Buffer.from(`\n${name}: still running after ${limitMs / 60_000} minutes, killed\n`));
    child.kill("SIGKILL");
  }, limitMs);
  const status = await new Promise((resolve) => {
    child.on("error", (error) => {
      take(Buffer.from(`${name}: ${error.message}\n`));
      resolve(null);
    });
    child.on("close", (code) => resolve(code));
  });
  clearTimeout(limit);
  running.delete(child);
  return {
    name,
    status,
    output: Buffer.concat(chunks).toString("utf8"),
    seconds: (performance.now() - started) / 1000,
  };
}

/** Runs `tasks` at most `width` at a time, in order; `done` receives each result as it comes. */
export async function runPool(tasks, width, done) {
  const waiting = [...tasks],
    results = [];
  const lane = async () => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      const result = await runTask(task);
      results.push(result);
      done(result);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return results;
}
