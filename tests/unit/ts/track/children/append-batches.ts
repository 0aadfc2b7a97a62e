// Appends batches of metrics until it is killed; prints the number of points that were acknowledged.
import { createRun } from "../../../../../ts/track/index.ts";

const [runsDir = ""] = process.argv.slice(2);
const run = await createRun(
  runsDir,
  { experimentName: "batches", resolved: {}, seed: 0 },
  { notice: (line) => console.error(line) },
);
await run.beginAttempt();
const metrics = await run.metrics();
console.log(run.runId);
for (let step = 0; ; step += 100) {
  await metrics.append(
    Array.from({ length: 300 }, (_, at) => ({
      stage: "shared",
      step: step + Math.floor(at / 3),
      name: ["loss", "norm", "seconds"][at % 3] ?? "",
      value: Math.sin(step + at),
      wallSeconds: step,
    })),
  );
  console.log((step + 100) * 3);
}
