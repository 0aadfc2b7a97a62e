import {
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

function saidBy({ output, error }: Fields, tell: Tell): Fields {
  if (isObject(error)) return failed(error.message ?? "the sample failed");
  const { choices, completion } = isObject(output) ? output : {};
  const all: readonly unknown[] = Array.isArray(choices) ? choices : [];
  const [first] = all;
  const message = isObject(first) && isObject(first.message) ? first.message : {};
  const said = textOf(message.content) ?? (isText(completion) ? completion : undefined);
  if (all.length > 1) tell(`output holds ${all.length} choices: one answer an item is scored`);
  if (said === undefined) tell("the sample has neither an output nor an error");
  const isCut = isObject(first) && first.stop_reason === "max_tokens";
  return { prediction: said ?? "", ...(isCut ? { truncated: true } : {}) };
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
    const question = questionOf(value.input);
    return {
      id: epoch === undefined || epoch === 1 ? id : `${String(id)}#${String(epoch)}`,
      ...besides(metadata, id, hasChoices),
      ...(question === undefined ? {} : { question }),
      ...(hasChoices ? { choices: value.choices } : {}),
      target: onlyTarget(value.target, tell),
      ...saidBy(value, tell),
    };
  },
});
