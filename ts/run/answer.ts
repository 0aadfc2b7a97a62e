import { choiceLetter, renderPrompt } from "../data/dataset/index.ts";
import { TomoeError } from "../errors.ts";
import type { BatchVolume, GeneratedText, Query } from "../schema/batch.ts";
import type { RouterPolicy, RoutingPlan, TaskRoute } from "../schema/router.ts";
import type { WorkerClient } from "../worker/index.ts";

/** One thing asked about one volume. */
export interface Asked {
  readonly id: string;
  readonly volumeIndex: number;
  readonly question: string;
  readonly choices?: readonly string[] | undefined;
}

/** What the model said, and by which route. */
export interface Answer {
  readonly id: string;
  /** Generated text; for a closed question "B. text of the choice". */
  readonly text: string;
  /** Letter of the likeliest choice; null for an open question. */
  readonly choice: string | null;
  /** Log-probability of each choice in nats; null for an open question. */
  readonly choiceLogProbs: readonly number[] | null;
  readonly route: TaskRoute;
  readonly encodeSeconds: number;
  readonly generateSeconds: number;
}

export interface AnswerOptions {
  readonly maxNewTokens: number;
  readonly plan: RoutingPlan;
  readonly signal?: AbortSignal;
}

function queryOf(asked: Asked, route: TaskRoute): Query {
  return {
    queryId: asked.id,
    volumeIndex: asked.volumeIndex,
    prompt: renderPrompt(asked),
    task: route.task,
    choices: asked.choices ?? [],
  };
}

function likeliest(id: string, logProbs: readonly number[]): number {
  const best = logProbs.reduce((at, value, index) => (value > (logProbs[at] ?? -Infinity) ? index : at), 0);
  if (logProbs.length === 0 || logProbs.some((value) => !Number.isFinite(value))) {
    throw new TomoeError(
      "TRAIN_DIVERGED",
      `the options of question "${id}" have log-probabilities ${logProbs.join(", ")}`,
      { hint: "the model's weights are not finite; use an earlier checkpoint", details: { id } },
    );
  }
  return best;
}

/**
 * Asks one worker everything in `asked`: questions with choices are scored option by option, the others
 * answered in words.
 * Each is routed by its own text and choices.
 *
 * @returns answers in the order of `asked`.
 * @throws TomoeError of the worker; `TRAIN_DIVERGED` when an option's log-probability is not finite.
 */
export async function answerAll(
  worker: WorkerClient,
  policy: RouterPolicy,
  volumes: readonly BatchVolume[],
  asked: readonly Asked[],
  options: AnswerOptions,
): Promise<readonly Answer[]> {
  const routes = new Map(
    asked.map((one) => [
      one.id,
      policy.route({ text: one.question, ...(one.choices === undefined ? {} : { choices: one.choices }) }),
    ]),
  );
  const routeOf = (id: string): TaskRoute => {
    const route = routes.get(id);
    if (route === undefined)
      throw new TomoeError("WIRE_INVALID", `the worker answered "${id}", which was not asked`, {
        hint: "this is a bug of ours",
      });
    return route;
  };
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const answers = new Map<string, Answer>();
  const closed = asked.filter((one) => one.choices !== undefined),
    open = asked.filter((one) => one.choices === undefined);
  if (closed.length > 0) {
    const choicesOf = new Map(closed.map((one) => [one.id, one.choices ?? []]));
    const started = performance.now();
    for await (const { queryId, logProbs } of worker.score(
      { volumes, queries: closed.map((one) => queryOf(one, routeOf(one.id))), plan: options.plan },
      call,
    )) {
      const best = likeliest(queryId, logProbs);
      answers.set(queryId, {
        id: queryId,
        text: `${choiceLetter(best)}. ${choicesOf.get(queryId)?.[best] ?? ""}`,
        choice: choiceLetter(best),
        choiceLogProbs: logProbs,
        route: routeOf(queryId),
        encodeSeconds: 0,
        generateSeconds: (performance.now() - started) / 1000 / closed.length,
      });
    }
  }
  if (open.length > 0) {
    const job = {
      volumes,
      queries: open.map((one) => queryOf(one, routeOf(one.id))),
      maxNewTokens: options.maxNewTokens,
      plan: options.plan,
    };
    for await (const text of worker.generate(job, call))
      answers.set(text.queryId, fromText(text, routeOf(text.queryId)));
  }
  return asked.map((one) => {
    const answer = answers.get(one.id);
    if (answer === undefined)
      throw new TomoeError("WIRE_INCOMPLETE", `the worker did not answer "${one.id}"`, {
        hint: "this is a bug of ours: every query has one answer",
        details: { id: one.id },
      });
    return answer;
  });
}

function fromText(text: GeneratedText, route: TaskRoute): Answer {
  return {
    id: text.queryId,
    text: text.text.trim(),
    choice: null,
    choiceLogProbs: null,
    route,
    encodeSeconds: text.encodeSeconds,
    generateSeconds: text.generateSeconds,
  };
}
