import type { ItemRow } from "../../schema/sample.ts";

const letters = ["A", "B", "C", "D"] as const;

/** The letter of a choice, "A" for the first. */
export function choiceLetter(index: number): string {
  return letters[index] ?? String.fromCharCode(65 + index);
}

/**
 * A prompt as the model reads it: the question, and for a closed one its options in the M3D form
 * `... Choices: A. x B. y C. z D. w`.
 *
 * Source: M3D-LaMed, VQA prompts (BAAI-DCAI/M3D).
 */
export function renderPrompt(
  item: Pick<ItemRow, "question"> & { readonly choices?: readonly string[] | undefined },
): string {
  if (item.choices === undefined) return item.question;
  return `${item.question} Choices: ${item.choices.map((choice, index) => `${choiceLetter(index)}. ${choice}`).join(" ")}`;
}
