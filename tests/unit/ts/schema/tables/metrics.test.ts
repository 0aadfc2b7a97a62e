import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  choiceMetrics,
  corpusMetrics,
  textMetrics,
  wholeMetrics,
} from "../../../../../ts/eval/metrics/index.ts";
import { type MetricRow, metricTable } from "../../../../../ts/schema/tables/metrics.ts";
import { taskTable } from "../../../../../ts/schema/tables/tasks.ts";
import { listed, pythonSources, repoRoot, repoText, tsSources } from "../../../../support/source-tree.ts";
import { blankTs } from "../../../../support/ts-source.ts";

const rows = Object.entries(metricTable) as readonly (readonly [string, MetricRow])[];

describe("the table of metrics", () => {
  it("has bounds in order, judges what some task predicts, and says what it is in a sentence", () => {
    const predicted = Object.values(taskTable).map(({ predicts }) => predicts as string);
    for (const [, { bounds, judges, sentence }] of rows) {
      expect(bounds.floor).toBeLessThan(bounds.ceiling);
      expect(judges.filter((one) => !predicted.includes(one))).toEqual([]);
      expect(sentence).toMatch(/^[A-Z].*\.$/);
    }
  });

  it("has every metric that needs the texts alone computed in eval, and no other there", () => {
    const computed = [
      ...Object.keys(textMetrics),
      ...Object.keys(corpusMetrics),
      ...Object.keys(choiceMetrics),
      ...Object.keys(wholeMetrics).filter(
        (name) => metricTable[name as keyof typeof metricTable].needs === "text",
      ),
    ].sort();
    expect(computed).toEqual(
      rows
        .filter(([, { needs }]) => needs === "text")
        .map(([name]) => name)
        .sort(),
    );
  });

  it("has every metric that needs the worker among those the worker measures", () => {
    const source = readFileSync(join(repoRoot, "py-runtime/tomoe_worker/metrics/measure.py"), "utf8");
    for (const [name, { needs }] of rows)
      if (needs === "worker") expect(source).toContain(`"${name}": _${name},`);
  });

  it("is the one place that names a metric, beside what computes it and what asks for it", () => {
    const computing =
      /^ts\/schema\/tables\/|^ts\/eval\/metrics\/|^py-runtime\/tomoe_worker\/(?:metrics|verify)\//;
    const asking = /^ts\/recipes\/|^ts\/cli\/commands\/init\/|^ts\/bench\//;
    const named = new RegExp(`["'\`.](?:${rows.map(([name]) => name).join("|")})["'\`]`);
    const problems = [...tsSources(), ...pythonSources()]
      .filter((path) => !computing.test(path) && !asking.test(path))
      .filter((path) =>
        named.test(
          path.endsWith(".ts")
            ? blankTs(repoText(path), { strings: false, templates: false })
            : repoText(path),
        ),
      );
    expect(listed(problems)).toBe("");
  });
});
