import { choiceLetter } from "../../schema/answers/letters.ts";
import type { ItemRow } from "../../schema/sample.ts";

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
