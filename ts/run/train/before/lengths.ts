import { allStages } from "../../../config/index.ts";
import { casesOf, type Dataset, renderPrompt } from "../../../data/dataset/index.ts";
import { TomoeError } from "../../../errors.ts";
import { jsonText } from "../../../files/index.ts";
import { presentOptions } from "../../../schema/answers/options.ts";
import type { StageConfig } from "../../../schema/experiment.ts";
import type { ItemRow } from "../../../schema/sample.ts";
import { predicts } from "../../../schema/task.ts";
import type { LengthText } from "../../../worker/index.ts";
import { evaluatedCases } from "../../evaluate/cases.ts";
import { type Attempt, firstRank, type RunJob, recordEvent } from "../../job.ts";
import type { Mirrors } from "../../prepare/augment/mirrors.ts";

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
  /** Tokens of the answer, and those of them that there is room for. */
  readonly answer: number;
  readonly room: number;
}

/**
 * Has every text that will be trained on or asked held against the positions of the model, before the first step: one
 * that is too long would end the run where its turn comes. A report that is trained on is cut where the recipe says so:
 * each is told, in the run's `cut.json` all of them; the worker cuts it whenever it comes.
 *
 * @throws TomoeError `DATA_MANIFEST` with all items that do not fit and are not to be cut, each with its case and the
 * positions it needs.
 */
export async function checkLengths({ job, pool }: Attempt): Promise<void> {
  const worker = firstRank(pool);
  const refused: TooLong[] = [],
    cut: TooLong[] = [];
  let limit = 0;
  for (const { depth, texts, cuts } of textsByDepth(job))
    for (const part of texts.parts()) {
      const checked = await worker.checkLengths(
        depth,
        part.map(({ text }) => text),
        { signal: job.stop },
      );
      limit = checked.limit;
      for (const { place, needed, answer } of checked.tooLong) {
        // Without the end token, which a cut answer does not have.
        const room = limit - (needed - 1 - answer);
        for (const use of part[place]?.of ?? []) {
          const mayCut = cuts && use.use === "train" && predicts(use.item.task, "report") && room >= 1;
          (mayCut ? cut : refused).push({ ...use, needed, answer, room });
        }
      }
    }
  if (refused.length > 0) throw tooLong(refused, limit);
  if (cut.length > 0) await tellCut(job, cut, limit);
}

async function tellCut(job: RunJob, cut: readonly TooLong[], limit: number): Promise<void> {
  const items = cut.map(({ item, needed, answer, room }) => ({
    case: item.case,
    item: item.id,
    needed,
    tokens: answer,
    kept: room,
  }));
  await job.owned.write("cut.json", jsonText({ limit, count: items.length, items }));
  await recordEvent(job, {
    kind: "reports-cut",
    key: "reports-cut",
    data: { limit, count: items.length, items: items.slice(0, itemsTold) },
  });
  const shown = items
    .slice(0, itemsShown)
    .map((one) => `item "${one.item}" of case "${one.case}" keeps ${one.kept} of ${one.tokens} tokens`);
  const more = items.length - shown.length;
  const some = items.length === 1 ? "1 report is" : `${items.length} reports are`;
  job.onProgress({
    kind: "notice",
    text: `${some} cut to fit the ${limit} positions of the model: ${shown.join("; ")}${more > 0 ? `; and ${more} more` : ""}; cut.json names all`,
  });
}

interface AtDepth {
  readonly depth: number;
  readonly texts: Texts;
  /** Whether every stage that reads them cuts reports. */
  readonly cuts: boolean;
}

/** What is asked about slices, under 1, and about volumes, under their depth. */
function textsByDepth(job: RunJob): readonly AtDepth[] {
  const { config } = job.resolved;
  const reading = allStages(config).flatMap(({ stage }) =>
    stage.objectives.language === undefined ? [] : [stage],
  );
  const on = (data: StageConfig["data"]): readonly StageConfig[] =>
    reading.filter((stage) => stage.data === data);
  const cuts = (data: StageConfig["data"]): boolean =>
    on(data).every(({ tooLong: policy }) => policy === "cut-report");
  const ofSlices = new Texts(),
    ofVolumes = new Texts();
  if (on("slices").length > 0) ofSlices.addTrained(job.corpus.slices);
  if (on("volumes").length > 0) ofVolumes.addTrained(job.corpus.volumes, job.corpus.mirrors ?? undefined);
  for (const { items } of evaluatedCases(job))
    for (const item of items) ofVolumes.addAsked(item, config.evaluation.maxNewTokens);
  return [
    { depth: 1, texts: ofSlices, cuts: cuts("slices") },
    { depth: config.data.sizeDHW[0], texts: ofVolumes, cuts: cuts("volumes") },
  ];
}

/** Distinct texts, each with all items that have it. */
class Texts {
  readonly #held = new Map<string, { readonly text: LengthText; readonly of: Use[] }>();

  /** @param mirrors - whose texts are trained on too: another word may take other positions. */
  addTrained(dataset: Dataset | null, mirrors?: Mirrors): void {
    for (const { row, items } of dataset === null ? [] : casesOf(dataset, "train")) {
      const mirror = mirrors?.get(row.case);
      const mirrored = mirror !== undefined && "entry" in mirror ? mirror.entry.items : [];
      for (const item of [...items, ...mirrored])
        this.#add({ prompt: renderPrompt(item), answer: item.target, reserve: 0 }, { item, use: "train" });
    }
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
      hint: "Shorten them or leave their items out, cut the reports among those trained on (tooLong of the stages), pool the depth harder (model.poolDepth), or ask for fewer new tokens (evaluation.maxNewTokens).",
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
