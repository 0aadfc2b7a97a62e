// The environment of the sampler of sweeps: small, apart from the worker's, made when a sweep asks for it.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { samplerFolder } from "./places.mjs";
import {
  fileDigest,
  halfMadeFile,
  makeEnvironment,
  needSpace,
  pip,
  readStamp,
  writeStamp,
} from "./python-env.mjs";

const lock = "py-runtime/requirements-sampler.lock";

/** Its interpreter. */
export const samplerPython = (folder = samplerFolder()) => join(folder, "bin", "python");

/** What is still missing of it, as a list of words; empty when it is ready. */
export function samplerProblems(folder = samplerFolder()) {
  if (!existsSync(samplerPython(folder)) || existsSync(halfMadeFile(folder))) return ["environment"];
  return readStamp(folder).sampler === fileDigest(lock) ? [] : [lock];
}

/**
 * Makes it ready; call it with the setup lock held, `context` as of `readyPython`.
 * Throws ENVIRONMENT with the cause.
 */
export async function readySampler(context) {
  const folder = samplerFolder();
  const problems = samplerProblems(folder);
  if (problems.length === 0) return;
  needSpace(folder, 300_000_000);
  if (problems.includes("environment")) await makeEnvironment(folder, context);
  writeFileSync(halfMadeFile(folder), "");
  context.step(`installing ${lock}`);
  const own = { folder, python: samplerPython(folder) };
  await pip(own, ["--require-hashes", "--no-deps", "-r", lock], `pip install -r ${lock}`, context);
  writeStamp(folder, { sampler: fileDigest(lock) });
}
