// Makes a run in a folder; prints its id, or the error's code and message.
import { isTomoeError } from "../../../../../ts/errors.ts";
import { createRun } from "../../../../../ts/track/index.ts";

const [runsDir = ""] = process.argv.slice(2);
try {
  const run = await createRun(
    runsDir,
    { experimentName: "child", resolved: {}, seed: 0 },
    { notice: (line) => console.error(line) },
  );
  console.log(run.runId);
  await run.close();
} catch (cause) {
  if (!isTomoeError(cause)) throw cause;
  console.log(`${cause.code} ${cause.message}`);
}
