/**
 * The table of what the HU gate says of corrupted copies, in ts/data/volume/hu/TABLE.md. Started by
 * scripts/gate-table.mjs it runs the campaign and writes the table anew; it ends with 1 when too little is caught or an
 * uncorrupted copy is refused.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { huGateRule } from "../../../ts/data/volume/hu/gate.ts";
import { repoRoot } from "../source-tree.ts";
import { campaign, type Finding, type Outcome } from "./campaign.ts";
import { corruptions } from "./corruptions.ts";
import { tableVolumes } from "./volumes.ts";

export const tablePath = "ts/data/volume/hu/TABLE.md";
/** At least this share of the corrupted copies is caught. */
export const leastCaught = 0.99;

interface Tally {
  readonly copies: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Share refused, named, or said to be beyond telling. */
  readonly caught: number;
  /** Copies that one line undoes, of them those whose line was told, and told right. */
  readonly inverses: { readonly of: number; readonly told: number; readonly right: number };
}

export function tally(findings: readonly Finding[]): Tally {
  const count = (outcome: Outcome): number => findings.filter((one) => one.outcome === outcome).length;
  const outcomes = {
    refused: count("refused"),
    named: count("named"),
    undecided: count("undecided"),
    suspect: count("suspect"),
    ok: count("ok"),
  };
  const lines = findings.filter(({ inverse }) => inverse !== undefined);
  return {
    copies: findings.length,
    outcomes,
    caught: (outcomes.refused + outcomes.named + outcomes.undecided) / Math.max(1, findings.length),
    inverses: {
      of: lines.length,
      told: lines.filter(({ inverse }) => inverse !== "none").length,
      right: lines.filter(({ inverse }) => inverse === "right").length,
    },
  };
}

const row = (name: string, { copies, outcomes, caught, inverses }: Tally): string => {
  const { refused, named, undecided, suspect, ok } = outcomes;
  const told = inverses.of === 0 ? "" : `${inverses.right} of ${inverses.told} told`;
  return `| ${name} | ${copies} | ${refused} | ${named} | ${undecided} | ${suspect} | ${ok} | ${(100 * caught).toFixed(1)} % | ${told} |`;
};

function grouped(findings: readonly Finding[], key: (one: Finding) => string): string[] {
  const groups = Map.groupBy(findings, key);
  return [...groups].map(([name, group]) => row(name, tally(group)));
}

const head = [
  "| corruption | copies | refused | suspect or warned, cause named | suspect, said to be beyond telling | suspect for another reason | ok | caught | inverse right |",
  "|---|--:|--:|--:|--:|--:|--:|--:|---|",
];

/** The page: totals by kind, the copies left as they were, and a row for each corruption. */
export function page(findings: readonly Finding[], machine: string, date: string): string {
  const corrupted = findings.filter(({ corruption }) => corruption !== undefined);
  const clean = findings.filter(({ corruption }) => corruption === undefined);
  return [
    "# What the HU gate says of corrupted copies",
    "",
    `Written by \`npm run gate-table\` on ${date}, on ${machine}, of the rule ${huGateRule}.`,
    `${clean.length} volumes in HU (real scans at hand below \`../shared/data/ct\`, PhantomCT, and crops of both), ${corrupted.length} corrupted copies of them, each written to a file and read.`,
    "Caught: refused, or suspect or warned with a reason that names the cause, or suspect with the word that an offset or a scale cannot be told from such a crop.",
    "",
    ...head,
    ...grouped(corrupted, ({ kind }) => String(kind)),
    row("all", tally(corrupted)),
    "",
    "## Uncorrupted",
    "",
    "| volume | verdict |",
    "|---|---|",
    ...clean.map(
      ({ volume, outcome }) =>
        `| ${volume} | ${outcome === "undecided" || outcome === "suspect" ? "suspect" : outcome} |`,
    ),
    "",
    "## Each corruption",
    "",
    ...head,
    ...grouped(corrupted, ({ kind, corruption }) => `${kind}: ${corruption}`),
    "",
  ].join("\n");
}

if (process.argv[1] === import.meta.filename) {
  const volumes = await tableVolumes();
  const findings = await campaign(volumes, corruptions, (done, of) => {
    if (done % 500 === 0) console.log(`${done} of ${of} copies`);
  });
  const [cpu] = cpus();
  const machine = `${cpus().length} cores of ${cpu?.model ?? "an unnamed processor"}, Node ${process.versions.node}`;
  writeFileSync(join(repoRoot, tablePath), page(findings, machine, new Date().toISOString().slice(0, 10)));
  const corrupted = tally(findings.filter(({ corruption }) => corruption !== undefined));
  const refused = findings.filter(
    ({ corruption, outcome }) => corruption === undefined && outcome === "refused",
  );
  for (const one of findings)
    if (one.corruption !== undefined && (one.outcome === "ok" || one.outcome === "suspect"))
      console.log(`${one.outcome}: ${one.volume}, ${one.kind}, ${one.corruption}: ${one.said}`);
  console.log(
    `${(100 * corrupted.caught).toFixed(2)} % of ${corrupted.copies} caught, ${refused.length} uncorrupted refused`,
  );
  process.exitCode = corrupted.caught >= leastCaught && refused.length === 0 ? 0 : 1;
}
