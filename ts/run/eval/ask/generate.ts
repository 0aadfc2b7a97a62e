import { type ErrorCode, isTomoeError, type JsonValue } from "../../../errors.ts";
import { digestJson } from "../../../schema/digest.ts";
import type { ItemRow } from "../../../schema/sample.ts";
import type { RowLog } from "../../../track/index.ts";
import type { Row } from "../../../track/read/index.ts";
import { type Answer, type Asked, answerAll } from "../../answer.ts";
import type { EvaluatedCase } from "../../evaluate/cases.ts";
import type { ReadyRun } from "../../predict/ready-run.ts";
import type { OnProgress } from "../../progress.ts";
import { inStage, type StagePart, type StageWorld } from "../record/stages.ts";
import { type ArmMaterial, type ArmName, arms } from "./arms.ts";
import type { LazyPool } from "./lazy-pool.ts";

/** What an arm is asked with. */
export interface Generating {
  readonly world: StageWorld;
  readonly ready: ReadyRun;
  readonly material: ArmMaterial;
  readonly pool: LazyPool;
  readonly device: string;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

/** Failures of one item, which says why it has no answer; everything else ends the evaluation. */
const ofItems: ReadonlySet<ErrorCode> = new Set([
  "WIRE_TOO_LARGE",
  "WIRE_INVALID",
  "USAGE_INVALID",
  "TRAIN_DIVERGED",
]);

/** Failures that a fresh worker may not have. */
const restartable: ReadonlySet<ErrorCode> = new Set([
  "WORKER_DIED",
  "WORKER_HUNG",
  "WORKER_UNAVAILABLE",
  "WIRE_CHECKSUM",
]);

interface Call {
  readonly cases: readonly EvaluatedCase[];
  readonly at: number;
}

/** Everything that the answers of an arm follow from. */
function inputsOf(
  { ready, material, device }: Generating,
  name: ArmName,
): { readonly [name: string]: unknown } {
  const { resolved, checkpoint, plan } = ready;
  const { evaluation, execution } = resolved.config;
  const { generate, answer, maxNewTokens, batching } = evaluation;
  return {
    checkpoint: digestJson(checkpoint.manifest.files, "the files of a checkpoint"),
    policy: checkpoint.manifest.facts.policyDigest,
    plan: digestJson(plan, "the plan"),
    evaluation: { generate, answer, maxNewTokens, batching },
    execution: { precision: execution.precision, threads: execution.threads, device },
    asked: digestJson(
      material.cases.map(({ volume, subject, items }) => [
        volume.volumeId,
        subject,
        items
          .filter(arms[name].asks)
          .map(({ id, task, question, choices }) => [id, task, question, choices ?? null]),
      ]),
      "what is asked",
    ),
  };
}

const rowOf = (item: ItemRow, answer: Answer): Row => {
  const { confidence, fallback, task } = answer.route;
  return {
    id: item.id,
    text: answer.text,
    ...(answer.choiceLogProbs && { choiceLogProbs: answer.choiceLogProbs as JsonValue }),
    ...(answer.choiceTokens && { choiceTokens: answer.choiceTokens as JsonValue }),
    ...(answer.truncated ? { truncated: true } : {}),
    route: { task, confidence, fallback },
  };
};

async function askCall(
  { ready, material, pool, signal }: Generating,
  name: ArmName,
  { cases, at }: Call,
  only?: string,
): Promise<readonly Row[]> {
  const arm = arms[name];
  const asked = cases.flatMap(({ items }, volumeIndex) =>
    items
      .filter((item) => arm.asks(item) && (only === undefined || item.id === only))
      .map((item) => ({ item, volumeIndex })),
  );
  const volumes = await arm.volumesOf(material, cases, at);
  const answers = await answerAll({
    worker: await pool.model(),
    policy: ready.policy,
    volumes: volumes.map((volume, slot) => ({ ...volume, slot })),
    asked: asked.map(
      ({ item, volumeIndex }): Asked => ({
        id: item.id,
        volumeIndex,
        question: item.question,
        choices: item.choices,
        inWords: arm.inWords,
        item: { id: item.id, task: item.task, use: "evaluate" },
      }),
    ),
    evaluation: ready.resolved.config.evaluation,
    seesImage: arm.seesImage,
    plan: ready.plan,
    signal,
  });
  return asked.flatMap(({ item }, index) => {
    const answer = answers[index];
    return answer === undefined ? [] : [rowOf(item, answer)];
  });
}

/** A call in which one item cannot be answered is asked item by item, so that the others are. */
async function rowsOf(job: Generating, name: ArmName, call: Call): Promise<readonly Row[]> {
  try {
    return await askCall(job, name, call);
  } catch (whole) {
    if (!isTomoeError(whole) || !ofItems.has(whole.code)) throw whole;
  }
  const rows: Row[] = [];
  for (const { id } of call.cases.flatMap(({ items }) => items.filter(arms[name].asks))) {
    try {
      rows.push(...(await askCall(job, name, call, id)));
    } catch (error) {
      if (!isTomoeError(error) || !ofItems.has(error.code)) throw error;
      rows.push({ id, error: { code: error.code, message: error.what } });
    }
  }
  return rows;
}

async function withRestarts(job: Generating, work: () => Promise<readonly Row[]>): Promise<readonly Row[]> {
  const { maxRestarts } = job.ready.resolved.config.execution;
  for (let restarts = 0; ; restarts += 1) {
    try {
      return await work();
    } catch (error) {
      if (
        job.signal.aborted ||
        !isTomoeError(error) ||
        !restartable.has(error.code) ||
        restarts >= maxRestarts
      )
        throw error;
      job.onProgress({ kind: "notice", text: `${error.message}; restart ${restarts + 1}/${maxRestarts}` });
      await job.pool.kill();
    }
  }
}

async function answerMissing(job: Generating, name: ArmName, log: RowLog): Promise<void> {
  const { cases } = job.material;
  const volumesPerCall = job.ready.resolved.config.evaluation.batching.volumes;
  for (let at = 0; at < cases.length; at += volumesPerCall) {
    job.signal.throwIfAborted();
    const part = cases.slice(at, at + volumesPerCall);
    const isMissing = part.some(({ items }) =>
      items.some((item) => arms[name].asks(item) && !log.ids.has(item.id)),
    );
    if (isMissing) await log.append(await withRestarts(job, () => rowsOf(job, name, { cases: part, at })));
    job.onProgress({ kind: "phase", phase: `generate ${name}`, done: at + part.length, total: cases.length });
  }
}

/**
 * The answers of an arm, call by call, each on the disk as it is done; what shares a call is always the same. An item
 * that cannot be answered is a row with its error.
 *
 * @throws TomoeError of the worker; the signal's reason.
 */
export async function generateArm(job: Generating, name: ArmName): Promise<StagePart> {
  return await inStage(
    job.world,
    { name: "generate", part: name, inputs: inputsOf(job, name) },
    async ({ log }) => {
      await answerMissing(job, name, log);
      return null;
    },
  );
}
