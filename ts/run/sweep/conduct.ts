import { type ErrorCode, isErrorCode, isTomoeError, TomoeError } from "../../errors.ts";
import type { SweepTrial } from "../../sweep/index.ts";
import { type SweepJob, stateOf } from "./job.ts";
import { sweepEnded } from "./member.ts";
import { TrialQueue } from "./queue.ts";
import { type SweepDocument, sweepDocument } from "./record/document.ts";
import { writeSweepFiles } from "./record/files.ts";
import { carryOutTrial } from "./trial.ts";

/**
 * Works on a sweep until its budget is spent.
 *
 * @param resume - the command that goes on with it.
 * @throws TomoeError `STOPPED_RESUMABLE` when `signal` stopped it; the failure of the machine that ended it, to be
 * gone on with; the last failure where every trial failed.
 */
export async function conductSweep(job: SweepJob, resume: string): Promise<SweepDocument> {
  const queue = new TrialQueue(job);
  const halt = new AbortController();
  const signal = AbortSignal.any([job.signal, halt.signal]);
  const files = new FilesInTurn(job);
  // An earlier process may have been ended between a trial and these.
  await files.write();
  const work = async (): Promise<void> => {
    for (;;) {
      signal.throwIfAborted();
      const trial = await queue.take();
      if (trial === undefined) return;
      const { state, value, reason } = await carryOutTrial({ ...job, signal }, trial);
      await queue.tellTime();
      await files.write();
      job.onProgress({ kind: "notice", text: `trial ${trial} ${state}: ${value ?? reason}` });
    }
  };
  const hands = Array.from({ length: job.parallel }, () =>
    work().catch((error: unknown) => {
      // The other trials write their checkpoints and stop: what ended this one would end them.
      if (!halt.signal.aborted) halt.abort(error);
      throw error;
    }),
  );
  const ends = await Promise.allSettled(hands);
  const failures = ends.flatMap((end) => (end.status === "rejected" ? [end.reason as unknown] : []));
  if (failures.length === 0) return finished(job, resume);
  const first: unknown = job.signal.aborted || !halt.signal.aborted ? failures[0] : halt.signal.reason;
  // A full disk was waited for already: what is lost is a few seconds of the budget.
  if (!(isTomoeError(first) && first.code === "DISK_FULL")) await queue.tellTime().catch(() => undefined);
  throw early(job, first, resume);
}

/** The files that are made of the ledger, written one after the other, so that the newest stands. */
class FilesInTurn {
  readonly #job: SweepJob;
  #last: Promise<void> = Promise.resolve();

  constructor(job: SweepJob) {
    this.#job = job;
  }

  async write(): Promise<void> {
    const own = this.#last.then(() => writeSweepFiles(this.#job.ledger, stateOf(this.#job)));
    this.#last = own.catch(() => undefined);
    await own;
  }
}

function early(job: SweepJob, failure: unknown, resume: string): unknown {
  const { sweepId, dir } = job.ledger;
  if (job.signal.aborted)
    return new TomoeError("STOPPED_RESUMABLE", `sweep ${sweepId} was stopped`, {
      hint: `Go on with "${resume}": every trial that came to its end is kept, and those at work go on where they stopped.`,
      details: { sweepId, dir, resume },
    });
  return isTomoeError(failure) ? sweepEnded(failure, sweepId, resume) : failure;
}

function finished(job: SweepJob, resume: string): SweepDocument {
  const document = sweepDocument(stateOf(job), job.ledger.dir, false);
  const { trials } = document;
  if (trials.length === 0 || trials.some(({ state }) => state !== "failed")) return document;
  throw allFailed(document, trials, resume);
}

function allFailed(
  { sweepId, dir }: SweepDocument,
  trials: readonly SweepTrial[],
  resume: string,
): TomoeError {
  const reason = trials.at(-1)?.reason ?? "";
  const [, code = "", what = reason] = /^\[(\w+)\] ([\s\S]*)$/.exec(reason) ?? [];
  const known: ErrorCode = isErrorCode(code) ? code : "INTERNAL";
  return new TomoeError(
    known,
    `every trial of sweep ${sweepId} failed, ${trials.length} of them; the last: ${what}`,
    {
      hint: `"${resume.replace(" resume ", " status ")}" has the reason of each.`,
      details: { sweepId, dir, trials: trials.length },
    },
  );
}
