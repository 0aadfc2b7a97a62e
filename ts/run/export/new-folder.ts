import { lstat, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { TomoeError } from "../../errors.ts";
import { namesIn } from "../../files/index.ts";

/**
 * Refuses a place where a folder cannot newly be made: one that is there and empty is as good as none.
 *
 * @throws TomoeError `OUTPUT_EXISTS` naming what lies there, `OUTPUT_CREATE` where the folder above is missing;
 * `PERMISSION`, `IO_FAILED` where it cannot be looked at.
 */
export async function requireNewFolder(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) {
    await requireAbove(path);
    return;
  }
  if (!found.isDirectory()) throw exists(path, `${path} is there and is no folder`);
  const [first] = await namesIn(path);
  if (first !== undefined) throw exists(path, `${path} is not empty: there is ${first}`);
}

function exists(path: string, what: string): TomoeError {
  return new TomoeError("OUTPUT_EXISTS", what, {
    hint: "Name a folder that is new or empty; nothing is ever written over.",
    details: { path },
  });
}

async function requireAbove(path: string): Promise<void> {
  const above = dirname(path);
  const isFolder = await stat(above).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
  if (isFolder) return;
  throw new TomoeError("OUTPUT_CREATE", `there is no folder ${above} to make ${path} in`, {
    hint: "Make it first.",
    details: { path: above },
  });
}
