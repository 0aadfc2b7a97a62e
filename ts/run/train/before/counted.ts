import { allStages } from "../../../config/index.ts";
import { type DatasetCase, wordLabels } from "../../../data/dataset/index.ts";
import { TomoeError } from "../../../errors.ts";
import type { StageConfig } from "../../../schema/experiment.ts";
import type { RunJob } from "../../job.ts";
import { stageBatches } from "../batches.ts";

/** Cases and steps that a message names, and that its details carry. */
const shown = 3,
  told = 200;

type Material = Pick<RunJob, "resolved" | "corpus" | "policy">;

/** A step of whose volumes none has what an objective counts. */
interface BareStep {
  readonly stage: string;
  readonly step: number;
  readonly objective: string;
  /** What its cases lack. */
  readonly lack: string;
  readonly cases: readonly string[];
}

/**
 * Looks through all steps of all stages before the first: in each some volume must have what an objective counts, be it
 * items, labels or captions. A volume without adds nothing and its step goes on with the others, on one rank or many; a
 * step without any would end the run where its turn comes. The order is a pure function of the seed, so this costs no work.
 *
 * @throws TomoeError `DATA_EMPTY` naming the first such step, its cases and what they lack; details have the others.
 */
export function requireCounted(job: Material): void {
  // Items of a large data set are read anew each time they are asked for: once here, however many stages count them.
  const known = new Map<string, ReadonlySet<number>>();
  const bare = allStages(job.resolved.config).flatMap(({ stage }) => bareSteps(job, stage, known));
  const [first] = bare;
  if (first === undefined) return;
  const { stage, step, objective, lack, cases } = first;
  const more = bare.length - 1;
  const also = more === 0 ? "" : `; and so have ${more} more ${more === 1 ? "step" : "steps"}`;
  throw new TomoeError(
    "DATA_EMPTY",
    `step ${step} of stage "${stage}" has nothing for its objective "${objective}": ${listOf(cases)} ${lack}${also}`,
    {
      hint: "Give these cases what they lack, leave them out of the training split, let a step have more volumes (volumesPerStep) so that another one has it, or leave the objective out of the stage.",
      details: {
        count: bare.length,
        cases: [...new Set(bare.flatMap((one) => one.cases))].sort().slice(0, told),
        problems: bare.slice(0, told).map((one) => ({ ...one, cases: one.cases.slice(0, told) })),
      },
    },
  );
}

function listOf(cases: readonly string[]): string {
  const names = cases.slice(0, shown).map((id) => `"${id}"`);
  const more = cases.length > shown ? ` and ${cases.length - shown} more` : "";
  return cases.length === 1 ? `case ${names[0]} has` : `cases ${names.join(", ")}${more} have`;
}

function bareSteps(
  job: Material,
  stage: StageConfig,
  known: Map<string, ReadonlySet<number>>,
): readonly BareStep[] {
  const batches = stageBatches({ job, stage, ranks: 1 });
  const { cases } = batches;
  return Object.keys(stage.objectives).flatMap((objective) => {
    const { lack, has } = needOf(objective, job.corpus);
    const counted = `${stage.data}/${objective}`;
    const lacking =
      known.get(counted) ?? new Set(cases.flatMap((entry, place) => (has(entry) ? [] : [place])));
    known.set(counted, lacking);
    if (lacking.size === 0) return [];
    return Array.from({ length: stage.steps }, (_, step) => step).flatMap((step) => {
      const places = batches.placesOf(step);
      if (!places.every((place) => lacking.has(place))) return [];
      const ids = [...new Set(places)].flatMap((place) => cases[place]?.row.case ?? []);
      return [{ stage: stage.name, step, objective, lack, cases: ids }];
    });
  });
}

/** What an objective counts of a case, and how one without it is spoken of. */
function needOf(
  objective: string,
  { facts, words, cached }: RunJob["corpus"],
): { readonly lack: string; readonly has: (entry: DatasetCase) => boolean } {
  if (objective === "language") return { lack: "no items", has: ({ items }) => items.length > 0 };
  if (objective === "words")
    return { lack: "no report", has: (entry) => wordLabels(entry, words).hasCaption };
  if (objective === "patches")
    return {
      lack: "no patch labels",
      has: ({ row }) => cached.get(row.case)?.hasPatchLabels === true,
    };
  const covered = facts.filter(({ name }) => objective === "facts" || objective === `facts:${name}`);
  return {
    lack: covered.length === 1 ? `no label of ${covered[0]?.name}` : "no label of any fact",
    // A fact that the model has no head for is refused where the stage opens.
    has: ({ row }) => covered.length === 0 || covered.some(({ name }) => (row.facts?.[name] ?? -1) >= 0),
  };
}
