import type { ReceiptStep } from "../../../schema/volume.ts";

/** The facts of one decision of the reader in a line of text; its name is left out. */
export function stepWords({ step: _name, ...facts }: ReceiptStep): string {
  return Object.entries(facts)
    .map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(", ");
}
