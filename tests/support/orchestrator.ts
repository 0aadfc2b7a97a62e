// An orchestrator to be killed: starts one worker, opens a stage, says which process computes, and waits.
import { descendantsOf } from "../../ts/process/proc/index.ts";
import { startWorkers } from "../../ts/worker/index.ts";
import { makeFolders, prepareModel, sharedPlan, stageSpec } from "../contract/worker-fixture.ts";

const folders = makeFolders();
const pool = await startWorkers({ ...folders.launch, ranks: 1, attempt: 0 });
for (const rank of pool.ranks) {
  await prepareModel(rank);
  const stage = await rank.openStage(stageSpec());
  stage.sendPlan(sharedPlan);
}
process.stdout.write(
  `${JSON.stringify({ workers: descendantsOf(process.pid), folder: folders.folder, runtimeDir: folders.launch.runtimeDir })}\n`,
);
setInterval(() => undefined, 1000);
