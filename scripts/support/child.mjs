// Child commands of the scripts: output kept, progress shown, signals passed on.
import { spawn } from "node:child_process";
import { appendFileSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import { ScriptFailure } from "./failure.mjs";

const logged = new Set(),
  attached = new Set();
let stopped,
  lastSignal = { name: "", atMs: 0 };

/**
 * True when a terminal's Ctrl-C reaches the children by itself: we are in its foreground process group, and
 * so are they.
 */
function terminalSignalsChildren() {
  try {
    const stat = readFileSync("/proc/self/stat", "utf8");
    const [, , group, , terminal, foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return terminal !== "0" && group === foreground;
  } catch {
    return false;
  }
}

function onSignal(signal) {
  // npm passes on what the terminal has sent to us already: the same signal twice within half a second is
  // one.
  const atMs = performance.now();
  if (lastSignal.name === signal && atMs - lastSignal.atMs < 500) return;
  lastSignal = { name: signal, atMs };
  for (const child of logged) signalGroup(child, stopped === undefined ? signal : "SIGKILL");
  stopped ??= signal;
  if (signal === "SIGINT" && terminalSignalsChildren()) return;
  for (const child of attached) child.kill(signal);
}

function signalGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

/**
 * Passes SIGINT, SIGTERM and SIGHUP on to the children; `checkStop` then throws what it was. A second one
 * kills what setup runs.
 */
export function passSignals() {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, onSignal);
}

/** Throws CANCELLED or TERMINATED once a signal has come. */
export function checkStop() {
  if (stopped === undefined) return;
  const [code, what] = stopped === "SIGINT" ? ["CANCELLED", "interrupted"] : ["TERMINATED", "terminated"];
  throw new ScriptFailure(
    code,
    what,
    "Run the same command again to go on; what is half installed is repaired.",
  );
}

/**
 * Runs a command to its end in a process group of its own, its output appended to `logFile` and its last 40
 * lines returned.
 * `onGroup` receives the group's id. Lines that `show` accepts go to stderr; every 15 s without one a line
 * says that it still runs.
 */
export async function runLogged(
  command,
  args,
  { cwd, env = process.env, logFile, label, onGroup, show = () => false },
) {
  appendFileSync(logFile, `\n$ ${command} ${args.join(" ")}\n`);
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  if (child.pid !== undefined) {
    logged.add(child);
    onGroup(child.pid);
  }
  const tail = [],
    started = Date.now();
  let lastShown = Date.now();
  const beat = setInterval(() => {
    if (Date.now() - lastShown < 15_000) return;
    lastShown = Date.now();
    console.error(`  ${label} still runs (${Math.round((Date.now() - started) / 1000)} s)`);
  }, 1000);
  const take = (line) => {
    appendFileSync(logFile, `${line}\n`);
    if (line.trim() !== "") tail.push(line.trimEnd());
    if (tail.length > 40) tail.shift();
    if (show(line)) {
      lastShown = Date.now();
      console.error(`  ${line.trim()}`);
    }
  };
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on("line", take);
  const outcome = await new Promise((resolve) => {
    child.on("error", (error) => resolve({ status: null, signal: null, error }));
    child.on("close", (status, signal) => resolve({ status, signal }));
  });
  clearInterval(beat);
  logged.delete(child);
  checkStop();
  return { ...outcome, tail };
}

/**
 * Runs a command with this process's own streams and returns its exit code, 128 + n after signal n as shells
 * do.
 */
export async function runAttached(command, args, { cwd, env = process.env }) {
  const child = spawn(command, args, { cwd, env, stdio: "inherit" });
  attached.add(child);
  const outcome = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status, signal) => resolve(status ?? 128 + constants.signals[signal]));
  });
  attached.delete(child);
  return outcome;
}
