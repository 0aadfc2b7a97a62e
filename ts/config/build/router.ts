import type { TghMoeOptions } from "../../gen/options.ts";
import type { routerOptions } from "../../schema/options/router.ts";
import type { TaskId } from "../../schema/task.ts";
import type { RouterOf } from "./parts.ts";
import type { Written } from "./ranges.ts";

type Router = typeof routerOptions;
interface RouterRows extends Router {}

/** Options of `tghMoe`; `T` are the tasks it has. */
export type MoeOptions<T extends TaskId> = TghMoeOptions<T>;

/**
 * A text-guided hierarchical mixture of experts: token experts under a hard task level.
 *
 * @param options - `tasks` are the groups of the task level; each has `tokenExperts` experts of its own.
 */
export function tghMoe<const T extends TaskId, const O extends MoeOptions<T>>(
  options: Written<MoeOptions<T>, O, RouterRows>,
): RouterOf<"tokenExperts" | "tokenRouter" | "taskExperts", T> {
  return { ...(options as MoeOptions<T>), kind: "tgh-moe" };
}
