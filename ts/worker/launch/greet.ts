import { defined } from "../../defined.ts";
import { cancelled, TomoeError } from "../../errors.ts";
import type { Child } from "../../process/index.ts";
import { groupMemoryOf } from "../../process/proc/index.ts";
import { connectWorker } from "../calls/connect.ts";
import type { WorkerLife } from "../calls/life.ts";
import type { ChannelClient } from "../calls/rank-client.ts";
import type { WorkerPool } from "../pool.ts";
import type { WorkerLaunch } from "./options.ts";
import { RankPool } from "./rank-pool.ts";
import type { ReadyMessage } from "./ready.ts";

/** Ranks that listen, and to whom nobody has said hello. */
export interface ReadyRanks {
  readonly child: Child;
  /** In rank order. */
  readonly messages: readonly ReadyMessage[];
  /** What the next hello must know. */
  readonly token: string;
  /** Removes sockets and ready files. */
  readonly clean: () => void;
}

/** Who lends ranks: whether they served before, and what takes them back when their run is done. */
export interface Lender {
  readonly isKept: boolean;
  readonly keep: (ranks: readonly ChannelClient[]) => Promise<boolean>;
}

/** Says hello to ranks that are ready; they are ended where one of them does not answer. Errors as `startWorkers`. */
export async function greetRanks(
  launch: WorkerLaunch,
  { child, messages, token, clean }: ReadyRanks,
  lender?: Lender,
): Promise<WorkerPool> {
  const oomKillsBefore = groupMemoryOf("self").kills;
  const lives = messages.map(
    ({ pid }): WorkerLife => ({ ended: child.ended, logTail: () => child.logTail(20), pid, oomKillsBefore }),
  );
  try {
    const ranks = await greetAll(launch, messages, token, lives);
    const pids = messages.map(({ pid }) => pid);
    const lent =
      lender === undefined ? {} : { isKept: lender.isKept, keep: async () => await lender.keep(ranks) };
    return new RankPool({ ranks, child, pids, attempt: launch.attempt, clean, ...lent });
  } catch (error) {
    await child.kill();
    clean();
    throw isAborted(launch.signal) ? cancelled("starting the worker") : error;
  }
}

/** All ranks, or none: the channels of those that answered are closed when one did not. */
async function greetAll(
  launch: WorkerLaunch,
  messages: readonly ReadyMessage[],
  token: string,
  lives: readonly WorkerLife[],
): Promise<readonly ChannelClient[]> {
  const outcomes = await Promise.allSettled(
    messages.map((message, rank) => greet(launch, message, token, lives[rank])),
  );
  const ranks = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed === undefined) return ranks;
  for (const rank of ranks) rank.close();
  throw failed.reason;
}

async function greet(
  launch: WorkerLaunch,
  message: ReadyMessage,
  token: string,
  life: WorkerLife | undefined,
): Promise<ChannelClient> {
  const introduction = {
    runId: launch.runId,
    roots: launch.roots,
    telemetryEndpoint: launch.telemetryEndpoint ?? "",
    threads: launch.threads,
  };
  const access = { address: message.address, token, attempt: launch.attempt };
  const client = await connectWorker(access, introduction, life, defined({ signal: launch.signal }));
  if (client.facts.rank === message.rank && client.facts.worldSize === launch.ranks) return client;
  client.close();
  throw wrongWorld({ ...message, rank: client.facts.rank, worldSize: client.facts.worldSize }, launch.ranks);
}

/** The error for ranks that are not those that were planned. */
export function wrongWorld(message: ReadyMessage, planned: number): TomoeError {
  return new TomoeError(
    "WORKER_START",
    `rank ${message.rank} of ${message.worldSize} came, ${planned} ranks were planned`,
    {
      hint: "Start exactly the planned number of ranks: a smaller world never trains silently.",
      details: { rank: message.rank, worldSize: message.worldSize, planned },
    },
  );
}

/** Whether the caller has given the launch up. */
export function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}
