import { z } from "zod";
import { type BaseFacts, baseFactsSchema } from "../../schema/base-facts.ts";
import { oneJob } from "./one-job.ts";

/** What is opened, and how it is to be used; what is left out is what the base offers. */
export interface OpenBaseRequest {
  readonly packageRoot: string;
  /** Absolute path of a folder of published files. */
  readonly folder: string;
  readonly imageSize?: number | undefined;
  readonly maxPositions?: number | undefined;
  readonly layout?: string | undefined;
  /** Reads every number, too: one that is not finite is refused by name. */
  readonly checkValues: boolean;
  /** Whether the tokenizer is asked for; facts have no text without. */
  readonly readText: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface OpenedBase {
  readonly facts: BaseFacts;
  /** Safetensors of the folder that its index does not list: nothing reads them. */
  readonly beside: readonly string[];
}

const answer = z.strictObject({
  ok: z.literal(true),
  facts: baseFactsSchema,
  beside: z.array(z.string()),
});
/** Every byte of the weights is read for their digest. */
const timeoutMs = 60 * 60_000;

/**
 * Has the worker's Python open a folder of published files and say what it is; nothing is written.
 *
 * @throws TomoeError `PATH_NOT_FOUND`; `CHECKPOINT_MISSING`, `CHECKPOINT_PICKLE`, `CHECKPOINT_INVALID` or
 * `CHECKPOINT_INCOMPATIBLE` naming file, field or tensor; `CONFIG_INVALID` for an unknown family, or a use that the base
 * does not admit; `PERMISSION`, `IO_FAILED`; `ENVIRONMENT`, `PROCESS_TIMEOUT`, `CANCELLED` as `oneJob`.
 */
export async function openBase(request: OpenBaseRequest): Promise<OpenedBase> {
  const { packageRoot, folder, checkValues, readText, signal } = request;
  const { facts, beside } = await oneJob({
    packageRoot,
    module: "tomoe_worker.server.base",
    request: {
      folder,
      imageSize: request.imageSize ?? null,
      maxPositions: request.maxPositions ?? null,
      layout: request.layout ?? null,
      checkValues,
      readText,
    },
    answer,
    doing: "open the base",
    timeoutMs,
    signal,
  });
  return { facts, beside };
}
