import type { RoutedItem, RoutedPrompt } from "../schema/router.ts";
import type { ItemRow } from "../schema/sample.ts";
import type { Row } from "../track/read/index.ts";
import { type RunJob, recordEvent } from "./job.ts";

/** An item as the policy is asked about it: its words, its choices, and what is known of it. */
export function promptOf({ id, task, question, choices }: ItemRow, use: RoutedItem["use"]): RoutedPrompt {
  return { text: question, ...(choices && { choices }), item: { id, task, use } };
}

/** Where one item went. */
export interface ItemRoute {
  /** The task it belongs to. */
  readonly label: string;
  readonly routed: string;
}

/** Items of each label by the task they were routed to; what never came up is not there. */
export type RouteConfusion = { readonly [label: string]: { readonly [routed: string]: number } };

/** Counts routes by label. */
export function confusionOf(routes: Iterable<ItemRoute>): RouteConfusion {
  const counts: { [label: string]: { [routed: string]: number } } = {};
  for (const { label, routed } of routes) {
    const row = counts[label] ?? {};
    row[routed] = (row[routed] ?? 0) + 1;
    counts[label] = row;
  }
  return counts;
}

/** Where the item of a line of `predictions.jsonl` went. */
export function routeOfRow({ task, route }: Row): ItemRoute {
  const isRoute = typeof route === "object" && route !== null && "task" in route;
  return { label: String(task), routed: isRoute ? String(route.task) : "none" };
}

/** Records by what rule items were routed, and where they went: of a stage's items, or of the evaluation's. */
export async function recordRoutes(
  job: Pick<RunJob, "owned" | "resolved">,
  key: string,
  confusion: RouteConfusion,
): Promise<void> {
  const rule = job.resolved.config.router.route;
  await recordEvent(job, { kind: "routes", key, data: { rule, confusion } });
}
