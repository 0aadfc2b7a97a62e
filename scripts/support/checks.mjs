// The checks that are not tests: types, format, lint and generated code, in both languages.
import { join } from "node:path";
import { packageRoot } from "./places.mjs";
import { runPool } from "./task.mjs";

/** The checks, longest first. */
export function checks({ node, python }) {
  const tool = (name) => join(packageRoot, "node_modules/.bin", name);
  return [
    { name: "mypy --strict", command: python, args: ["-m", "mypy"] },
    { name: "tsc --noEmit", command: tool("tsc"), args: ["--noEmit", "-p", "."] },
    {
      name: "biome check",
      command: tool("biome"),
      args: ["check", "--config-path=scripts/lint.json", "--error-on-warnings"],
    },
    { name: "ruff check", command: python, args: ["-m", "ruff", "check", "py-runtime", "tests"] },
    {
      name: "ruff format",
      command: python,
      args: ["-m", "ruff", "format", "--check", "py-runtime", "tests"],
    },
    { name: "knip", command: tool("knip"), args: ["--config", "scripts/knip.json", "--no-progress"] },
    { name: "generate --check", command: node, args: ["scripts/generate.mjs", "--check"] },
  ];
}

/**
 * Runs all checks two at a time and prints one line for each, with its output when it failed. Returns counts.
 */
export async function runChecks(ready, print) {
  const results = await runPool(checks(ready), 2, ({ name, status, output, seconds }) => {
    print(`${status === 0 ? "ok    " : "FAILED"} ${name} (${seconds.toFixed(1)} s)`);
    if (status !== 0) print(output);
  });
  const failed = results.filter((result) => result.status !== 0).length;
  return { passed: results.length - failed, failed, skipped: 0 };
}
