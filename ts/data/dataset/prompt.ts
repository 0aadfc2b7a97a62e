import { choiceLetter } from "../../schema/answers/letters.ts";
import { presentOptions } from "../../schema/answers/options.ts";
import type { ItemRow } from "../../schema/sample.ts";

/**
 * A prompt as the model reads it: the question, and for a closed one its options in the M3D form
 * `... Choices: A. x B. y C. z D. w`. One that is missing is left out, and the others keep their letters.
 *
 * Source: M3D-LaMed, VQA prompts (BAAI-DCAI/M3D).
 */
export function renderPrompt(
  item: Pick<ItemRow, "question"> & { readonly choices?: readonly string[] | undefined },
): string {
  if (item.choices === undefined) return item.question;
  const { question, choices } = item;
  const options = presentOptions(choices).map((index) => `${choiceLetter(index)}. ${choices[index] ?? ""}`);
  return `${question} Choices: ${options.join(" ")}`;
}
