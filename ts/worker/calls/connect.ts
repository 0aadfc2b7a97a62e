import { descriptorDigest } from "../../gen/descriptors.ts";
import { HelloRequest, WorkerServiceService as service } from "../../gen/tomoe/v1/worker_service.ts";
import type { CallOptions, FeedSession, WorkerAccess, WorkerRoot } from "../rank.ts";
import { decodeHello } from "../wire/decode.ts";
import { protocol, requireSameContract, requireVersion } from "../wire/protocol.ts";
import { required } from "../wire/scalars.ts";
import { pack } from "../wire/walk.ts";
import { WorkerChannel } from "./channel.ts";
import { openFeedSession } from "./feed-session.ts";
import type { WorkerLife } from "./life.ts";
import { ChannelClient } from "./rank-client.ts";

/** What the hello carries besides the access. */
export interface Introduction {
  readonly runId: string;
  readonly roots: readonly WorkerRoot[];
  /** Empty for none. */
  readonly telemetryEndpoint: string;
  readonly threads: number;
}

const defaultHelloMs = 30_000;

/**
 * Dials a rank that is ready, says hello, and checks version and contract.
 *
 * @param life - the process behind it, where this side started it.
 * @throws TomoeError `WIRE_VERSION`, `WORKER_TOKEN`, `WORKER_FENCED`, `WORKER_UNAVAILABLE`, and as every
 * method of WorkerClient.
 */
export async function connectWorker(
  access: WorkerAccess,
  introduction: Introduction,
  life?: WorkerLife,
  options: CallOptions = {},
): Promise<ChannelClient> {
  const channel = new WorkerChannel(access, life);
  try {
    const { runId, roots, telemetryEndpoint, threads } = introduction;
    const request = pack(HelloRequest, {
      protocolMajor: protocol.major,
      protocolMinor: protocol.minor,
      token: access.token,
      attempt: access.attempt,
      runId,
      roots,
      telemetryEndpoint,
      threads,
      descriptorDigest,
    });
    const response = await channel.unary(service.hello, request, {
      ...options,
      timeoutMs: options.timeoutMs ?? defaultHelloMs,
    });
    // Before all else is read: a worker of another version need not have the other fields.
    requireVersion({
      major: required(response.protocolMajor, "HelloResponse.protocolMajor"),
      minor: required(response.protocolMinor, "HelloResponse.protocolMinor"),
    });
    const { descriptorDigest: theirs, ...facts } = decodeHello(response);
    requireSameContract(facts.protocol.minor, theirs);
    return new ChannelClient(channel, { ...facts, address: access.address }, access);
  } catch (error) {
    channel.close();
    throw error;
  }
}

/** What a feeder may do: feed a rank whose hello and Train stream are another process's. */
export interface FeederClient {
  openFeed(options?: CallOptions): Promise<FeedSession>;
  close(): void;
}

/** Dials a rank to feed it. The access comes from `WorkerClient.access` of the conductor. */
export function attachFeeder(access: WorkerAccess): FeederClient {
  const channel = new WorkerChannel(access, undefined);
  return { openFeed: (options = {}) => openFeedSession(channel, options), close: () => channel.close() };
}
