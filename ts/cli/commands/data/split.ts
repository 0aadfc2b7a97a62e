import { defined } from "../../../defined.ts";
import type { SplitDocument } from "../../../run/data/index.ts";
import { textTable } from "../../text-table.ts";
import type { Call, Outcome } from "../../words/command.ts";
import { usage } from "../../words/flags.ts";
import { freshFile, leakLine, namedSource } from "./source-words.ts";

const usualShares = [0.7, 0.1, 0.2] as const;

/** `tomoe data split`: which case goes where, so that no patient and no report is in two splits. */
export async function dataSplit(call: Call): Promise<Outcome> {
  const { flags, signal } = call;
  const source = namedSource(call, { name: "data split" });
  const [train = 0, validation = 0, test = 0] = flags.numbers("shares") ?? usualShares;
  const isPart = [train, validation, test].every((share) => share >= 0 && share <= 1);
  if (!isPart || Math.abs(train + validation + test - 1) > 1e-9)
    throw usage({ name: "data split" }, [
      `--shares are three parts of 1, found ${[train, validation, test].join(",")}`,
    ]);
  const out = freshFile(flags.text("out") ?? "splits.csv", {
    ending: "csv",
    what: "runs may be bound to that split",
  });
  const { splitData } = await import("../../../run/data/index.ts");
  const document = await splitData({
    ...source,
    shares: { train, validation, test },
    by: flags.text("by") === "patient" ? "patient" : "report",
    seed: flags.integer("seed") ?? 0,
    ...defined({ problems: flags.text("problems") }),
    out,
    signal,
  });
  return { document, text: textOf(document) };
}

function textOf({ splits, strata, groups, leaks, skipped, table, digest }: SplitDocument): string {
  const names = ["train", "validation", "test"] as const;
  const numbers = (counts: Readonly<Record<(typeof names)[number], number>>): readonly string[] =>
    names.map((name) => counts[name].toLocaleString("en-US"));
  const of = (what: "patients" | "cases" | "items"): readonly string[] => [
    what,
    ...names.map((name) => splits[name][what].toLocaleString("en-US")),
  ];
  return [
    textTable(
      [{ title: "" }, ...names.map((title) => ({ title, align: "right" as const }))],
      [
        of("patients"),
        of("cases"),
        of("items"),
        ...strata.map(({ task, type, ...counts }) => [
          `${task}${type === null ? "" : ` ${type}`}`,
          ...numbers(counts),
        ]),
      ],
    ),
    "",
    `${groups.count} groups that are never parted, of at most ${groups.largestCases} cases${skipped === 0 ? "" : `; ${skipped} left out by the problems given`}`,
    ...leaks.map(leakLine),
    `${table ?? ""}  digest ${digest}`,
  ].join("\n");
}
