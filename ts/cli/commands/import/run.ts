import { resolve } from "node:path";
import type { ImportDocument } from "../../../run/index.ts";
import { plainText } from "../../terminal.ts";
import { textTable } from "../../text-table.ts";
import type { Call, Outcome } from "../../words/command.ts";

/** `tomoe import`: what a published checkpoint is, and what of it is reused. */
export async function importCheckpoint({ arguments: [folder = ""], signal }: Call): Promise<Outcome> {
  const { importBase } = await import("../../../run/index.ts");
  const document = await importBase(resolve(folder), signal);
  return { document, text: textOf(document) };
}

const listed = 10;

function textOf({ family, parameters, tensors, components, weightsDigest, beside }: ImportDocument): string {
  const { total, reused, inactive, ignored } = tensors;
  const facts: readonly (readonly [string, string])[] = [
    ["family", family],
    ["size", `${(parameters / 1e6).toFixed(1)} M parameters`],
    [
      "tensors",
      `${total} on disk: ${reused} reused (${inactive.length} of them inactive), ${ignored.length} ignored; ${tensors.new.length} new`,
    ],
    ["digest", weightsDigest],
  ];
  return [
    ...facts.map(([name, value]) => `${name.padEnd(9)}${value}`),
    "",
    textTable(
      [{ title: "component" }, { title: "parameters", align: "right" }, { title: "stored as" }],
      Object.entries(components).map(([name, one]) => [name, String(one.parameters), one.dtypes.join(", ")]),
    ),
    ...lines("inactive: kept and exported as they are, read by nothing", inactive),
    ...lines(
      "ignored",
      ignored.map(({ key, why }) => `${key}: ${why}`),
    ),
    ...lines("new: not in the files, drawn by the seed", tensors.new),
    ...lines("not read: the index does not list them", beside),
  ].join("\n");
}

function lines(title: string, names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  const rest = names.length - listed;
  return [
    "",
    title,
    ...names.slice(0, listed).map((name) => `  ${plainText(name)}`),
    ...(rest > 0 ? [`  and ${rest} more`] : []),
  ];
}
