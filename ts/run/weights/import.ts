import { isTomoeError, quoting, TomoeError } from "../../errors.ts";
import { kindOfPath, packageRoot } from "../../files/index.ts";
import type { BaseFacts } from "../../schema/base-facts.ts";
import { openBase } from "../../worker/index.ts";

/** What `tomoe import` prints. */
export interface ImportDocument
  extends Pick<BaseFacts, "family" | "parameters" | "tensors" | "components" | "weightsDigest"> {
  readonly ok: true;
  /** Safetensors of the folder that its index does not list. */
  readonly beside: readonly string[];
}

/** A path that is not there may be meant as a name of the built-in list. */
function hinted(error: unknown): never {
  if (!isTomoeError(error) || error.code !== "PATH_NOT_FOUND") throw error;
  const hint = `${error.hint} For a base of the built-in list give the folder that "tomoe weights ls" shows.`;
  throw quoting(error, error.what, { hint });
}

/**
 * Looks at a folder of published files as a run would, every number included; nothing is written.
 *
 * @param folder - absolute path.
 * @throws TomoeError as `openBase`; `PATH_NOT_FOUND`, or `USAGE_INVALID` for a path that is no folder.
 */
export async function importBase(folder: string, signal: AbortSignal): Promise<ImportDocument> {
  if ((await kindOfPath(folder).catch(hinted)) !== "folder")
    throw new TomoeError("USAGE_INVALID", `${folder} is a file; a base is a folder`, {
      hint: "Give the folder that the file lies in, with its config.json.",
      details: { path: folder },
    });
  const request = { packageRoot: packageRoot(), folder, checkValues: true, readText: false, signal };
  const { facts, beside } = await openBase(request);
  const { family, parameters, tensors, components, weightsDigest } = facts;
  return { ok: true, family, parameters, tensors, components, weightsDigest, beside };
}
