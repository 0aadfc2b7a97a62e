// In a small file system of its own: fills it, and prints what became of the record and of a checkpoint.
import { readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isTomoeError } from "../../../../../ts/errors.ts";
import type { MetricLog } from "../../../../../ts/track/index.ts";
import { claimRun, createRun } from "../../../../../ts/track/index.ts";
import { openRun, readMetrics } from "../../../../../ts/track/read/index.ts";
import { facts, parts, writeFiles } from "../fixtures.ts";

const [disk = ""] = process.argv.slice(2);
const ballast = join(disk, "ballast");
const notice = (line: string): void => console.error(line);
const freeBytes = (): number => statfsSync(disk).bavail * statfsSync(disk).bsize;
const fill = (leaveBytes: number): void =>
  writeFileSync(ballast, Buffer.alloc(Math.max(0, freeBytes() - leaveBytes)));

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "none";
  } catch (cause) {
    if (!isTomoeError(cause)) throw cause;
    return cause.code;
  }
}

let step = 0;
const appendNext = (log: MetricLog): Promise<void> =>
  log.append(
    Array.from({ length: 10 }, () => ({
      stage: "shared",
      step: step++,
      name: "loss",
      value: 1 / step,
      wallSeconds: 0,
    })),
  );

const run = await createRun(
  disk,
  { experimentName: "full", resolved: {}, seed: 0 },
  { notice, space: { timeoutMs: 150, pollMs: 20 } },
);
await run.beginAttempt();
const metrics = await run.metrics();
const open = await run.beginCheckpoint("shared", 1);
const files = writeFiles(open.dir, ["model.safetensors"], 1000);
fill(12_000);
let acknowledged = 0;
let fullCode = "none";
while (fullCode === "none") {
  fullCode = await codeOf(appendNext(metrics));
  if (fullCode === "none") acknowledged = step;
}
const checkpointCode = await codeOf(open.commit({ files, parts, facts, final: false }));
const present = (await readMetrics(run.paths.metrics)).map((record) => record.step);
const same = present.length === acknowledged && present.every((value, index) => value === index);
const leftovers = readdirSync(run.paths.checkpoints);
await run.close();

rmSync(ballast);
step = acknowledged;
const again = await claimRun(await openRun(disk, run.runId), {
  notice,
  space: { timeoutMs: 10_000, pollMs: 20 },
});
await again.beginAttempt();
const log = await again.metrics();
fill(0);
let last = appendNext(log);
const freeing = sleep(400).then(() => rmSync(ballast));
for (let more = 0; more < 5; more += 1) {
  await last;
  last = appendNext(log);
}
await Promise.all([last, freeing]);
const afterSpace = (await readMetrics(again.paths.metrics)).length === step ? "appended" : "lost";
await again.close();
console.log(
  JSON.stringify({
    fullCode,
    present: same ? "all acknowledged, none else" : `${present.length} of ${acknowledged}`,
    afterSpace,
    checkpointCode,
    leftovers,
  }),
);
