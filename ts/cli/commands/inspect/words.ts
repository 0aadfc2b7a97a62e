import type { JsonValue } from "../../../errors.ts";
import type { ReceiptStep } from "../../../schema/volume.ts";

/** The facts of one decision of the reader in a line of text, fractions to six digits; its name is left out. */
export function stepWords({ step: _name, ...facts }: ReceiptStep): string {
  return inWords(facts);
}

function inWords(facts: { readonly [name: string]: JsonValue | undefined }): string {
  return Object.entries(facts)
    .map(([name, value]) => `${name} ${valueInWords(value)}`)
    .join(", ");
}

function valueInWords(value: JsonValue | undefined): string {
  if (typeof value === "string") return value;
  if (typeof value === "number")
    return String(Number.isInteger(value) ? value : Number(value.toPrecision(6)));
  if (typeof value !== "object" || value === null || Array.isArray(value)) return JSON.stringify(value);
  return `(${inWords(value as { readonly [name: string]: JsonValue })})`;
}
