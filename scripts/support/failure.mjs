// The failures of the scripts, in the shape of TomoeError (ts/errors.ts cannot be loaded before Node 24 is
// there).
// tests/repo/setup.test.ts holds the exit codes below against that table.

export const exitCodes = {
  USAGE_INVALID: 64,
  ENVIRONMENT: 78,
  PERMISSION: 77,
  IO_FAILED: 74,
  CANCELLED: 130,
  TERMINATED: 143,
  INTERNAL: 70,
};

/** An error with a code of ts/errors.ts, the values, and what the user can do. */
export class ScriptFailure extends Error {
  constructor(code, what, hint, details = {}) {
    super(`[${code}] ${what}`);
    this.code = code;
    this.hint = hint;
    this.details = details;
  }

  get exitCode() {
    return exitCodes[this.code];
  }

  toDocument() {
    return {
      ok: false,
      error: { code: this.code, message: this.message, hint: this.hint, details: this.details },
    };
  }
}

/** A ScriptFailure for anything thrown: the disk's and the network's own words become codes and hints. */
export function asFailure(error) {
  if (error instanceof ScriptFailure) return error;
  if (error?.code === "ENOSPC" || error?.code === "EDQUOT") return diskFull(error.message, {});
  if (error?.code === "EACCES" || error?.code === "EPERM" || error?.code === "EROFS") {
    return new ScriptFailure(
      "PERMISSION",
      error.message,
      "Make the folder writable for this user, or work in a clone of your own.",
    );
  }
  if (typeof error?.syscall === "string" && typeof error.code === "string") {
    return new ScriptFailure("IO_FAILED", error.message, "Check the path that the message names.", {
      path: error.path ?? null,
    });
  }
  return new ScriptFailure(
    "INTERNAL",
    error?.stack ?? String(error),
    "This is a bug of Tomoe; please report it with the text above.",
  );
}

/** The failure for a full disk. */
export function diskFull(what, details) {
  return new ScriptFailure(
    "ENVIRONMENT",
    `the disk is full: ${what}`,
    "Free some space (the CPU build of torch needs about 3 GB in all, the CUDA build about 10 GB) and run setup again.",
    details,
  );
}

const causes = [
  [/ENOSPC|EDQUOT|No space left on device|Disk quota exceeded/i, (what, details) => diskFull(what, details)],
  [
    /EACCES|EROFS|Permission denied|Read-only file system/i,
    (what, details) =>
      new ScriptFailure(
        "PERMISSION",
        what,
        "Make the folder writable for this user, or work in a clone of your own.",
        details,
      ),
  ],
  [
    /DO NOT MATCH THE HASHES|EINTEGRITY/i,
    (what, details) =>
      new ScriptFailure(
        "ENVIRONMENT",
        `${what}: a downloaded package is not the one in the lock`,
        "The package index serves other files than the lock was made from; check the index or proxy set for pip and npm.",
        details,
      ),
  ],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|NewConnectionError|ConnectTimeoutError|ProxyError|Max retries exceeded|name resolution|Connection refused|Network is unreachable|Could not fetch URL/i,
    (what, details) =>
      new ScriptFailure(
        "ENVIRONMENT",
        `${what}: no network, or the package index cannot be reached`,
        "Check the connection and the proxy or index settings of npm and pip, then run setup again; what is already installed is kept.",
        details,
      ),
  ],
  [
    /\(from versions: none\)/i,
    (what, details) =>
      new ScriptFailure(
        "ENVIRONMENT",
        `${what}: the package index cannot be reached, or has nothing for this Python and machine`,
        "Check the connection and the index settings of pip; use Python 3.11 to 3.14 on Linux x86_64 or aarch64 (TOMOE_PYTHON_BASE=/path/to/python3).",
        details,
      ),
  ],
  [
    /No matching distribution found|Could not find a version/i,
    (what, details) =>
      new ScriptFailure(
        "ENVIRONMENT",
        `${what}: the package index has no build for this Python and machine`,
        "Use Python 3.11 to 3.14 on Linux x86_64 or aarch64, chosen with TOMOE_PYTHON_BASE=/path/to/python3.",
        details,
      ),
  ],
];

/** The failure for a child command that ended badly, by what its last lines say. */
export function childFailure(label, outcome, logFile) {
  const what = `${label} ended with ${outcome.signal ?? `exit code ${outcome.status}`}`;
  const details = { lastLines: outcome.tail.slice(-8), log: logFile };
  const text = outcome.tail.join("\n");
  for (const [pattern, make] of causes) if (pattern.test(text)) return make(what, details);
  return new ScriptFailure(
    "ENVIRONMENT",
    `${what}: ${outcome.tail.at(-1) ?? "it printed nothing"}`,
    `The whole output is in ${logFile}.`,
    details,
  );
}
