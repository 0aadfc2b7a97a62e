import type { Fielded } from "../../../run/history/index.ts";
import type { ScorecardEntry } from "../../../schema/answers/scorecard.ts";
import type { LastMetric, RunSummary } from "../../../track/read/index.ts";
import { listRuns } from "../../../track/read/index.ts";
import { scorecardTable } from "../../screen/scorecard-table.ts";
import { plainText } from "../../terminal.ts";
import { bytesText, textTable } from "../../text-table.ts";
import type { Call, Outcome } from "../../words/command.ts";
import { existingRunsDir } from "../../words/run-flags.ts";
import { finiteOrText, manySeries } from "./values.ts";

/** What `--columns` names, in its order. */
function columnsOf(flags: Call["flags"]): readonly string[] {
  const names = (flags.text("columns") ?? "").split(",").map((name) => name.trim());
  return [...new Set(names.filter((name) => name !== ""))];
}

const usualColumns = ["state", "seed", "checkpoints", "bytes", "created", "note"] as const;

function cellText(name: string, run: RunSummary, value: unknown): string {
  if (name === "bytes") return bytesText(run.bytes);
  if (name === "created" || name === "ended")
    return String(value ?? "")
      .slice(0, 19)
      .replace("T", " ");
  if (name === "note") return noteOf(run);
  return value === null || value === undefined ? "" : (plainText(String(value)).split("\n")[0] ?? "");
}

/** `tomoe runs ls`: the runs of the folder that a filter keeps, broken ones too. */
export async function runsLs({ flags }: Call): Promise<Outcome> {
  const runsDir = existingRunsDir(flags);
  const columns = columnsOf(flags);
  const text = flags.text("filter");
  const all = listRuns(runsDir);
  let shown: readonly Fielded[] = all.map((run) => ({ run, fields: summaryFields(run) }));
  if (text !== undefined || columns.length > 0) {
    const { filtered, parseFilter, withFields } = await import("../../../run/history/index.ts");
    const filter = text === undefined ? undefined : { text, expression: parseFilter(text) };
    shown = withFields(all, { filter, columns });
    if (filter !== undefined) shown = filtered(shown, filter);
  }
  const runs = shown.map(({ run, fields }) => ({
    ...run,
    ...(columns.length === 0
      ? {}
      : { columns: Object.fromEntries(columns.map((name) => [name, fields.get(name) ?? null])) }),
  }));
  return {
    document: { ok: true, runsDir, runs } as Outcome["document"],
    text: listText(shown, { columns, runsDir, of: all.length }),
  };
}

const summaryFields = ({ status, seed, checkpoints, createdAt }: RunSummary): Fielded["fields"] =>
  new Map<string, string | number | null>([
    ["state", status],
    ["seed", seed],
    ["checkpoints", checkpoints],
    ["created", createdAt],
  ]);

function listText(
  shown: readonly Fielded[],
  {
    columns,
    runsDir,
    of,
  }: { readonly columns: readonly string[]; readonly runsDir: string; readonly of: number },
): string {
  if (of === 0) return `no runs in ${runsDir}; make one with "tomoe run RECIPE.ts"`;
  if (shown.length === 0) return `none of ${of} runs in ${runsDir} is as --filter says`;
  const names: readonly string[] = columns.length === 0 ? usualColumns : columns;
  const isNumber = (name: string): boolean =>
    name === "bytes" || shown.every(({ fields }) => typeof (fields.get(name) ?? 0) === "number");
  return textTable(
    [
      { title: "RUN" },
      ...names.map((name) => ({
        title: titles[name] ?? name,
        align: isNumber(name) ? ("right" as const) : ("left" as const),
      })),
    ],
    shown.map(({ run, fields }) => [
      run.runId,
      ...names.map((name) => cellText(name, run, fields.get(name))),
    ]),
  );
}

const titles: Readonly<Record<string, string>> = {
  state: "STATE",
  seed: "SEED",
  checkpoints: "CHECKPOINTS",
  bytes: "ON DISK",
  created: "CREATED (UTC)",
  ended: "ENDED (UTC)",
  note: "NOTE",
};

/** `tomoe runs show`: one run in full. */
export async function runsShow({ flags, arguments: [reference = ""] }: Call): Promise<Outcome> {
  const { showRun } = await import("../../../run/history/index.ts");
  const { summary, metrics, checkpoints, scorecard, problems } = await showRun(
    existingRunsDir(flags),
    reference,
  );
  const document = {
    ok: true,
    run: summary,
    metrics: metrics.map((metric) => ({ ...metric, value: finiteOrText(metric.value) })),
    checkpoints,
    scorecard,
    problems,
  };
  const facts: readonly (readonly [string, string | null])[] = [
    ["run", summary.runId],
    ["folder", summary.dir],
    ["status", summary.status],
    ["reason", summary.reason],
    ["seed", summary.seed === null ? null : String(summary.seed)],
    ["created", summary.createdAt],
    ["ended", summary.endedAt],
    ["starts", summary.attempt === null ? null : String(summary.attempt)],
    ["on disk", bytesText(summary.bytes)],
    ["owner", summary.owner],
    ["resume", summary.resume],
  ];
  const parts = [
    facts
      .flatMap(([name, value]) => (value === null ? [] : [`${name.padEnd(9)} ${plainText(value)}`]))
      .join("\n"),
    section(
      "checkpoints",
      checkpoints.map(({ name }) => `  ${name}`),
    ),
    section("last metrics", metrics.length === 0 ? [] : [metricTable(metrics)]),
    section("scorecard", scorecardLines(scorecard)),
    section(
      "PROBLEMS",
      problems.map((problem) => `  ${plainText(problem)}`),
    ),
  ];
  return {
    document: document as Outcome["document"],
    text: parts.filter((part) => part !== "").join("\n\n"),
  };
}

function noteOf({ owner, reason }: RunSummary): string {
  return plainText(owner !== null ? `worked on by ${owner}` : (reason ?? "")).split("\n")[0] ?? "";
}

function metricTable(all: readonly LastMetric[]): string {
  const metrics = all.filter(({ name }) => !manySeries.test(name));
  const left = all.length - metrics.length;
  const table = textTable(
    [
      { title: "  STAGE" },
      { title: "METRIC" },
      { title: "STEP", align: "right" },
      { title: "VALUE", align: "right" },
      { title: "RECORDS", align: "right" },
    ],
    metrics.map(({ stage, name, step, value, records }) => [
      `  ${plainText(stage)}`,
      plainText(name),
      String(step),
      Number.isFinite(value) ? value.toPrecision(6) : String(value),
      String(records),
    ]),
  );
  return left === 0
    ? table
    : `${table}\n  and ${left} series of expert load: see --json, or plots/expert-load.svg`;
}

function scorecardLines(scorecard: unknown): string[] {
  const entries =
    typeof scorecard === "object" &&
    scorecard !== null &&
    "scorecard" in scorecard &&
    Array.isArray(scorecard.scorecard)
      ? (scorecard.scorecard as readonly ScorecardEntry[])
      : [];
  return entries.length === 0 ? [] : [scorecardTable(entries).replaceAll(/^/gm, "  ")];
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : [`${title}:`, ...lines].join("\n");
}
