import { allStages } from "../../config/index.ts";
import { casesOf, type Dataset, renderPrompt } from "../../data/dataset/index.ts";
import { TomoeError } from "../../errors.ts";
import { presentOptions } from "../../schema/answers/options.ts";
import type { ItemRow } from "../../schema/sample.ts";
import type { LengthText } from "../../worker/index.ts";
import { evaluatedCases } from "../evaluate/cases.ts";
import { type Attempt, firstRank, type RunJob } from "../job.ts";

/** Characters of one call: far below what a message holds, also in a script of three bytes a character. */
const charactersAtOnce = 2_000_000;
/** Items that a message names, and that its details carry. */
const itemsShown = 3,
  itemsTold = 200;

interface Use {
  readonly item: ItemRow;
  readonly use: "train" | "evaluate";
}

/** A text, and the items that it is of. */
interface Measured {
  readonly text: LengthText;
  readonly of: readonly Use[];
}

interface TooLong extends Use {
  readonly needed: number;
}

/**
 * Has every text that will be trained on or asked held against the positions of the model, before the first step: one
 * that is too long would end the run where its turn comes.
 *
 * @throws TomoeError `DATA_MANIFEST` with all items that do not fit, each with its case and the positions it needs.
 */
export async function checkLengths({ job, pool }: Attempt): Promise<void> {
  const worker = firstRank(pool);
  const found: TooLong[] = [];
  let limit = 0;
  for (const [depth, texts] of textsByDepth(job))
    for (const part of texts.parts()) {
      const checked = await worker.checkLengths(
        depth,
        part.map(({ text }) => text),
        { signal: job.stop },
      );
      limit = checked.limit;
      for (const { place, needed } of checked.tooLong) {
        found.push(...(part[place]?.of ?? []).map((use) => ({ ...use, needed })));
      }
    }
  if (found.length > 0) throw tooLong(found, limit);
}

/** What is asked about slices, under 1, and about volumes, under their depth. */
function textsByDepth(job: RunJob): ReadonlyMap<number, Texts> {
  const { config } = job.resolved;
  const asks = new Set(
    allStages(config).flatMap(({ stage }) => (stage.objectives.language === undefined ? [] : [stage.data])),
  );
  const ofSlices = new Texts(),
    ofVolumes = new Texts();
  if (asks.has("slices")) ofSlices.addTrained(job.corpus.slices);
  if (asks.has("volumes")) ofVolumes.addTrained(job.corpus.volumes);
  for (const { items } of evaluatedCases(job))
    for (const item of items) ofVolumes.addAsked(item, config.evaluation.maxNewTokens);
  return new Map([
    [1, ofSlices],
    [config.data.sizeDHW[0], ofVolumes],
  ]);
}

/** Distinct texts, each with all items that have it. */
class Texts {
  readonly #held = new Map<string, { readonly text: LengthText; readonly of: Use[] }>();

  addTrained(dataset: Dataset | null): void {
    for (const { items } of dataset === null ? [] : casesOf(dataset, "train"))
      for (const item of items)
        this.#add({ prompt: renderPrompt(item), answer: item.target, reserve: 0 }, { item, use: "train" });
  }

  /** Each option behind the question, or what may be generated there. */
  addAsked(item: ItemRow, reserve: number): void {
    const prompt = renderPrompt(item);
    const texts =
      item.choices === undefined
        ? [{ prompt, answer: "", reserve }]
        : presentOptions(item.choices).map((at) => ({
            prompt,
            answer: item.choices?.[at] ?? "",
            reserve: 0,
          }));
    for (const text of texts) this.#add(text, { item, use: "evaluate" });
  }

  #add(text: LengthText, use: Use): void {
    const key = JSON.stringify([text.prompt, text.answer, text.reserve]);
    const held = this.#held.get(key);
    if (held === undefined) this.#held.set(key, { text, of: [use] });
    else held.of.push(use);
  }

  /** Call by call. */
  *parts(): Generator<readonly Measured[]> {
    let part: Measured[] = [];
    let characters = 0;
    for (const measured of this.#held.values()) {
      const size = measured.text.prompt.length + measured.text.answer.length;
      if (part.length > 0 && characters + size > charactersAtOnce) {
        yield part;
        [part, characters] = [[], 0];
      }
      part.push(measured);
      characters += size;
    }
    if (part.length > 0) yield part;
  }
}

function tooLong(found: readonly TooLong[], limit: number): TomoeError {
  const shown = found
    .slice(0, itemsShown)
    .map(({ item, use, needed }) => `item "${item.id}" of case "${item.case}" needs ${needed} to ${use}`);
  const more = found.length - shown.length;
  return new TomoeError(
    "DATA_MANIFEST",
    `${found.length} ${found.length === 1 ? "item does" : "items do"} not fit the ${limit} positions of the model: ${shown.join("; ")}${more > 0 ? `; and ${more} more` : ""}`,
    {
      hint: "Shorten them or leave their items out, pool the depth harder (model.poolDepth), or ask for fewer new tokens (evaluation.maxNewTokens).",
      details: {
        limit,
        count: found.length,
        problems: found.slice(0, itemsTold).map(({ item, use, needed }) => ({
          case: item.case,
          item: item.id,
          task: item.task,
          use,
          needed,
        })),
      },
    },
  );
}
