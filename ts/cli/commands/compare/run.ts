import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { AnswerMode, Profile, System } from "../../../eval/index.ts";
import { enforceGates, judgeGates } from "../../gates.ts";
import { checkOutputs, writeOutputs } from "../../outputs.ts";
import { inputOf, type Predictions, readNamed, type Wanted } from "../../predictions.ts";
import { comparisonTable } from "../../screen/comparison-table.ts";
import { withTurns } from "../../turns.ts";
import type { Call, Outcome } from "../../words/command.ts";
import { usage } from "../../words/flags.ts";
import { tellWarnings } from "../score/run.ts";

/** One system of the call: its name, and what was read for each of its seeds. */
interface Read {
  readonly name: string;
  readonly seeds: readonly Predictions[];
}

/** `NAME=A,B,C`, or one file or run, which is called as its file is. */
function namedSources(word: string): { readonly name: string; readonly sources: readonly string[] } {
  const [, name, list] = /^([\w.-]+)=(.+)$/.exec(word) ?? [];
  if (name === undefined || list === undefined)
    return { name: basename(word).replace(/\.jsonl$/, ""), sources: [word] };
  return { name, sources: list.split(",").filter((source) => source !== "") };
}

async function readSystems(call: Call, wanted: Wanted): Promise<readonly Read[]> {
  const words = call.arguments.map(namedSources);
  const stdins = words.flatMap(({ sources }) => sources).filter((source) => source === "-");
  if (stdins.length > 1) throw usage({ name: "compare" }, ["stdin can be read once"]);
  const read: Read[] = [];
  for (const [at, { name, sources }] of words.entries()) {
    const isTaken = words.some((other, before) => before !== at && other.name === name);
    const seeds: Predictions[] = [];
    for (const source of sources) seeds.push(await readNamed(source, call, { ...wanted, file: source }));
    read.push({ name: isTaken ? (call.arguments[at] ?? name) : name, seeds });
  }
  return read;
}

/** SHA-256 of the one file, or of the digests of all seeds' files. */
function digestOf(seeds: readonly Predictions[]): string {
  const [first] = seeds;
  if (first !== undefined && seeds.length === 1) return first.digest;
  const hash = createHash("sha256");
  for (const { digest } of seeds) hash.update(digest);
  return hash.digest("hex");
}

const described = ({ name, seeds }: Read): object => ({
  name,
  source: seeds.map(({ source }) => source).join(","),
  digest: digestOf(seeds),
  seeds: seeds.length,
  rows: { given: seeds[0]?.rows.length ?? 0 },
});

/** `tomoe compare`: each system with the first, on the same items. */
export async function compare(call: Call): Promise<Outcome> {
  const {
    answerModes,
    checkSystems,
    compareSystems,
    profileNames,
    latexComparison,
    profileRow,
    renderComparison,
  } = await import("../../../eval/index.ts");
  const { flags, signal } = call;
  const profile: Profile = profileNames.find((name) => name === flags.text("profile")) ?? "strict";
  const answer: AnswerMode | undefined = answerModes.find((name) => name === flags.text("answer"));
  const read = await readSystems(call, { dropsEmpty: profileRow(profile).dropsEmpty });
  const systems = read.map(({ name, seeds }): System => ({ name, seeds: seeds.map(({ rows }) => rows) }));
  checkSystems(systems);
  const outputs = checkOutputs("compare", flags.all("out"));
  const primary = flags.has("primary") ? flags.all("primary") : undefined;
  const {
    entries,
    family,
    warnings: told,
  } = await withTurns(compareSystems(systems, { profile, answer, primary }), signal);
  const warnings = [...read.flatMap(({ seeds }) => seeds.flatMap((seed) => seed.warnings)), ...told];
  const gates = judgeGates(flags.all("gate"), entries, "difference");
  const document = {
    ok: true as const,
    systems: read.map(described),
    family: { ...family, alpha: 0.05, correction: "holm" },
    comparison: entries,
    inputs: read.flatMap(({ name, seeds }) => seeds.map((seed) => inputOf("system", seed, name))),
    warnings,
    ...(gates.length === 0 ? {} : { gates }),
  };
  tellWarnings(call, warnings);
  const digest = digestOf(read.flatMap(({ seeds }) => seeds));
  await writeOutputs(outputs, {
    json: () => document,
    md: () => renderComparison(entries),
    tex: () => latexComparison(entries, digest),
  });
  enforceGates(gates, document);
  return { document, text: comparisonTable(entries) };
}
