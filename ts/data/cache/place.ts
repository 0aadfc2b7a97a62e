import { join, resolve } from "node:path";
import { projectFolder } from "../../files/index.ts";

/**
 * The folder of the cache of a project: `TOMOE_CACHE`, else `.tomoe/cache` of the current folder; null where
 * `TOMOE_CACHE` is "off".
 */
export function usualCache(env: NodeJS.ProcessEnv, folder: string): string | null {
  const given = env.TOMOE_CACHE ?? "";
  if (given === "off") return null;
  return given === "" ? join(folder, projectFolder, "cache") : resolve(folder, given);
}
