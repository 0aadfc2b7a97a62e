import { defined } from "../../../defined.ts";
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
  const runsDir = runsDirOf(flags);
  const wanted =
    recipe === undefined ? undefined : { bytes: await needOf(recipe, runsDir, signal), name: recipe };
  const checks = await examine({
    packageRoot: packageRoot(),
    runsDir,
    isQuick: flags.has("quick"),
    signal,
    ...defined({ wanted }),
  });
  const failed = checks.filter(({ verdict }) => verdict === "failed");
  const [first] = failed;
  if (first === undefined)
    return {
      document: { ok: true, checks: checks.map(documented) } as Outcome["document"],
      text: checks.map((check) => checkText(check, undefined)).join("\n"),
    };
  for (const check of checks) terminal.line(checkText(check, terminal));
  throw new TomoeError(
    "ENVIRONMENT",
    `${failed.length} of ${checks.length} checks failed: ${failed.map(({ name, found }) => `${name} (${found})`).join("; ")}`,
    {
      hint: `To fix the first of them, run "${first.fix}".`,
      details: { checks: checks.map(documented) as unknown as JsonValue },
    },
  );
}

async function needOf(recipe: string, runsDir: string, signal: AbortSignal): Promise<number> {
  const experiment = await loadRecipe(recipe, signal);
  const { memoryOfAll, resolveOpened } = await import("../../../run/index.ts");
  const resolved = await resolveOpened({ experiment, set: [], runsDir, device: "auto", signal });
  return memoryOfAll(resolved.config);
}

/** A check with the name that `fix` had in version 0.1, which scripts may still read. */
function documented(check: Check): Check & { readonly mend: string | null } {
  return { ...check, mend: check.fix };
}

function checkText({ name, verdict, found, expected, fix }: Check, terminal: Terminal | undefined): string {
  const word = verdict === "ok" ? "ok" : verdict.toUpperCase();
  const mark =
    terminal?.paint(verdict === "ok" ? "green" : verdict === "warning" ? "yellow" : "red", word.padEnd(8)) ??
    word.padEnd(8);
  const told = `${mark} ${name.padEnd(16)} ${plainText(found)}`;
  return fix === null
    ? told
    : `${told}\n${" ".repeat(9)}${"expected".padEnd(16)} ${expected}\n${" ".repeat(9)}${"fix".padEnd(16)} ${fix}`;
}
