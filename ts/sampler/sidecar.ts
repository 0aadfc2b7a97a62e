import { z } from "zod";
import { bug, TomoeError } from "../errors.ts";
import { type Exchange, startExchange } from "../process/index.ts";
import type { SweepPlan } from "../schema/sweep/plan.ts";
import type { Sampler } from "../sweep/index.ts";
import { type Ask, askOf, assignmentOf } from "./ask.ts";
import type { SamplerRuntime } from "./environment.ts";

const bounds = { timeoutMs: 120_000, maxAnswerBytes: 1 << 20 };
const maxMemoryBytes = 4 * 2 ** 30;
/** Times that a process which ended is replaced for one question. */
const mostStarts = 3;

const answer = z.discriminatedUnion("ok", [
  z.strictObject({
    ok: z.literal(true),
    by: z.string(),
    values: z.record(z.string(), z.number()).optional(),
  }),
  z.strictObject({ ok: z.literal(false), error: z.string() }),
]);
type Answer = Extract<z.infer<typeof answer>, { readonly ok: true }>;

/**
 * The sampler of a plan that proposes by a model. Its process keeps nothing: each question brings the trials of the
 * ledger along, so that one that was killed is replaced and answers alike.
 *
 * @throws TomoeError `ENVIRONMENT` where Optuna is not there or of another major; of `propose` also where the process
 * ends again and again, or answers outside the space; `PROCESS_TIMEOUT`.
 */
export async function modelSampler(plan: SweepPlan, runtime: SamplerRuntime): Promise<Sampler> {
  const sidecar = new Sidecar(runtime);
  try {
    await sidecar.ask({ kind: "hello" });
  } catch (error) {
    await sidecar.stop();
    throw error;
  }
  return {
    most: undefined,
    propose: async (trial, before) => {
      const { by, values = {} } = await sidecar.ask(askOf(plan, trial, before));
      const assignment = assignmentOf(plan, values);
      if (assignment === undefined)
        throw bug(`the sampler proposes ${JSON.stringify(values)}, outside the space`);
      return { assignment, by };
    },
    close: async () => await sidecar.stop(),
  };
}

/** The process that answers, started when something is asked, and again when it has ended. */
class Sidecar {
  readonly #runtime: SamplerRuntime;
  #exchange: Exchange | undefined;

  constructor(runtime: SamplerRuntime) {
    this.#runtime = runtime;
  }

  async ask(question: Ask): Promise<Answer> {
    const message = [Buffer.from(JSON.stringify(question), "utf8")];
    for (let start = 1; ; start += 1) {
      this.#exchange ??= this.#start();
      const got = await this.#exchange.ask(message, bounds);
      if (Buffer.isBuffer(got)) return this.#told(got);
      this.#exchange = undefined;
      if (start === mostStarts)
        throw this.#refused(`it ended ${mostStarts} times with ${got.signal ?? got.exitCode}`);
    }
  }

  async stop(): Promise<void> {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    await exchange?.stop();
  }

  #start(): Exchange {
    const { python, runtimePath } = this.#runtime;
    // One thread: a proposal is little work, and sums come in one order.
    const env = { PYTHONPATH: runtimePath, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" };
    return startExchange({ command: python, args: ["-u", "-m", "tomoe_sampler"], env, maxMemoryBytes });
  }

  #told(got: Buffer): Answer {
    const told = answer.parse(JSON.parse(got.toString("utf8")));
    if (told.ok) return told;
    throw this.#refused(told.error);
  }

  #refused(why: string): TomoeError {
    const { python } = this.#runtime;
    return new TomoeError("ENVIRONMENT", `the sampler of sweeps does not answer: ${why}`, {
      hint: `Make it anew: npm run setup -- --sampler (in an installed package: npx tomoe setup --sampler); or use a Python that has Optuna 5.`,
      details: { python, why },
    });
  }
}
