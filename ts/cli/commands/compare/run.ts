import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { basename } from "node:path";
import type { AnswerMode, Profile, System, Warning } from "../../../eval/index.ts";
import { checkGates, enforceGates, judgeGates } from "../../gates.ts";
import { checkOutputs, writeOutputs } from "../../outputs.ts";
import {
  type Input,
  inputOf,
  type Predictions,
  readNamed,
  streamNamed,
  type Wanted,
} from "../../predictions.ts";
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
  if (name === undefined || list === undefined || existsSync(word))
    return { name: basename(word).replace(/\.jsonl$/, ""), sources: [word] };
  return { name, sources: list.split(",").filter((source) => source !== "") };
}

/** One run twice is no second seed: said, since it makes an interval narrower than it is. */
function repeated({ name, seeds }: Read): readonly Warning[] {
  const digests = seeds.map(({ digest }) => digest);
  const twice = seeds.filter(({ digest }, at) => digests.indexOf(digest) < at);
  return twice.length === 0
    ? []
    : [
        {
          code: "SEED_TWICE",
          message: `${twice.map(({ source }) => source).join(", ")} stands twice among the seeds of ${name}: the spread over seeds is not theirs`,
        },
      ];
}

async function readSystems(call: Call, wanted: Wanted): Promise<readonly Read[]> {
  const words = call.arguments.map(namedSources);
  const stdins = words.flatMap(({ sources }) => sources).filter((source) => source === "-");
  const problems = [
    ...(stdins.length > 1 ? ["stdin can be read once"] : []),
    ...words.flatMap(({ name, sources }) => (sources.length === 0 ? [`${name}= names no predictions`] : [])),
  ];
  if (problems.length > 0) throw usage({ name: "compare" }, problems);
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

/** The systems that are compared, and the declared pairs of their items. */
interface Paired {
  readonly systems: readonly System[];
  readonly inputs: readonly Input[];
  readonly provenance: readonly string[];
}

/** The systems of the same items; with `--mapping`, the others' rows under the ids of the baseline's. */
async function paired(call: Call, read: readonly Read[]): Promise<Paired> {
  const { checkSystems, mappedRows, readMapping } = await import("../../../eval/index.ts");
  const systems = read.map(({ name, seeds }): System => ({ name, seeds: seeds.map(({ rows }) => rows) }));
  const file = call.flags.text("mapping");
  if (file === undefined) {
    checkSystems(systems);
    return { systems, inputs: [], provenance: [] };
  }
  const stream = await streamNamed(file, call);
  const mapping = await readMapping(stream.pieces, file, call.signal);
  const mapped = systems.map(
    ({ name, seeds }, at): System =>
      at === 0 ? { name, seeds } : { name, seeds: seeds.map((rows) => mappedRows(rows, mapping, name)) },
  );
  checkSystems(mapped, true);
  const digest = stream.digest();
  return {
    systems: mapped,
    inputs: [inputOf("mapping", { source: stream.source, digest })],
    provenance: [`mapping:${mapping.size} pairs@${digest.slice(0, 16)}`],
  };
}

/** `tomoe compare`: each system with the first, on the same items. */
export async function compare(call: Call): Promise<Outcome> {
  const { answerModes, compareSystems, profileNames, latexComparison, profileRow, renderComparison } =
    await import("../../../eval/index.ts");
  const { flags, signal } = call;
  const profile: Profile = profileNames.find((name) => name === flags.text("profile")) ?? "strict";
  const answer: AnswerMode | undefined = answerModes.find((name) => name === flags.text("answer"));
  checkGates(flags.all("gate"));
  const read = await readSystems(call, { dropsEmpty: profileRow(profile).dropsEmpty });
  const { systems, inputs, provenance } = await paired(call, read);
  const outputs = checkOutputs("compare", flags.all("out"));
  const primary = flags.has("primary") ? flags.all("primary") : undefined;
  const compared = await withTurns(compareSystems(systems, { profile, answer, primary, provenance }), signal);
  const { entries, family, warnings: told } = compared;
  const warnings = [
    ...read.flatMap((system) => [...system.seeds.flatMap((seed) => seed.warnings), ...repeated(system)]),
    ...told,
  ];
  const gates = judgeGates(flags.all("gate"), entries, "difference");
  const document = {
    ok: true as const,
    systems: read.map(described),
    family: { ...family, alpha: 0.05, correction: "holm" },
    comparison: entries,
    inputs: [
      ...read.flatMap(({ name, seeds }) => seeds.map((seed) => inputOf("system", seed, name))),
      ...inputs,
    ],
    warnings,
    ...(gates.length === 0 ? {} : { gates }),
  };
  tellWarnings(call, warnings);
  const digest = digestOf(read.flatMap(({ seeds }) => seeds));
  await writeOutputs(outputs, {
    json: () => document,
    md: () => renderComparison(entries),
    tex: () => latexComparison(entries, digest),
    html: async () =>
      (await import("../../../run/index.ts")).comparisonPage({
        name: systems[0]?.name ?? "",
        systems: systems.map(({ name }) => name),
        digest,
        entries,
        gates,
        warnings,
      }),
  });
  enforceGates(gates, document);
  return { document, text: comparisonTable(entries) };
}
