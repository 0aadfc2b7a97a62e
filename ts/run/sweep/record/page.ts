import { escapeText, renderImportance, renderParallel, renderSweepHistory } from "../../../plots/index.ts";
import { type Dimension, samplerName } from "../../../schema/sweep/plan.ts";
import { importances, type SweepState, type SweepTrial } from "../../../sweep/index.ts";
import type { SweepDocument } from "./document.ts";

type Ended = SweepTrial & { readonly state: "done" | "pruned" | "failed" };

const hasEnded = (trial: SweepTrial): trial is Ended =>
  trial.state !== "running" && trial.state !== "waiting";
const shown = (value: unknown): string =>
  value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
const isLog = (dimension: Dimension): boolean => {
  const plain = dimension.kind === "when" ? dimension.draws : dimension;
  return plain.kind === "float" && plain.log;
};

/** What people read of a sweep: the same trials and best one, as Markdown and as one HTML file with its pictures. */
export interface SweepPage {
  readonly markdown: string;
  readonly html: string;
}

function rowsOf({ trials, best }: SweepDocument, paths: readonly string[]): readonly (readonly string[])[] {
  return trials
    .filter(hasEnded)
    .map(({ number, state, value, steps, assignment, seed, reason }) => [
      `${number}${number === best ? " (best)" : ""}`,
      state,
      value === null ? "" : value.toPrecision(4),
      String(steps),
      String(seed),
      ...paths.map((path) => shown(assignment[path])),
      (reason ?? "").split("\n")[0] ?? "",
    ]);
}

function picturesOf({ header }: SweepState, { trials, best, objective }: SweepDocument): readonly string[] {
  const ended = trials.filter(hasEnded);
  const plotted = ended.map((trial) => ({ ...trial, isBest: trial.number === best }));
  const values = ended.flatMap(({ value }) => (value === null ? [] : [value]));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const quality = ended.map(({ value }) => {
    const share = value === null || high === low ? 0.5 : (value - low) / (high - low);
    return objective.direction === "max" ? share : 1 - share;
  });
  const axes = Object.entries(header.plan.space).map(([name, dimension]) => ({
    name,
    isLog: isLog(dimension),
    values: ended.map(({ assignment }) => {
      const value = assignment[name];
      return value === undefined ? null : typeof value === "number" ? value : shown(value);
    }),
  }));
  const last = { name: objective.metric, isLog: false, values: ended.map(({ value }) => value) };
  const tried = ended.flatMap(({ state, value, assignment }) =>
    state === "done" && value !== null ? [{ assignment, value }] : [],
  );
  const bars = importances(Object.keys(header.plan.space), tried).map(({ path, share, trials: count }) => ({
    name: path,
    share,
    note: count === 1 ? "1 trial" : `${count} trials`,
  }));
  const unit = `${objective.metric} on validation, ${objective.direction === "max" ? "higher" : "lower"} is better`;
  return [
    renderSweepHistory({ title: "Trials", unit, direction: objective.direction, trials: plotted }),
    renderParallel({ title: "Options and objective", axes: [...axes, last], trials: plotted, quality }),
    renderImportance("Importance", bars),
  ];
}

const style =
  ":root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;margin:32px auto;max-width:980px;overflow-wrap:anywhere;padding:0 16px;background:#f6f8fa;color:#1f2328}" +
  "svg{max-width:100%;height:auto;margin:8px 0}table{border-collapse:collapse;font-size:13px;display:block;overflow-x:auto}td,th{border-bottom:1px solid #d0d7de;padding:4px 10px;text-align:left;white-space:nowrap}" +
  "@media(prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}td,th{border-color:#30363d}}";

/** The page of a sweep as its ledger tells it; nothing in it is loaded from elsewhere. */
export function sweepPage(state: SweepState, document: SweepDocument): SweepPage {
  const { plan, sweepId, set } = state.header;
  const paths = Object.keys(plan.space);
  const titles = ["trial", "state", "value", "steps", "seed", ...paths, "note"];
  const rows = rowsOf(document, paths);
  const facts = [
    `${plan.objective.metric} on the validation split, ${plan.objective.direction === "max" ? "higher" : "lower"} is better.`,
    `Sampler ${samplerName(plan)}, sweep seed ${plan.seed}, ${plan.seeds} ${plan.seeds === 1 ? "seed" : "seeds"} a trial${plan.pruner === undefined ? "" : `, pruner ${plan.pruner.kind}`}.`,
    ...(set.length === 0 ? [] : [`Overrides of every trial: ${set.join(" ")}`]),
    "A value that was chosen on the validation split is too good: score the best on the test split before it is told. Research only, not for clinical use.",
  ];
  const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ");
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  const markdown = [
    `# Sweep ${sweepId}`,
    "",
    ...facts.flatMap((fact) => [fact, ""]),
    line(titles),
    line(titles.map(() => "---")),
    ...rows.map(line),
    "",
  ].join("\n");
  const tr = (cells: readonly string[], tag: string): string =>
    `<tr>${cells.map((text) => `<${tag}>${escapeText(text)}</${tag}>`).join("")}</tr>`;
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Sweep ${escapeText(sweepId)}</title><style>${style}</style></head>
<body><h1>Sweep ${escapeText(sweepId)}</h1>
${facts.map((fact) => `<p>${escapeText(fact)}</p>`).join("\n")}
${picturesOf(state, document).join("\n")}
<table>${tr(titles, "th")}
${rows.map((cells) => tr(cells, "td")).join("\n")}
</table></body></html>
`;
  return { markdown, html };
}
