// Runs the files named on its command line under a host that only remembers, one after the other, and prints for each
// one JSON line of what was asked for and what came of it. "abort:FILE" is stopped after its first run has begun.
import { experimentOf, runScript } from "../../../../../ts/cli/recipe.ts";
import { isTomoeError, TomoeError } from "../../../../../ts/errors.ts";

interface Asked {
  readonly name: string;
  readonly seed: number | null;
}

for (const word of process.argv.slice(2)) {
  const stops = word.startsWith("abort:");
  const path = word.replace(/^abort:/, "");
  const controller = new AbortController();
  const asked: Asked[] = [];
  const ended: string[] = [];
  const host = {
    run: async (experiment: unknown, settings: { readonly seed?: number }) => {
      const { name } = experiment as { readonly name: string };
      asked.push({ name, seed: settings.seed ?? null });
      if (stops) controller.abort(new TomoeError("CANCELLED", "interrupted", { hint: "Run it again." }));
      // A run takes a while, and writes its checkpoint before it says that it was stopped.
      await new Promise((resolve) => setTimeout(resolve, 20));
      ended.push(name);
      if (stops) throw new TomoeError("CANCELLED", `run ${name} was stopped`, { hint: "Resume it." });
      if (name === "bad")
        throw new TomoeError("TRAIN_DIVERGED", "the loss is not finite", { hint: "Lower it." });
      return { ok: true, runId: `run-${name}`, dir: "/runs", scorecard: [] };
    },
    sweep: async (sweep: unknown) => {
      await Promise.resolve();
      asked.push({ name: `sweep ${(sweep as { readonly name: string }).name}`, seed: null });
      return {};
    },
  };
  const line: Record<string, unknown> = { asked, ended };
  try {
    const module = await runScript(path, controller.signal, host as never);
    line.exports = Object.keys(module);
    if (asked.length === 0) line.experiment = experimentOf(module, path);
  } catch (cause) {
    if (!isTomoeError(cause)) throw cause;
    Object.assign(line, { code: cause.code, message: cause.message, hint: cause.hint });
  }
  line.hasHost = Symbol.for("tomoe.recipe-host") in globalThis;
  console.log(JSON.stringify(line));
}
process.exit(0);
