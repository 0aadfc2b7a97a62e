/**
 * Root may write wherever it likes. Tests of refused files start a child under this command line: it is still root,
 * and may still enter the folders that lead to this clone, but for writing the modes of files hold for it as for anybody.
 */
import { spawnSync } from "node:child_process";

const isRoot = process.getuid?.() === 0;

/** Words before a command, after which it writes only where modes allow; none for other users. */
export const plainRights: readonly string[] = isRoot
  ? ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override", "--"]
  : [];

/** Why root cannot give its rights away here; undefined where it can, and for other users. */
export function noPlainRights(): string | undefined {
  const [command, ...words] = plainRights;
  if (command === undefined || spawnSync(command, [...words, "true"]).status === 0) return undefined;
  return "root cannot give up its right to write anywhere here (setpriv from util-linux does it)";
}
