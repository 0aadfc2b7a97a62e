import { resolve } from "node:path";
import { defined } from "../../../defined.ts";
import type { CertifyDocument } from "../../../run/data/index.ts";
import { ProgressBar } from "../../screen/progress-bar.ts";
import { textTable } from "../../text-table.ts";
import type { Call, Outcome } from "../../words/command.ts";
import { freshFile, jobsOf, leakLine, namedSource, usualFolder } from "./source-words.ts";

/** `tomoe data certify`: what filters left of a data set and what its splits hold, as a file that two papers compare. */
export async function dataCertify(call: Call): Promise<Outcome> {
  const { flags, signal, terminal } = call;
  const source = namedSource(call, { name: "data certify" });
  const jobs = jobsOf(flags, { name: "data certify" });
  const certificate = freshFile(flags.text("out") ?? "certificate.json", {
    ending: "json",
    what: "recipes may name it",
  });
  const ledger = flags.text("ledger");
  const bar = new ProgressBar(terminal);
  try {
    const { certifyData } = await import("../../../run/data/index.ts");
    const document = await certifyData({
      ...source,
      certificate,
      out: ledger === undefined ? usualFolder("verified", source) : resolve(ledger),
      ...defined({ lanes: jobs, splits: flags.text("splits"), problems: flags.text("problems") }),
      signal,
      onProgress: (done, total) => bar.update({ label: "read scans", done, total }),
      notice: (line) => terminal.line(line),
    });
    bar.finish();
    return { document, text: textOf(document) };
  } finally {
    bar.finish();
  }
}

const number = (value: number): string => value.toLocaleString("en-US");

function textOf({ layout, filters, splits, leaks, skipped, certificate, digest }: CertifyDocument): string {
  const right = { align: "right" } as const;
  const names = ["train", "validation", "test"] as const;
  return [
    ...(filters.length === 0
      ? [`${layout} has no filters`]
      : [
          textTable(
            [
              { title: "filter" },
              { title: "of" },
              { title: "split" },
              { title: "before", ...right },
              { title: "after", ...right },
            ],
            filters.map(({ name, of, split, before, after }) => [
              name,
              of,
              split ?? "",
              number(before),
              number(after),
            ]),
          ),
        ]),
    "",
    textTable(
      [{ title: "" }, ...names.map((title) => ({ title, ...right }))],
      (["patients", "cases", "items"] as const).map((what) => [
        what,
        ...names.map((name) => number(splits[name][what])),
      ]),
    ),
    "",
    ...leaks.map(leakLine),
    ...(skipped === 0 ? [] : [`${skipped} left out by the problems given`]),
    `${certificate ?? ""}  digest ${digest}`,
  ].join("\n");
}
