import { resolve } from "node:path";
import { defined } from "../../../defined.ts";
import { plainText } from "../../terminal.ts";
import type { Call, Outcome } from "../../words/command.ts";

/** `tomoe weights get`: a base folder in the cache, made once. */
export async function weightsGet({
  arguments: [name = ""],
  flags,
  signal,
  terminal,
}: Call): Promise<Outcome> {
  const { getWeights } = await import("../../../run/index.ts");
  const from = flags.text("from");
  const document = await getWeights({
    name,
    ...defined({ from: from === undefined ? undefined : resolve(from) }),
    env: process.env,
    signal,
    say: (line) => terminal.line(plainText(line)),
  });
  return {
    document,
    text: `${document.dir}  ${document.tensors} tensors  ${document.parameters} parameters`,
  };
}

/** `tomoe weights ls`: the built-in list. */
export async function weightsLs(_call: Call): Promise<Outcome> {
  const { listWeights } = await import("../../../run/index.ts");
  const weights = listWeights(process.env);
  const text = weights
    .map(({ name, summary, dir, sources }) =>
      [
        name,
        `  ${summary}`,
        ...sources.map((source) => `  ${source.package} ${source.version}: ${source.licence}`),
        `  ${dir ?? `not made yet: tomoe weights get ${name}`}`,
      ].join("\n"),
    )
    .join("\n\n");
  return { document: { ok: true, weights } as Outcome["document"], text };
}
