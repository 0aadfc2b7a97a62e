import type { JsonValue } from "../../../errors.ts";
import { TomoeError } from "../../../errors.ts";
import { packageRoot } from "../../../files/index.ts";
import { loadRecipe } from "../../recipe.ts";
import type { Terminal } from "../../terminal.ts";
import { plainText } from "../../terminal.ts";
import type { Call, Outcome } from "../../words/command.ts";
import { runsDirOf } from "../../words/run-flags.ts";
import type { Check } from "./examine.ts";
import { examine } from "./examine.ts";

/** `tomoe doctor`: exit 78 when something that a run needs is missing; all checks are told either way. */
export async function doctor({ arguments: [recipe], flags, signal, terminal }: Call): Promise<Outcome> {
  const wanted =
    recipe === undefined ? {} : { wanted: { bytes: await needOf(recipe, signal), name: recipe } };
  const checks = await examine({
    packageRoot: packageRoot(),
    runsDir: runsDirOf(flags),
    isQuick: flags.has("quick"),
    signal,
    ...wanted,
  });
  const failed = checks.filter(({ verdict }) => verdict === "failed");
  const [first] = failed;
  if (first === undefined)
    return {
      document: { ok: true, checks } as Outcome["document"],
      text: checks.map((check) => checkText(check, undefined)).join("\n"),
    };
  for (const check of checks) terminal.line(checkText(check, terminal));
  throw new TomoeError(
    "ENVIRONMENT",
    `${failed.length} of ${checks.length} checks failed: ${failed.map(({ name, found }) => `${name} (${found})`).join("; ")}`,
    {
      hint: `Run: ${first.mend}`,
      details: { checks: checks as unknown as JsonValue },
    },
  );
}

async function needOf(recipe: string, signal: AbortSignal): Promise<number> {
  const experiment = await loadRecipe(recipe, signal);
  const [{ resolveExperiment }, { memoryNeed }] = await Promise.all([
    import("../../../config/index.ts"),
    import("./memory-need.ts"),
  ]);
  const { programs, model, activations } = memoryNeed(resolveExperiment(experiment.input).config);
  return programs + model + activations;
}

function checkText({ name, verdict, found, expected, mend }: Check, terminal: Terminal | undefined): string {
  const word = verdict === "ok" ? "ok" : verdict.toUpperCase();
  const mark =
    terminal?.paint(verdict === "ok" ? "green" : verdict === "warning" ? "yellow" : "red", word.padEnd(8)) ??
    word.padEnd(8);
  const told = `${mark} ${name.padEnd(16)} ${plainText(found)}`;
  return mend === null
    ? told
    : `${told}\n${" ".repeat(9)}${"expected".padEnd(16)} ${expected}\n${" ".repeat(9)}${"mend".padEnd(16)} ${mend}`;
}
