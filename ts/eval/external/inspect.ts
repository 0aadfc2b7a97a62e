import { shown } from "../rows/problems.ts";
import {
  answeredBy,
  besides,
  type Fields,
  type ForeignFormat,
  failed,
  isObject,
  isText,
  onlyTarget,
  type Tell,
} from "./foreign.ts";

/** A message's text: content is a text, or parts of which some are texts. */
function textOf(content: unknown): string | undefined {
  if (isText(content)) return content;
  if (!Array.isArray(content)) return undefined;
  return content
    .flatMap((part: unknown) =>
      isObject(part) && part.type === "text" && isText(part.text) ? [part.text] : [],
    )
    .join("\n");
}

const attachment = "attachment://";

/** The text itself, where a log keeps long ones apart; one that is not there is told. */
function attached(text: string | undefined, { attachments }: Fields, tell: Tell): string | undefined {
  if (text?.startsWith(attachment) !== true) return text;
  const found = isObject(attachments) ? attachments[text.slice(attachment.length)] : undefined;
  if (isText(found)) return found;
  tell(`${shown(text)} is no attachment of the sample`);
  return text;
}

function saidBy(sample: Fields, tell: Tell): Fields {
  const { output, error } = sample;
  if (isObject(error)) return failed(error.message ?? "the sample failed");
  const { choices, completion } = isObject(output) ? output : {};
  const all: readonly unknown[] = Array.isArray(choices) ? choices : [];
  const [first] = all;
  const message = isObject(first) && isObject(first.message) ? first.message : {};
  const said = textOf(message.content) ?? (isText(completion) ? completion : undefined);
  if (all.length > 1) tell(`output holds ${all.length} choices: one answer an item is scored`);
  if (said === undefined) tell("the sample has neither an output nor an error");
  const isCut = isObject(first) && first.stop_reason === "max_tokens";
  return { prediction: attached(said, sample, tell) ?? "", ...(isCut ? { truncated: true } : {}) };
}

function questionOf(input: unknown): string | undefined {
  if (isText(input)) return input;
  const messages: readonly unknown[] = Array.isArray(input) ? input : [];
  const asked = messages.findLast((message) => isObject(message) && message.role === "user");
  return isObject(asked) ? textOf(asked.content) : undefined;
}

/** Samples of an Inspect log. Every epoch is an item of its own, of the sample's case. */
export const inspectSamples = (): ForeignFormat => ({
  name: "samples of an Inspect log",
  fits: (value) => "epoch" in value && "input" in value && "target" in value,
  fields: (value, tell) => {
    const metadata = isObject(value.metadata) ? value.metadata : {};
    const hasChoices = Array.isArray(value.choices) && value.choices.length > 0;
    const { id, epoch } = value;
    const question = attached(questionOf(value.input), value, tell);
    if (isObject(value.invalidation))
      tell("the sample was declared invalid: run it again, or take it out of the log");
    return {
      id: epoch === undefined || epoch === 1 ? id : `${String(id)}#${String(epoch)}`,
      ...besides(metadata, id, hasChoices),
      ...answeredBy(metadata),
      ...(question === undefined ? {} : { question }),
      ...(hasChoices ? { choices: value.choices } : {}),
      target: onlyTarget(value.target, tell),
      ...saidBy(value, tell),
    };
  },
});
