import type { ResolvedExperiment } from "../../config/index.ts";
import { bug, type JsonValue, TomoeError } from "../../errors.ts";
import { isDecided } from "./decided.ts";
import type { Option } from "./options.ts";
import type { Outcome, StageOutcome } from "./outcome.ts";
import { travelOf } from "./variation.ts";

/** One line of the table: an option, what it was tried at, and what that changed. */
export interface KnobLine {
  readonly option: string;
  readonly value: JsonValue;
  readonly from: string;
  /** The extreme that it was tried at; null where it was not. */
  readonly tried: JsonValue;
  /** One of `effects` of what was tried; else why nothing was. */
  readonly effect: string;
  /** In shares of the loss or the update; null where neither was looked at. */
  readonly change: number | null;
}

/** Why an option is not tried by steps. */
const untried = {
  route: "where items go: tried where it is asked for, unless the policy is your own",
  mirrors: "no mirror image is made where no stage asks for one",
  policy: "what a policy of your own makes of it is its own",
  elsewhere: "not of the training step",
  model: "of the model: in its description and digest",
  length: "how long the stage is",
  experts: "which experts the stage has",
  rare: "of items that the first steps may not hold: told before them",
  looks: "looks at steps, which stay as they are",
  rounding: "the same step but for rounding, in less time",
  alone: "nothing else may stand there",
  dear: "not tried: trials cost at most 5 % of a run's steps",
} as const;

/** The table of a run: a line for every option of its recipe. */
export function linesOf(
  { origins }: Pick<ResolvedExperiment, "origins">,
  options: readonly Option[],
  { outcomes, dear }: { readonly outcomes: readonly Outcome[]; readonly dear: readonly Option[] },
): readonly KnobLine[] {
  const found = new Map(outcomes.map((outcome) => [outcome.path, outcome]));
  const left = new Set(dear.map(({ path }) => path));
  return options.map((option) => {
    const { path, value } = option;
    const line = { option: path, value, from: origins[path] ?? "default" };
    const outcome = found.get(path);
    if (outcome !== undefined)
      return { ...line, tried: outcome.tried, effect: outcome.effect, change: outcome.change };
    return { ...line, tried: null, effect: left.has(path) ? untried.dear : whyUntried(option), change: null };
  });
}

function whyUntried(option: Option): string {
  const { message, fields = [] } = travelOf(option) ?? {};
  if (message === "model") return untried.model;
  if (option.path.endsWith(".augment.flip")) return untried.mirrors;
  if (isDecided(option)) return untried.policy;
  if (option.row.decides === "route") return untried.route;
  if (message !== "stage" && message !== "plan") return untried.elsewhere;
  const shapes = {
    steps: untried.length,
    routing: untried.experts,
    tooLong: untried.rare,
    taskCosineEvery: untried.looks,
    sharePrefix: untried.rounding,
  };
  return new Map(Object.entries(shapes)).get(fields[0] ?? "") ?? untried.alone;
}

/** Whether a person wrote this, and something else than what holds anyway. */
export function isAsked(
  { origins }: Pick<ResolvedExperiment, "origins">,
  { path, value, standard }: Option,
): boolean {
  const from = origins[path];
  return (from === "recipe" || from === "--set") && JSON.stringify(value) !== JSON.stringify(standard);
}

/** Tensors that a refusal names in its text; its details have all. */
const tensorsNamed = 8;

/** What a stage says that it trains, and no gradient can reach: by name where nothing of it moves, else by tensor. */
function unreachedProblems({ path, idle, unreached }: StageOutcome) {
  const at = `${path}.trains`;
  const named = idle.map((name) => ({ path: at, message: `no gradient reaches "${name}"` }));
  if (unreached.length === 0) return named;
  const more = unreached.length - tensorsNamed;
  const list = unreached.slice(0, tensorsNamed).join(", ") + (more > 0 ? ` and ${more} more` : "");
  return [...named, { path: at, message: `no gradient reaches ${list}`, tensors: [...unreached] }];
}

/**
 * Refuses what was asked for and does nothing, and what is named as trained and gets no gradient: a name of which nothing
 * moves, and each tensor that the loss does not depend on. An expert that no token came to may get its tokens later.
 *
 * @throws TomoeError `CONFIG_INVALID` naming each by its path in the recipe; `INTERNAL` for a gradient of what is frozen.
 */
export function requireEffects(
  resolved: Pick<ResolvedExperiment, "origins">,
  {
    options,
    outcomes,
    stages,
  }: {
    readonly options: readonly Option[];
    readonly outcomes: readonly Outcome[];
    readonly stages: readonly StageOutcome[];
  },
): void {
  const strays = stages.flatMap(({ stray }) => stray);
  if (strays.length > 0) throw bug("a gradient reached what is frozen", { tensors: [...strays] });
  const byPath = new Map(options.map((option) => [option.path, option]));
  const idle = outcomes.flatMap(({ path, effect, tried }) => {
    const option = byPath.get(path);
    if (effect !== "none" || option === undefined || !isAsked(resolved, option)) return [];
    // What has to be written may stand idle, as the number of experts chosen where there are none.
    if (option.standard === undefined) return [];
    const message = `${JSON.stringify(option.value)} has no effect: at ${JSON.stringify(tried)} loss and update are the same`;
    return [{ path, message }];
  });
  const problems = [...idle, ...stages.flatMap(unreachedProblems)];
  if (problems.length === 0) return;
  throw new TomoeError(
    "CONFIG_INVALID",
    problems.map(({ path, message }) => `${path}: ${message}`).join("\n  "),
    {
      hint: "Leave out what does nothing here (a stage may name a part of a component), or change what keeps it from acting; knobs.json of the run has a line for every option.",
      details: { problems },
    },
  );
}

/** What each stage names as trained, and whether a gradient came there. */
export function trainedOutcomes(
  stages: readonly StageOutcome[],
  options: readonly Option[],
): readonly Outcome[] {
  return stages.flatMap(({ path, idle }) =>
    options
      .filter((option) => option.path.startsWith(`${path}.trains.`))
      .map((option) => ({
        path: option.path,
        tried: null,
        effect: idle.includes(String(option.value)) ? "none" : "gradient",
        change: null,
      })),
  );
}
