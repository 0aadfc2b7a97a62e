import { z } from "zod";
import { packageRoot } from "../../../../../ts/files/index.ts";
import { type OneJob, oneJob } from "../../../../../ts/worker/launch/one-job.ts";
import { caught } from "../../../../support/caught.ts";

const job = (change: Partial<OneJob<object>>): OneJob<object> => ({
  packageRoot: packageRoot(),
  module: "tomoe_worker.weights",
  request: {},
  answer: z.object({ tensors: z.int() }),
  timeoutMs: 600_000,
  env: process.env,
  signal: new AbortController().signal,
  ...change,
});

describe("a Python module that does one job", () => {
  it("gives its document, or fails with the code, the words and the hint that the module gave", async () => {
    const places = {
      checkpoint: "/nowhere",
      base: "/nowhere/base",
      out: "/nowhere/out",
      probe: "/nowhere/p",
    };
    const request = { ...places, merge: false, run: {} };
    const error = await caught(() => oneJob(job({ module: "tomoe_worker.export", request })));
    expect([error.code, error.exitCode]).toEqual(["PATH_NOT_FOUND", 64]);
    expect(error.what).toBe("there is no folder /nowhere/base");
    expect(error.hint).toBe("Give the folder of a base.");
  });

  it("is a bug of ours, with the last words of stderr, when it ends without an answer", async () => {
    const error = await caught(() => oneJob(job({})));
    expect([error.code, error.exitCode]).toEqual(["INTERNAL", 70]);
    expect(error.what).toBe("tomoe_worker.weights ended with exit code 1 and no answer");
    expect(error.details.stderr).toContain("KeyError: 'out'");
  });

  it("ends with CANCELLED when it is stopped", async () => {
    const stop = new AbortController();
    stop.abort();
    expect((await caught(() => oneJob(job({ signal: stop.signal })))).code).toBe("CANCELLED");
  });
});
