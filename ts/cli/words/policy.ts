import type { ReadOptions } from "../../data/index.ts";
import type { CommandSpec, Flags } from "./command.ts";
import { usage } from "./flags.ts";

const part = /^(tilt|spacing)=resample$/;

/**
 * `--policy` as the reader takes it; undefined when it is not given.
 *
 * @throws TomoeError `USAGE_INVALID` for anything but `tilt=resample` and `spacing=resample`, each once.
 */
export function policyOf(flags: Flags, command: Pick<CommandSpec, "name">): ReadOptions["policy"] {
  const given = flags.text("policy");
  if (given === undefined) return undefined;
  const parts = given.split(",");
  const wrong = parts.filter((one) => !part.test(one));
  const twice = parts.filter((one, index) => parts.indexOf(one) !== index);
  const takes = "--policy takes tilt=resample and spacing=resample, separated by a comma";
  if (wrong.length > 0) throw usage(command, [`${takes}, found "${wrong.join(",")}"`]);
  if (twice.length > 0) throw usage(command, [`${takes}, found "${twice[0]}" twice`]);
  return Object.fromEntries(parts.map((one) => [one.slice(0, one.indexOf("=")), "resample"]));
}
