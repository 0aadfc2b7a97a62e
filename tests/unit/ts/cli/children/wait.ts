// Listens for interrupts as a command does. Modes: "clean" ends soon after the signal, "deaf" never does.
import { setTimeout as sleep } from "node:timers/promises";
import { afterInterrupt, listenForInterrupts } from "../../../../../ts/cli/interrupt.ts";
import { asTomoeError } from "../../../../../ts/cli/screen/output.ts";
import { openTerminal } from "../../../../../ts/cli/terminal.ts";
import { TomoeError } from "../../../../../ts/errors.ts";

const [mode = "clean"] = process.argv.slice(2);
const end = (thrown: unknown): never => {
  const error = asTomoeError(thrown);
  console.log(`${error.code} ${error.hint}`);
  process.exit(error.exitCode);
};
const interrupts = listenForInterrupts(openTerminal(process.stderr, process.env), end);
const busy = setInterval(() => undefined, 1000);
console.log("ready");
interrupts.signal.addEventListener("abort", async () => {
  console.log(`aborted ${asTomoeError(interrupts.signal.reason).code}`);
  if (mode === "deaf") return;
  await sleep(50);
  clearInterval(busy);
  end(
    afterInterrupt(
      interrupts.first() ?? "SIGINT",
      new TomoeError("CANCELLED", "run r was stopped", {
        hint: "Go on: tomoe run --resume r",
      }),
    ),
  );
});
