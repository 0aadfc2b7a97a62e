import type { ScorecardEntry } from "../../../schema/answers/scorecard.ts";
import type { LastMetric, RunSummary } from "../../../track/read/index.ts";
import { describeRun, listRuns } from "../../../track/read/index.ts";
import { scorecardTable } from "../../screen/scorecard-table.ts";
import { plainText } from "../../terminal.ts";
import { textTable } from "../../text-table.ts";
import type { Call, Outcome } from "../../words/command.ts";
import { existingRunsDir } from "../../words/run-flags.ts";

/** `tomoe runs ls`: every run of the folder, broken ones too. */
export async function runsLs({ flags }: Call): Promise<Outcome> {
  const runsDir = existingRunsDir(flags);
  const runs = listRuns(runsDir);
  const text =
    runs.length === 0
      ? `no runs in ${runsDir}; make one with "tomoe run RECIPE.ts"`
      : textTable(
          [
            { title: "RUN" },
            { title: "STATUS" },
            { title: "SEED", align: "right" },
            { title: "CHECKPOINTS", align: "right" },
            { title: "CREATED (UTC)" },
            { title: "NOTE" },
          ],
          runs.map(listed),
        );
  return { document: { ok: true, runsDir, runs } as Outcome["document"], text };
}

/** `tomoe runs show`: one run in full. */
export async function runsShow({ flags, arguments: [reference = ""] }: Call): Promise<Outcome> {
  const { summary, metrics, checkpoints, scorecard, problems } = await describeRun(
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

function listed({ runId, status, seed, checkpoints, createdAt, owner, reason }: RunSummary): string[] {
  const note = owner !== null ? `worked on by ${owner}` : (reason ?? "");
  return [
    runId,
    status,
    seed === null ? "" : String(seed),
    String(checkpoints),
    createdAt?.slice(0, 19).replace("T", " ") ?? "",
    plainText(note).split("\n")[0] ?? "",
  ];
}

/** Series that come by the dozen, one an expert: told as a number of series; `--json` has them all. */
const manySeries = /^load\./;

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

function finiteOrText(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
