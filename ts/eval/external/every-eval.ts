import { shown } from "../rows/problems.ts";
import {
  answeredBy,
  besides,
  type Fields,
  type ForeignFormat,
  failed,
  isObject,
  isText,
  jsonIn,
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

/** The first result that an item stands under, and what was said there. */
interface FirstSeen {
  readonly result: unknown;
  readonly said: unknown;
}

/** Several types are a list; values of the metadata are texts. */
const withTypes = (metadata: Fields): Fields =>
  isText(metadata.types) && metadata.types.startsWith("[")
    ? { ...metadata, types: jsonIn(metadata.types) ?? metadata.types }
    : metadata;

/**
 * Samples of Every Eval Ever: the `_samples.jsonl` beside an aggregate file, one object for each item and result. An
 * item of several results is one row; what it says must be the same under each.
 */
export function everyEvalSamples(): ForeignFormat {
  const seen = new Map<string, FirstSeen>();
  return {
    name: "samples of Every Eval Ever",
    fits: (value) => "sample_id" in value && ("evaluation_id" in value || "interaction_type" in value),
    fields: (value, tell) => {
      const input = isObject(value.input) ? value.input : {},
        metadata = isObject(value.metadata) ? withTypes(value.metadata) : {};
      if (value.interaction_type !== undefined && value.interaction_type !== "single_turn")
        tell(`interaction_type is ${JSON.stringify(value.interaction_type)}: items of one turn are scored`);
      const hasChoices = Array.isArray(input.choices) && input.choices.length > 0;
      const row: Fields = {
        id: value.sample_id,
        ...besides(metadata, value.sample_id, hasChoices),
        ...answeredBy(metadata),
        ...(isText(input.raw) ? { question: input.raw } : {}),
        ...(hasChoices ? { choices: input.choices } : {}),
        target: onlyTarget(input.reference, tell),
        ...saidBy(value, tell),
      };
      const result = value.evaluation_result_id ?? value.evaluation_name,
        key = `${String(row.task)} ${String(row.id)}`,
        first = seen.get(key);
      if (first === undefined) seen.set(key, { result, said: row.prediction });
      else if (first.result !== result) {
        if (first.said === row.prediction) return undefined;
        tell(`${shown(String(row.id))} says something else than under ${shown(String(first.result))}`);
      }
      return row;
    },
  };
}
