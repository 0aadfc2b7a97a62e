// A feeder in a process of its own: `node feeder.ts ACCESS STEPS` feeds the fixture's batches to a rank whose
// Train stream is held elsewhere.

import type { WorkerAccess } from "../../ts/worker/index.ts";
import { attachFeeder } from "../../ts/worker/index.ts";
import { batchOf, uploaded } from "../contract/worker-fixture.ts";

const [access, steps] = process.argv.slice(2);
const feeder = attachFeeder(JSON.parse(access ?? "") as WorkerAccess);
const feed = await feeder.openFeed();
for (let step = 0; step < Number(steps); step += 1) await feed.send(batchOf(step, uploaded));
process.stdout.write(await feed.acknowledged(Number(steps) - 1));
await feed.end();
feeder.close();
