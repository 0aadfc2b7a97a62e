import type { Socket } from "node:net";
import { connect, createServer } from "node:net";
import type { ServerDuplexStream } from "@grpc/grpc-js";
import type { StageReady, TrainRequest, TrainResponse } from "../../ts/gen/tomoe/v1/stage.ts";
import { WorkerChannel } from "../../ts/worker/calls/channel.ts";
import { openStageSession } from "../../ts/worker/calls/stage-session.ts";
import { digestStageSpec } from "../../ts/worker/wire/digest.ts";
import { caught } from "../support/caught.ts";
import { scriptedWorker } from "../unit/ts/worker/scripted-worker.ts";
import { stageSpec } from "./worker-fixture.ts";

/** A link between client and server that can be cut without a word to either: as when a cable is pulled. */
async function cuttableLink(
  target: number,
): Promise<{ readonly port: number; readonly cut: () => void; readonly close: () => void }> {
  const sockets: Socket[] = [];
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    sockets.push(near, far);
    near.pipe(far);
    far.pipe(near);
    for (const socket of [near, far]) socket.on("error", () => undefined);
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  return {
    port,
    cut: () => {
      for (const socket of sockets) {
        socket.unpipe();
        socket.pause();
      }
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

// Keepalive: a ping after 10 s of silence, and 5 s for its answer; no deadline of the step is near.
it("notices that the link to a worker is dead, on a stream that has no deadline", async () => {
  const spec = stageSpec();
  const ready: StageReady = {
    name: spec.name,
    specDigest: digestStageSpec(spec),
    firstStep: 0,
    trainableParameters: 1n,
    keptTensors: 0,
    optimizerGroupCount: 0,
    optimizerGroups: [],
    baseDigest: "",
  };
  const worker = await scriptedWorker({
    train: (call: ServerDuplexStream<TrainRequest, TrainResponse>) => {
      call.on("error", () => undefined);
      call.on("data", ({ command }: TrainRequest) => {
        if (command?.$case === "beginStage") call.write({ event: { $case: "stageReady", value: ready } });
      });
    },
  });
  const link = await cuttableLink(Number(worker.address.split(":")[1]));
  const channel = new WorkerChannel({ address: `127.0.0.1:${link.port}`, token: "t", attempt: 0 }, undefined);
  const stage = await openStageSession(channel, spec, { minStepDeadlineMs: 600_000 });
  const step = caught(() => stage.step({ step: 0, planDigest: "p", batchDigest: "b" }));
  link.cut();
  const error = await step;
  expect({ code: error.code, message: error.message }).toEqual({
    code: "WORKER_UNAVAILABLE",
    message: "[WORKER_UNAVAILABLE] the connection to the worker broke during step 0 of stage shared",
  });
  channel.close();
  link.close();
  worker.close();
});
