#!/usr/bin/env node
// Benchmarks against a peer and a floor: npm run bench -- NAME... [--json FILE]. Exits 1 when a target is
// missed.
import { fileURLToPath } from "node:url";
import { setUp } from "./setup.mjs";
import { passSignals, runAttached } from "./support/child.mjs";
import { asFailure } from "./support/failure.mjs";

const describe = (failure) => console.error(`${failure.message}\n  ${failure.hint}`);

async function main() {
  passSignals();
  try {
    const { node } = await setUp({ dev: true });
    if (Number(process.versions.node.split(".")[0]) < 24)
      return await runAttached(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
        cwd: process.cwd(),
      });
  } catch (error) {
    const failure = asFailure(error);
    describe(failure);
    return failure.exitCode;
  }
  const [{ runBenchmarks }, { isTomoeError }] = await Promise.all([
    import("../ts/bench/index.ts"),
    import("../ts/errors.ts"),
  ]);
  try {
    return await runBenchmarks(
      process.argv.slice(2),
      (line) => console.log(line),
      (line) => console.error(line),
    );
  } catch (error) {
    if (!isTomoeError(error)) throw error;
    describe(error);
    return error.exitCode;
  }
}

process.exitCode = await main();
