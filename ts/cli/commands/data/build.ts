import { readFileSync } from "node:fs";
import type { PreprocessConfig } from "../../../data/index.ts";
import { defined } from "../../../defined.ts";
import { TomoeError } from "../../../errors.ts";
import type { BuildDocument, BuildOf } from "../../../run/data/index.ts";
import type { TripleDHW } from "../../../schema/volume.ts";
import { isRecipePath, loadRecipe } from "../../recipe.ts";
import { ProgressBar } from "../../screen/progress-bar.ts";
import { bytesText } from "../../text-table.ts";
import type { Call, Outcome } from "../../words/command.ts";
import { usage } from "../../words/flags.ts";
import { runsDirOf } from "../../words/run-flags.ts";
import { jobsOf, namedSource } from "./source-words.ts";

const command = { name: "data build" };
/** Flags that say what a recipe says itself, and those that change one. */
const ofSources = [
  "layout",
  "scans",
  "columns",
  "size",
  "window",
  "spacing",
  "crop",
  "fit",
  "sampling",
  "stack",
];
const ofRecipes = ["set"];

/** `tomoe data build`: the volumes that runs will read, prepared ahead of them. */
export async function dataBuild(call: Call): Promise<Outcome> {
  const {
    arguments: [path = ""],
    flags,
    signal,
    terminal,
  } = call;
  const jobs = jobsOf(flags, command);
  const isRecipe = isRecipePath(path);
  checkFlags(call, isRecipe);
  const { usualCache } = await import("../../../data/index.ts");
  const cache = usualCache(process.env, process.cwd());
  if (cache === null)
    throw new TomoeError("USAGE_INVALID", "TOMOE_CACHE is off: there is no cache to build", {
      hint: "Unset TOMOE_CACHE, or let it name a folder.",
    });
  const of = isRecipe ? await recipeOf(path, call) : sourceOf(call);
  const bar = new ProgressBar(terminal);
  const notice = (text: string): void => terminal.line(text);
  try {
    const { buildRows } = await import("../../../run/data/index.ts");
    const document = await buildRows({
      of,
      cache,
      ...defined({ lanes: jobs }),
      signal,
      onProgress: (event) => {
        if (event.kind === "phase") bar.update({ label: event.phase, done: event.done, total: event.total });
        else if (event.kind === "notice") notice(event.text);
      },
    });
    bar.finish();
    return { document, text: textOf(document) };
  } finally {
    bar.finish();
  }
}

function checkFlags({ flags }: Call, isRecipe: boolean): void {
  const foreign = (isRecipe ? ofSources : ofRecipes).filter((name) => flags.has(name));
  const why = isRecipe ? "the recipe says it" : "it changes a recipe, and none was given";
  const missing = isRecipe ? [] : ["size", "window"].filter((name) => !flags.has(name));
  const problems = [
    ...foreign.map((name) => `--${name} cannot stand here: ${why}`),
    ...missing.map(
      (name) => `--${name} is missing: a data set alone does not say what its volumes are brought to`,
    ),
  ];
  if (problems.length > 0) throw usage(command, problems);
}

async function recipeOf(path: string, { flags, signal }: Call): Promise<BuildOf> {
  return {
    kind: "recipe",
    experiment: await loadRecipe(path, signal),
    source: { file: path, text: readFileSync(path, "utf8") },
    set: flags.all("set"),
    runsDir: runsDirOf(flags),
    device: "cpu",
  };
}

function sourceOf(call: Call): BuildOf {
  const { flags } = call;
  const triple = (name: string): TripleDHW | undefined => {
    const [d = 0, h = 0, w = 0] = flags.numbers(name) ?? [];
    return flags.has(name) ? [d, h, w] : undefined;
  };
  const [low = 0, high = 0] = flags.numbers("window") ?? [];
  return {
    kind: "source",
    ...namedSource(call, command),
    config: {
      sizeDHW: triple("size") ?? [0, 0, 0],
      windowHu: { low, high },
      stack: flags.text("stack") === "axial" ? "axial" : "acquired",
      ...defined({
        spacingMmDHW: triple("spacing"),
        crop: flags.has("crop") ? ("foreground" as const) : undefined,
        fit: flags.text("fit") as PreprocessConfig["fit"],
        sampling: flags.text("sampling") as PreprocessConfig["sampling"],
      }),
    },
  };
}

function textOf({ cache, rows, sources, bytes, seconds }: BuildDocument): string {
  return [
    `${rows.total} volumes: ${rows.built} built, ${rows.reused} were there (${bytesText(bytes)} in all)`,
    `${sources.digested} scans read to know them, ${seconds.toFixed(1)} s`,
    cache,
  ].join("\n");
}
