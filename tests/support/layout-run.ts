// A toy run on the fixture of a layout, from its files to the scorecard.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type LayoutName, layoutRow } from "../../ts/schema/tables/layouts.ts";
import { metricsOf } from "../../ts/schema/task.ts";
import { repository, tomoe } from "./cli.ts";
import type { WriteExample } from "./layouts/example.ts";
import { documentOf, type RunDocument } from "./toy-run.ts";

/** What came of a run: its document, and what it wrote down. */
export interface LayoutRun {
  readonly document: RunDocument;
  readonly resolved: { readonly config: { readonly data: Readonly<Record<string, unknown>> } };
  readonly predictions: readonly Readonly<Record<string, unknown>>[];
}

/** Metrics that need nothing that a test machine may lack, by what a task has. */
function taskMetrics(layout: LayoutName, without: readonly string[]): object {
  const plain = ["accuracy", "exact", "rouge1"];
  return Object.fromEntries(
    layoutRow(layout)
      .tasks.filter((task) => !without.includes(task))
      .map((task) => {
        const metrics = metricsOf(task).filter((name) => plain.includes(name));
        return [task, { metrics: metrics.slice(0, 1) }];
      }),
  );
}

/**
 * Runs the recipe of layouts on a fixture in `folder`.
 *
 * @param split - what is evaluated; splits are drawn anew where the data set has no test of its own.
 * @param without - tasks of the layout of which the fixture has nothing in that split.
 */
export async function layoutRun(
  folder: string,
  layout: LayoutName,
  write: WriteExample,
  split: "validation" | "test" | "drawn",
  without: readonly string[] = [],
): Promise<LayoutRun> {
  const { path, options } = await write(folder);
  const shares = split === "drawn" ? { split: { train: 0.5, validation: 0, test: 0.5, by: "patient" } } : {};
  const data = {
    kind: "layout",
    layout,
    path,
    ...options,
    ...shares,
    // Some fixtures share a report or a volume between their splits, as the data sets do.
    allowLeak: "the fixture's own split",
    sizeDHW: [8, 24, 24],
    windowHu: { low: -1000, high: 1000 },
  };
  const set = [
    `data=${JSON.stringify(data)}`,
    `tasks=${JSON.stringify(taskMetrics(layout, without))}`,
    `evaluation.split=${JSON.stringify(split === "drawn" ? "test" : split)}`,
  ].flatMap((one) => ["--set", one]);
  const recipe = join(repository, "tests/fixtures/recipes/layout.ts");
  const result = await tomoe(["run", recipe, ...set, "--json"], { cwd: folder, env: { TOMOE_E2E: folder } });
  if (result.code !== 0)
    throw new Error(`tomoe run ended with ${result.code}:\n${result.stderr}\n${result.stdout}`);
  const document = documentOf(result.stdout);
  const read = (name: string): string => readFileSync(join(document.dir, name), "utf8");
  return {
    document,
    resolved: JSON.parse(read("resolved.json")) as LayoutRun["resolved"],
    predictions: read("predictions.jsonl")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}
