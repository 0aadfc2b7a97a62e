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

function saidBy({ output, error }: Fields, tell: Tell): Fields {
  const raw = isObject(output) ? output.raw : undefined;
  const texts = isText(raw) ? [raw] : Array.isArray(raw) ? raw : [];
  const [said] = texts as readonly unknown[];
  if (texts.length === 1 && isText(said)) return { prediction: said };
  if (isText(error) && error !== "") return failed(error);
  tell(
    texts.length > 1
      ? `output.raw holds ${texts.length} responses: one answer an item is scored`
      : "output.raw holds no response, and error says nothing",
  );
  return { prediction: "" };
}

/** Samples of Every Eval Ever: the `_samples.jsonl` beside an aggregate file, one object an item. */
export const everyEvalSamples = (): ForeignFormat => ({
  name: "samples of Every Eval Ever",
  fits: (value) => "sample_id" in value && ("evaluation_id" in value || "interaction_type" in value),
  fields: (value, tell) => {
    const input = isObject(value.input) ? value.input : {},
      metadata = isObject(value.metadata) ? value.metadata : {};
    if (value.interaction_type !== undefined && value.interaction_type !== "single_turn")
      tell(`interaction_type is ${JSON.stringify(value.interaction_type)}: items of one turn are scored`);
    const hasChoices = Array.isArray(input.choices) && input.choices.length > 0;
    return {
      id: value.sample_id,
      ...besides(metadata, value.sample_id, hasChoices),
      ...(isText(input.raw) ? { question: input.raw } : {}),
      ...(hasChoices ? { choices: input.choices } : {}),
      target: onlyTarget(input.reference, tell),
      ...saidBy(value, tell),
    };
  },
});
