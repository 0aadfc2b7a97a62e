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

/**
 * The folder of the indexes of a project's data sets, beside its cache: always in the project itself, since ids, paths and
 * texts stand in them as they do in the tables, and a cache may be shared. Null where `TOMOE_CACHE` is "off".
 */
export function usualIndexes(env: NodeJS.ProcessEnv, folder: string): string | null {
  return usualCache(env, folder) === null ? null : join(folder, projectFolder, "tables");
}
