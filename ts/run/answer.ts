import { renderPrompt } from "../data/dataset/index.ts";
import { TomoeError } from "../errors.ts";
import { choiceLetter } from "../schema/answers/letters.ts";
import { presentOptions, tooFewOptions } from "../schema/answers/options.ts";
import type { BatchVolume, GeneratedText, Query, ScoredChoices } from "../schema/batch.ts";
import type { EvaluationConfig } from "../schema/experiment.ts";
import type { RoutedItem, RouterPolicy, RoutingPlan, TaskRoute } from "../schema/router.ts";
import type { WorkerClient } from "../worker/index.ts";

/** One thing asked about one volume. */
export interface Asked {
  readonly id: string;
  readonly volumeIndex: number;
  readonly question: string;
  readonly choices?: readonly string[] | undefined;
  /** A question with options is answered in words, and not by comparing its options. */
  readonly inWords?: boolean;
  /** The item it is, where it is one of a data set. */
  readonly item?: RoutedItem;
}

/** What the model said, and by which route. */
export interface Answer {
  readonly id: string;
  /** Generated text; for a closed question "B. text of the choice". */
  readonly text: string;
  /** Letter of the likeliest choice; null for an open question. */
  readonly choice: string | null;
  /** Log-probability of each choice in nats, null for one that is missing; null for an open question. */
  readonly choiceLogProbs: readonly (number | null)[] | null;
  /** Tokens that each log-probability is the sum over, the end token among them; null as these. */
  readonly choiceTokens: readonly (number | null)[] | null;
  /** True where the longest answer cut the text. */
  readonly truncated: boolean;
  readonly route: TaskRoute;
  readonly encodeSeconds: number;
  readonly generateSeconds: number;
}

/** One call of questions on volumes that share it. */
export interface Questions {
  readonly worker: WorkerClient;
  readonly policy: RouterPolicy;
  readonly volumes: readonly BatchVolume[];
  readonly asked: readonly Asked[];
  /** How answers are made: mode, length, what shares a pass. */
  readonly evaluation: Pick<EvaluationConfig, "generate" | "answer" | "maxNewTokens" | "batching">;
  /** False: the prompt alone is read, and no volume. */
  readonly seesImage?: boolean;
  readonly plan: RoutingPlan;
  readonly signal?: AbortSignal;
}

/** A question with the route that its own words and choices gave. */
interface Routed {
  readonly asked: Asked;
  readonly route: TaskRoute;
}

/** The options that are there, each with the letter it has among all of them. */
function presentOf({ choices = [] }: Asked): readonly { readonly choice: string; readonly index: number }[] {
  return presentOptions(choices).map((index) => ({ choice: choices[index] ?? "", index }));
}

function queryOf({ asked, route }: Routed): Query {
  return {
    queryId: asked.id,
    volumeIndex: asked.volumeIndex,
    prompt: renderPrompt(asked),
    task: route.task,
    choices: asked.inWords === true ? [] : presentOf(asked).map(({ choice }) => choice),
  };
}

function likeliest({ queryId, logProbs }: ScoredChoices): number {
  if (logProbs.length === 0 || logProbs.some((value) => !Number.isFinite(value))) {
    throw new TomoeError(
      "TRAIN_DIVERGED",
      `the options of question "${queryId}" have log-probabilities ${logProbs.join(", ")}`,
      {
        hint: "The model's weights are not finite; use an earlier checkpoint.",
        details: { id: queryId },
      },
    );
  }
  return logProbs.indexOf(Math.max(...logProbs));
}

function fromChoices(scored: ScoredChoices, { asked, route }: Routed, seconds: number): Answer {
  const present = presentOf(asked);
  const best = present[likeliest(scored)];
  if (best === undefined || scored.logProbs.length !== present.length)
    throw new TomoeError(
      "WIRE_INVALID",
      `the worker scored ${scored.logProbs.length} options of "${asked.id}", asked were ${present.length}`,
      {
        hint: "Worker and conductor are of different versions; run: npm run setup.",
        details: { id: asked.id },
      },
    );
  const byChoice = (values: readonly number[]): readonly (number | null)[] => {
    const all: (number | null)[] = (asked.choices ?? []).map(() => null);
    for (const [at, { index }] of present.entries()) all[index] = values[at] ?? null;
    return all;
  };
  return {
    id: asked.id,
    text: `${choiceLetter(best.index)}. ${best.choice}`,
    choice: choiceLetter(best.index),
    choiceLogProbs: byChoice(scored.logProbs),
    choiceTokens: byChoice(scored.optionTokens),
    truncated: false,
    route,
    encodeSeconds: 0,
    generateSeconds: seconds,
  };
}

function fromText(text: GeneratedText, { asked, route }: Routed): Answer {
  return {
    id: asked.id,
    text: text.text.trim(),
    choice: null,
    choiceLogProbs: null,
    choiceTokens: null,
    truncated: !text.ended,
    route,
    encodeSeconds: text.encodeSeconds,
    generateSeconds: text.generateSeconds,
  };
}

function refuseTooFew(asked: readonly Asked[]): void {
  for (const { id, question, choices } of asked) {
    const tooFew = choices === undefined ? undefined : tooFewOptions(choices);
    if (tooFew !== undefined)
      throw new TomoeError("USAGE_INVALID", `the question "${question}" leaves no choice: ${tooFew}`, {
        hint: "Write out at least two options, or ask without any.",
        details: { id },
      });
  }
}

/** How many volumes share a call is the caller's part; the worker is told what shares a pass. */
function batchingOf({ evaluation }: Questions) {
  const { sequences, cacheBytes } = evaluation.batching;
  return { sequences, cacheBytes };
}

/** True for a question that is answered by comparing its options. */
const isScored = ({ asked }: Routed): boolean => asked.choices !== undefined && asked.inWords !== true;

/**
 * Asks one worker everything in `asked`: questions with choices are scored option by option, the others
 * answered in words. Each is routed by its own text and choices.
 *
 * @returns answers in the order of `asked`.
 * @throws TomoeError of the worker; `USAGE_INVALID` for a question with fewer than two options that are there,
 * `TRAIN_DIVERGED` when an option's log-probability is not finite,
 * `WIRE_INVALID` for an answer that was not asked for, `WIRE_INCOMPLETE` when one is missing.
 */
export async function answerAll(questions: Questions): Promise<readonly Answer[]> {
  const { worker, policy, volumes, plan, seesImage = true } = questions;
  const { generate, answer: score, maxNewTokens } = questions.evaluation;
  const batching = batchingOf(questions);
  const routed = questions.asked.map(
    (asked): Routed => ({
      asked,
      route: policy.route({
        text: asked.question,
        ...(asked.choices && { choices: asked.choices }),
        ...(asked.item && { item: asked.item }),
      }),
    }),
  );
  const byId = new Map(routed.map((one) => [one.asked.id, one]));
  const routedOf = (id: string): Routed => {
    const found = byId.get(id);
    if (found !== undefined) return found;
    throw new TomoeError("WIRE_INVALID", `the worker answered "${id}", which was not asked`, {
      hint: "Worker and conductor are of different versions; run: npm run setup.",
      details: { id },
    });
  };
  refuseTooFew(questions.asked);
  const call = questions.signal === undefined ? {} : { signal: questions.signal };
  const closed = routed.filter(isScored),
    open = routed.filter((one) => !isScored(one));
  const answers = new Map<string, Answer>();
  if (closed.length > 0) {
    const started = performance.now();
    const job = { volumes, queries: closed.map(queryOf), mode: score, batching, seesImage, plan };
    for await (const scored of worker.score(job, call)) {
      const seconds = (performance.now() - started) / 1000 / closed.length;
      answers.set(scored.queryId, fromChoices(scored, routedOf(scored.queryId), seconds));
    }
  }
  if (open.length > 0) {
    const job = {
      volumes,
      queries: open.map(queryOf),
      mode: generate,
      maxNewTokens,
      batching,
      seesImage,
      plan,
    };
    for await (const text of worker.generate(job, call))
      answers.set(text.queryId, fromText(text, routedOf(text.queryId)));
  }
  return questions.asked.map(({ id }) => {
    const answer = answers.get(id);
    if (answer !== undefined) return answer;
    throw unanswered(id);
  });
}

/** The error of a question that the worker passed over. */
export function unanswered(id: string): TomoeError {
  return new TomoeError("WIRE_INCOMPLETE", `the worker did not answer "${id}"`, {
    hint: "Worker and conductor are of different versions; run: npm run setup.",
    details: { id },
  });
}
