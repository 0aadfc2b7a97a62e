// Claims a run and writes checkpoints and metrics until it is killed; prints each acknowledged step.
import { createHash, randomBytes } from "node:crypto";
import { writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { claimRun } from "../../../../../ts/track/index.ts";
import { openRun } from "../../../../../ts/track/read/index.ts";
import { facts, parts } from "../fixtures.ts";

const [runsDir = "", runId = ""] = process.argv.slice(2);
const run = await claimRun(await openRun(runsDir, runId), { notice: (line) => console.error(line) });
await run.beginAttempt();
const metrics = await run.metrics();
const last = await run.latestCheckpoint();
for (let step = (last?.manifest.step ?? 0) + 1; ; step += 1) {
  await metrics.append([{ stage: "shared", step, name: "loss", value: 1 / step, wallSeconds: 0 }]);
  const open = await run.beginCheckpoint("shared", step);
  const files = ["model.safetensors", "optimizer.safetensors"].map((name) => {
    const bytes = randomBytes(20_000);
    writeFileSync(join(open.dir, name), bytes);
    return { name, lengthBytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
  });
  await open.commit({ files, parts, facts, final: false });
  await run.retainCheckpoints(3);
  // Synchronous, so that what is printed was acknowledged, and nothing acknowledged is unprinted for long.
  writeSync(1, `${step}\n`);
}
