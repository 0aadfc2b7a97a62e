import type { GreyImage } from "../scan/grey-png.ts";
import { greyDataUri } from "../scan/grey-png.ts";
import { escapeText } from "../svg.ts";
import { type CalibrationPlot, type ConfusionPlot, renderCalibration, renderConfusion } from "./closed.ts";
import { type ForestRow, renderForest } from "./forest.ts";

/** One number of the scorecard. */
export interface PageNumber {
  readonly task: string;
  readonly metric: string;
  readonly value: number;
  readonly ciLow: number;
  readonly ciHigh: number;
  readonly chance: number | null;
  readonly n: number;
  readonly clusters: number;
  readonly signature: string;
}

/** An option of a question, and what the model gave it. */
export interface PageOption {
  readonly letter: string;
  readonly text: string;
  readonly probability: number | null;
  readonly isRight: boolean;
}

/** What was asked of a case, what is right, and what was said. */
export interface PageItem {
  readonly task: string;
  readonly types: readonly string[];
  readonly question: string;
  readonly target: string;
  readonly prediction: string;
  readonly options: readonly PageOption[];
  /** By which task it was answered, and how sure the router was; empty where it was told. */
  readonly route: string;
  readonly isCut: boolean;
  /** True or false for an answer that is one or the other. */
  readonly isRight: boolean | null;
}

export interface PageCase {
  readonly id: string;
  readonly subject: string;
  /** Planes through the middle, as the model sees the scan; none where it is not at hand. */
  readonly planes: readonly { readonly name: string; readonly grey: GreyImage }[];
  readonly items: readonly PageItem[];
}

/** Everything that the page of an evaluation shows. */
export interface EvalPage {
  readonly title: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly scorecard: readonly PageNumber[];
  readonly gates: readonly { readonly gate: string; readonly value: number; readonly held: boolean }[];
  /** Paired differences: under which heading, with which title over the plot. */
  readonly gaps: {
    readonly heading: string;
    readonly title: string;
    readonly note: string;
    readonly rows: readonly ForestRow[];
  };
  readonly confusion: ConfusionPlot | null;
  readonly calibration: CalibrationPlot | null;
  readonly warnings: readonly string[];
  readonly cases: readonly PageCase[];
  /** How many cases there are; not all may be shown, and with none there is no such part. */
  readonly ofCases: number;
  /** Scans may be at hand: a case without one says so. */
  readonly hasScans: boolean;
}

const css = `:root{color-scheme:light dark;--ink:#1f2328;--soft:#59636e;--paper:#f6f8fa;--sheet:#fff;--rule:#d0d7de;--good:#1a7f37;--poor:#cf222e;--bar:#1f6fb8}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa4af;--paper:#0d1117;--sheet:#14181d;--rule:#30363d;--good:#56d364;--poor:#ff7b72;--bar:#6cb2ff}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:14px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:1008px;margin:0 auto;padding:24px}h1{font-size:24px;margin:0 0 4px}h2{font-size:18px;margin:32px 0 10px}h3{font-size:15px;margin:0 0 8px}
.quiet{color:var(--soft)}.sheet{background:var(--sheet);border:1px solid var(--rule);border-radius:10px;padding:14px 16px;margin:0 0 12px;overflow-x:auto}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:12px 0 0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th,td{text-align:left;padding:4px 12px 4px 0;border-bottom:1px solid var(--rule);white-space:nowrap}tr:last-child td{border-bottom:0}.right{text-align:right}
.range{position:relative;width:170px;height:12px;background:var(--paper);border-radius:3px}.range i,.range b,.range u{position:absolute;top:0;height:100%}.range i{background:var(--bar);opacity:.35;border-radius:3px}.range b{width:3px;background:var(--bar)}.range u{width:1px;background:var(--poor)}
svg{display:block;max-width:100%;height:auto;margin:0 0 12px}.two{display:flex;flex-wrap:wrap;gap:12px}.two svg{flex:1 1 420px}
.case{display:grid;grid-template-columns:156px 1fr;gap:18px}figure{margin:0 0 8px}figure img{display:block;width:156px;image-rendering:pixelated;background:#000;border-radius:4px}figcaption{color:var(--soft);font-size:12px}
.item{border-bottom:1px solid var(--rule);padding:0 0 10px;margin:0 0 10px}.item:last-child{border-bottom:0;margin:0;padding:0}.item p{margin:2px 0;overflow-wrap:anywhere;white-space:pre-wrap}.tag{color:var(--soft);font-size:12px}
.good{color:var(--good)}.poor{color:var(--poor)}.options{display:grid;grid-template-columns:max-content 120px 48px;gap:2px 10px;align-items:center;margin:4px 0}.share{height:8px;background:var(--paper);border-radius:4px}.share i{display:block;height:100%;background:var(--bar);border-radius:4px}
details{margin:6px 0}summary{cursor:pointer;color:var(--soft)}code{font:12px/1.4 ui-monospace,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}@media (max-width:640px){.case{grid-template-columns:1fr}}`;

const figure = (value: number): string => value.toFixed(3);
const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

/** Where a number lies, with its interval and chance; bounds other than 0..1 have no bar. */
function range({ value, ciLow, ciHigh, chance }: PageNumber): string {
  if (ciLow < 0 || ciHigh > 1) return "";
  const at = (share: number): string => percent(Math.min(0.985, share));
  const guess = chance === null ? "" : `<u style="left:${at(chance)}"></u>`;
  return `<div class="range"><i style="left:${percent(ciLow)};width:${percent(ciHigh - ciLow)}"></i>${guess}<b style="left:${at(value)}"></b></div>`;
}

function scorecardOf(numbers: readonly PageNumber[]): string {
  if (numbers.length === 0) return "";
  const rows = numbers.map(
    (one) =>
      `<tr title="${escapeText(one.signature)}"><td>${escapeText(one.task)}</td><td>${escapeText(one.metric)}</td><td class="right"><strong>${figure(one.value)}</strong></td><td>[${figure(one.ciLow)}, ${figure(one.ciHigh)}]</td><td>${range(one)}</td><td class="right">${one.chance === null ? "" : figure(one.chance)}</td><td class="right">${one.n}</td><td class="right">${one.clusters}</td></tr>`,
  );
  const signatures = numbers.map(
    ({ task, metric, signature }) => `<p><code>${escapeText(`${task}/${metric}: ${signature}`)}</code></p>`,
  );
  return `<h2>Scorecard</h2><div class="sheet"><table><thead><tr><th>task</th><th>metric</th><th class="right">value</th><th>95% CI</th><th></th><th class="right">chance</th><th class="right">items</th><th class="right">patients</th></tr></thead><tbody>${rows.join("")}</tbody></table></div>
<details><summary>What fixes each number</summary>${signatures.join("")}</details>`;
}

function optionsOf(options: readonly PageOption[]): string {
  if (options.length === 0) return "";
  const rows = options.map(({ letter, text, probability, isRight }) => {
    const bar =
      probability === null ? "" : `<div class="share"><i style="width:${percent(probability)}"></i></div>`;
    const share = probability === null ? "" : percent(probability);
    return `<span${isRight ? ' class="good"' : ""}>${letter}. ${escapeText(text)}${isRight ? " \u2713" : ""}</span><span>${bar}</span><span class="tag">${share}</span>`;
  });
  return `<div class="options">${rows.join("")}</div>`;
}

function itemOf(item: PageItem): string {
  const tags = [item.task, ...item.types, item.route, ...(item.isCut ? ["cut by the limit of tokens"] : [])];
  const judged = item.isRight === null ? "" : item.isRight ? ' class="good"' : ' class="poor"';
  return `<div class="item"><p><strong>${escapeText(item.question)}</strong></p><p class="tag">${escapeText(tags.filter((one) => one !== "").join(" \u00b7 "))}</p>${optionsOf(item.options)}<p><span class="tag">reference</span> ${escapeText(item.target)}</p><p${judged}><span class="tag">model</span> ${item.prediction === "" ? "<em>nothing</em>" : escapeText(item.prediction)}</p></div>`;
}

function caseOf({ id, subject, planes, items }: PageCase, hasScans: boolean): string {
  const head = `<h3>${escapeText(id)} <span class="quiet">${escapeText(subject)}</span></h3>`,
    said = items.map(itemOf).join("");
  if (!hasScans) return `<article class="sheet">${head}${said}</article>`;
  const pictures = planes.map(
    ({ name, grey }) =>
      `<figure><img alt="${name} plane" src="${greyDataUri(grey)}"><figcaption>${name}</figcaption></figure>`,
  );
  const side = pictures.length === 0 ? '<p class="quiet">The scan is not at hand.</p>' : pictures.join("");
  return `<article class="sheet">${head}<div class="case"><div>${side}</div><div>${said}</div></div></article>`;
}

function closedOf({ confusion, calibration }: EvalPage): string {
  if (confusion === null) return "";
  const plots = [
    renderConfusion(confusion),
    ...(calibration === null ? [] : [renderCalibration(calibration)]),
  ];
  return `<h2>Closed answers</h2><div class="two">${plots.join("")}</div>`;
}

function casesOf({ cases, ofCases, hasScans }: EvalPage): string {
  if (ofCases === 0) return "";
  const shown =
    cases.length < ofCases ? `The first ${cases.length} of ${ofCases} cases` : `All ${ofCases} cases`;
  const planes = hasScans
    ? "; planes through the middle of the grid that the model sees, patient right on the left of axial and coronal ones"
    : "";
  return `<h2>Cases</h2><p class="quiet">${shown}${planes}.</p>
${cases.map((one) => caseOf(one, hasScans)).join("\n")}`;
}

function listOf(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return "";
  return `<h2>${title}</h2><div class="sheet">${lines.join("")}</div>`;
}

/**
 * A page about one evaluation that needs nothing beside itself: no script, no font, no file. Light or dark as its reader
 * has it; every text of data or model is escaped.
 *
 * @returns an HTML document.
 */
export function renderEvalPage(page: EvalPage): string {
  const { title, facts, scorecard, gates, gaps, warnings } = page;
  const told = facts.map(([name, value]) => `<dt>${escapeText(name)}</dt><dd>${escapeText(value)}</dd>`);
  const forest = gaps.rows.length === 0 ? "" : `<h2>${escapeText(gaps.heading)}</h2>${renderForest(gaps)}`;
  const limits = gates.map(
    ({ gate, value, held }) =>
      `<p class="${held ? "good" : "poor"}">${held ? "held" : "missed"}: <code>${escapeText(gate)}</code> (${figure(value)})</p>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${escapeText(title)}</title><style>${css}</style></head><body><main>
<h1>${escapeText(title)}</h1><p class="quiet">Research only, not for clinical use.</p><dl>${told.join("")}</dl>
${scorecardOf(scorecard)}
${listOf("Gates", limits)}
${forest}
${closedOf(page)}
${listOf(
  "Warnings",
  warnings.map((line) => `<p>${escapeText(line)}</p>`),
)}
${casesOf(page)}
</main></body></html>
`;
}
