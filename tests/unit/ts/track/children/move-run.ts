// Moves a run into the trash and out again until it is killed; prints a line a move.
import { discardRun, restoreRun } from "../../../../../ts/track/index.ts";

const [runsDir = "", runId = ""] = process.argv.slice(2);
for (let moves = 0; ; moves += 2) {
  await discardRun(runsDir, runId);
  console.log(moves);
  await restoreRun(runsDir, runId);
  console.log(moves + 1);
}
