import { bug } from "../../errors.ts";
import { baselineNames, closedPicture, lintItems, type Warning } from "../../eval/index.ts";
import { packageVersion, SpaceWaiter } from "../../files/index.ts";
import { type ArmName, adversaryArms, arms } from "./ask/arms.ts";
import { extractArm, extractBaseline } from "./ask/extract.ts";
import { type Generating, generateArm } from "./ask/generate.ts";
import { begin, type EvalJob, type EvalOptions, openJob } from "./job.ts";
import {
  aggregatedOf,
  aggregateStage,
  compareStage,
  gapsOf,
  type Judging,
  refuseFailed,
  rowsOf,
  scoreStage,
} from "./judge.ts";
import type { EvalMaterial } from "./material.ts";
import { type EvalDocument, gatedNumbers } from "./record/document.ts";
import { type Written, writeFiles } from "./record/files.ts";
import { markEval } from "./record/folder.ts";
import { type StagePart, summarise } from "./record/stages.ts";
import { evalFailure, faultOf } from "./stopped.ts";

/** The arms that can be asked of these cases, and why others cannot. */
function armsOf({ cases }: EvalMaterial): {
  readonly names: readonly ArmName[];
  readonly warnings: readonly Warning[];
} {
  const wanted: readonly ArmName[] = [
    "own",
    ...(cases.some(({ items }) => items.some(arms["own-words"].asks)) ? (["own-words"] as const) : []),
    ...adversaryArms,
  ];
  const reasons = wanted.flatMap((name) => {
    const why = arms[name].leftOut(cases);
    return why === undefined ? [] : [{ name, why }];
  });
  return {
    names: wanted.filter((name) => !reasons.some((reason) => reason.name === name)),
    warnings: reasons.map(({ name, why }) => leftOut(name, why)),
  };
}

const leftOut = (name: string, why: string): Warning => ({
  code: "ADVERSARY_LEFT_OUT",
  message: `the adversary "${name}" is left out: ${why}`,
});

/** Everything that was said, by arm and baseline. */
interface Said {
  readonly parts: readonly StagePart[];
  readonly byName: ReadonlyMap<string, StagePart>;
  readonly warnings: readonly Warning[];
}

async function saidBy(job: EvalJob): Promise<Said> {
  const { options, folder, ready, world, material, pool } = job;
  const { signal, onProgress, take } = options;
  const { names, warnings } = armsOf(material);
  const { cases, cacheDir, rowsDir } = material;
  const generating: Generating = {
    world,
    ready,
    pool,
    signal,
    onProgress,
    device: folder.record.request.device,
    material: { resolved: ready.resolved, cases, cacheDir, rowsDir, space: world.space },
  };
  const extracting = { world, material, take, answer: ready.resolved.config.evaluation.answer };
  const parts: StagePart[] = [],
    byName = new Map<string, StagePart>(),
    told: Warning[] = [...warnings];
  for (const name of names) {
    const generated = await generateArm(generating, name);
    const extracted = await extractArm(extracting, name, generated);
    parts.push(generated, extracted);
    byName.set(name, extracted);
  }
  for (const name of baselineNames) {
    const part = await extractBaseline(extracting, name);
    const { leftOut: why } = (part.result ?? {}) as { readonly leftOut?: string };
    if (why === undefined) byName.set(name, part);
    else if (why !== "nothing is asked that it answers") told.push(leftOut(name, why));
    parts.push(part);
  }
  return { parts, byName, warnings: told };
}

/** How many items are expected of the system: all that its cases ask. */
const expectedOf = ({ cases }: EvalMaterial): number =>
  cases.reduce((sum, { items }) => sum + items.length, 0);

/** What the system answered of what it was asked: "60 of 60@digest". */
function answeredOf(own: StagePart, material: EvalMaterial): string {
  const answered = own.rows.filter(
    ({ meta }) => (meta as { error?: unknown } | undefined)?.error === undefined,
  );
  return `expected:${answered.length} of ${expectedOf(material)}@${material.digest.slice(0, 16)}`;
}

/** Parts of every signature, beside what scoring says. */
function provenanceOf({ ready, material, leak }: EvalJob, own: StagePart): readonly string[] {
  const { checkpoint, folder } = ready;
  return [
    answeredOf(own, material),
    `run:${folder.runId}/${checkpoint.ref.name}`,
    `data:${material.digest.slice(0, 16)}`,
    ...(material.certificate === null ? [] : [material.certificate]),
    leak.signature,
    `tomoe:${packageVersion()}`,
  ];
}

async function linted({ options }: EvalJob, own: StagePart): Promise<readonly Warning[]> {
  const items = own.rows.map((row) => row as unknown as Parameters<typeof lintItems>[0][number]);
  return await options.take(lintItems(items));
}

/** The cases with the plane that the slices of each are of, and where their volumes lie. */
function scansOf({ material, ready }: EvalJob): Written["scans"] {
  const isAxial = (id: string): boolean =>
    material.receipts.get(id)?.steps.some(({ step, view }) => step === "turn" && view === "axial") === true;
  return {
    cases: material.cases.map(({ id, volume }) => ({ id, volume, isAxial: isAxial(id) })),
    cacheDir: material.cacheDir,
    rowsDir: material.rowsDir,
    sizeDHW: ready.resolved.config.data.sizeDHW,
  };
}

const judgingOf = (job: EvalJob, own: StagePart): Judging => ({
  world: job.world,
  resolved: job.ready.resolved,
  tasks: job.tasks,
  pool: job.pool,
  take: job.options.take,
  provenance: provenanceOf(job, own),
});

/** Where the files go, and what of the scans is shown in them. */
const writtenOf = (job: EvalJob): Pick<Written, "folder" | "world" | "scans" | "signal"> => ({
  folder: job.folder,
  world: job.world,
  scans: scansOf(job),
  signal: job.options.signal,
});

async function throughStages(job: EvalJob): Promise<EvalDocument> {
  const { options, folder, ready, material, leak } = job;
  const said = await saidBy(job);
  const { maxFailed } = ready.resolved.config.evaluation;
  const generated = said.parts.filter(({ name }) => name === "generate");
  refuseFailed(generated, maxFailed, folder.record.resume);
  const own = said.byName.get("own");
  if (own === undefined) throw bug("the system was not asked");
  const owns = { own, words: said.byName.get("own-words") ?? null };
  const judging = judgingOf(job, own);
  const scored = await scoreStage(judging, owns);
  const aggregate = await aggregateStage(judging, owns, scored);
  const adversaries = [...said.byName].flatMap(([name, part]) =>
    name.startsWith("own") ? [] : [{ name, part }],
  );
  const compared = await compareStage(judging, { name: ready.folder.runId, own }, adversaries);
  const { scorecard, comparison, warnings } = aggregatedOf(aggregate),
    gaps = gapsOf(compared);
  const judged = { scorecard, adversaries: gaps.entries };
  const failed = generated.reduce((sum, part) => sum + part.failed, 0);
  const document: EvalDocument = {
    ok: true,
    evalId: folder.evalId,
    dir: folder.dir,
    runId: ready.folder.runId,
    checkpoint: ready.checkpoint.ref.name,
    stages: summarise([...said.parts, scored, aggregate, compared]),
    ...judged,
    comparison,
    closed: await options.take(closedPicture(rowsOf(own))),
    rows: {
      given: own.rows.length,
      expected: expectedOf(material),
      scored: own.rows.length,
      failed,
    },
    inputs: [],
    gates: options.judge(folder.record.request.gates, gatedNumbers(judged)),
    warnings: [
      ...leak.warnings,
      ...said.warnings,
      ...warnings,
      ...gaps.warnings,
      ...(await linted(job, own)),
    ],
    files: [],
  };
  return await writeFiles({ ...writtenOf(job), document, said: said.byName, scored });
}

/**
 * Evaluates a run: asks it everything about held-out cases, in every answer mode and under every adversary, scores,
 * compares, and writes the results. What was done before, by this evaluation or another, is not done again.
 *
 * @throws TomoeError `RUN_NOT_FOUND`, `USAGE_INVALID`; of the data `DATA_*`, `DATA_LEAK` among them; `DATA_PREDICTIONS`
 * for more failed items than the recipe allows; of the worker; `CANCELLED`, `TERMINATED` when stopped (resumable).
 */
export async function evaluate(options: EvalOptions): Promise<EvalDocument> {
  const { signal, onProgress } = options;
  const notice = (text: string): void => onProgress({ kind: "notice", text });
  const space = new SpaceWaiter({ timeoutMs: 300_000, pollMs: 1000, signal }, notice);
  const folder = await begin(options, space);
  onProgress({ kind: "run", runId: folder.evalId, dir: folder.dir });
  let job: EvalJob | undefined;
  try {
    await markEval(folder, "running", { space });
    job = await openJob(options, folder, space);
    const document = await throughStages(job);
    await job.pool.stop();
    await markEval(folder, "finished", { space });
    return document;
  } catch (error) {
    await job?.pool.kill();
    const failure = evalFailure(error, { signal, folder });
    const status = signal.aborted ? "interrupted" : "failed";
    await markEval(folder, status, { space, error: faultOf(failure) }).catch(() => undefined);
    throw failure;
  } finally {
    await job?.use?.release().catch(() => undefined);
  }
}
