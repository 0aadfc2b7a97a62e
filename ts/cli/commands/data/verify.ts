import { resolve } from "node:path";
import { defined } from "../../../defined.ts";
import type { VerifyDocument } from "../../../run/data/index.ts";
import { type Counted, checkGates, enforceGates, judgeCounts } from "../../gates.ts";
import { ProgressBar } from "../../screen/progress-bar.ts";
import { plainText } from "../../terminal.ts";
import type { Call, Outcome } from "../../words/command.ts";
import { jobsOf, namedSource, usualFolder } from "./source-words.ts";

/** `tomoe data verify`: every row and scan of a data set, and all that is wrong with them. */
export async function dataVerify(call: Call): Promise<Outcome> {
  const { flags, signal, terminal } = call;
  const source = namedSource(call, { name: "data verify" });
  const jobs = jobsOf(flags, { name: "data verify" });
  const gates = flags.all("gate");
  checkGates(gates);
  judgeCounts(gates, countsOf(nothingYet));
  const out = flags.text("out");
  const bar = new ProgressBar(terminal);
  try {
    const { verifyData } = await import("../../../run/data/index.ts");
    const verified = await verifyData({
      ...source,
      deep: flags.has("deep"),
      out: out === undefined ? usualFolder("verified", source) : resolve(out),
      ...defined({ lanes: jobs }),
      signal,
      onProgress: (done, total) => bar.update({ label: "read scans", done, total }),
      notice: (line) => terminal.line(line),
    });
    const document = { ...verified, gates: judgeCounts(gates, countsOf(verified)) };
    bar.finish();
    enforceGates(document.gates, document);
    return { document, text: textOf(verified) };
  } finally {
    bar.finish();
  }
}

type Counts = Pick<VerifyDocument, "cases" | "items" | "rows" | "duplicates" | "leaks">;

const nothingYet: Counts = {
  cases: { total: 0, read: 0, refused: 0, missing: 0 },
  items: { total: 0, refused: 0 },
  rows: { refused: 0 },
  duplicates: { volumes: 0, reports: 0 },
  leaks: [],
};

/** The numbers that gates may name. */
function countsOf({ cases, items, rows, duplicates, leaks }: Counts): Readonly<Record<string, Counted>> {
  const leaked = (kind: string): number =>
    leaks.filter((leak) => leak.kind === kind).reduce((sum, { count }) => sum + count, 0);
  return {
    "cases.total": { count: cases.total, of: null },
    "cases.read": { count: cases.read, of: cases.total },
    "cases.refused": { count: cases.refused, of: cases.total },
    "cases.missing": { count: cases.missing, of: cases.total },
    "items.total": { count: items.total, of: null },
    "items.refused": { count: items.refused, of: items.total },
    "rows.refused": { count: rows.refused, of: null },
    "duplicates.volumes": { count: duplicates.volumes, of: cases.total },
    "duplicates.reports": { count: duplicates.reports, of: items.total },
    "leaks.patient": { count: leaked("patient"), of: null },
    "leaks.volume": { count: leaked("volume"), of: null },
    "leaks.report": { count: leaked("report"), of: null },
  };
}

function textOf(document: VerifyDocument): string {
  const { layout, deep, cases, items, rows, dropped, duplicates, leaks, hu, codes, resumed } = document;
  const range =
    hu === null
      ? []
      : [["HU", `${hu.min} to ${hu.max}, median ${hu.p50}; ${hu.suspect} of ${hu.scans} suspect`]];
  const facts: readonly (readonly string[])[] = [
    ["layout", `${layout}, ${deep ? "every voxel read" : "headers read (--deep reads every voxel)"}`],
    ["cases", `${cases.total}: ${cases.read} read, ${cases.refused} refused, ${cases.missing} missing`],
    [
      "items",
      `${items.total}: ${items.refused} refused${rows.refused === 0 ? "" : `; ${rows.refused} rows of neither`}`,
    ],
    ...dropped.map(({ what, filter, count }) => ["filter", `${filter} leaves out ${count} of kind ${what}`]),
    ["equal", `${duplicates.volumes} volumes, ${duplicates.reports} reports`],
    ...leaks.map(({ kind, splits, count }) => [
      "leak",
      `${count} of kind ${kind} in ${splits.join(" and ")}`,
    ]),
    ...range,
    ...(resumed === 0 ? [] : [["resumed", `${resumed} scans were read by a call before`]]),
    ...codes.map(({ kind, code, count }) => [kind, `${code} ${count}`]),
    ["problems", document.problems],
    ["picture", document.picture],
    ["digest", document.digest],
  ];
  return facts.map(([name = "", what = ""]) => `${name.padEnd(10)}${plainText(what)}`).join("\n");
}
