// Waits for a word on stdin, then tries for the lock of every folder below the one given, and holds what it
// gets until it is killed.
// Prints "ready", then one JSON line: for each folder "held", or the error's code and message.
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isTomoeError } from "../../../../../ts/errors.ts";
import { acquireLock } from "../../../../../ts/track/owned/lock.ts";

const [parent = ""] = process.argv.slice(2);
const folders = readdirSync(parent).sort();
console.log("ready");
await once(process.stdin, "data");
const answers: string[] = [];
for (const folder of folders) {
  try {
    await acquireLock(join(parent, folder), () => undefined);
    answers.push("held");
  } catch (cause) {
    if (!isTomoeError(cause)) throw cause;
    answers.push(`${cause.code} ${cause.message}`);
  }
}
console.log(JSON.stringify(answers));
await sleep(60_000);
