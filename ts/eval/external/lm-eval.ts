import { choiceLetter } from "../../schema/answers/letters.ts";
import {
  besides,
  type Fields,
  type ForeignFormat,
  isObject,
  isText,
  letterOfIndex,
  onlyTarget,
  type Tell,
} from "./foreign.ts";

/** "-1.25" and -1.25 alike: the harness writes log-probabilities as either. */
function logProbOf(value: unknown): number | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : undefined;
  if (Array.isArray(first)) return logProbOf(first);
  const number = isText(first) && first.trim() !== "" ? Number(first) : first;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

function optionsOf({ doc, arguments: asked }: Fields): readonly unknown[] {
  const told = isObject(doc) ? (doc.choices ?? doc.options) : undefined;
  const list = isObject(told) ? told.text : told;
  if (Array.isArray(list)) return list;
  // Continuations that were compared, as the harness keeps its calls.
  return isObject(asked)
    ? Object.values(asked).flatMap((call) =>
        isObject(call) && isText(call.arg_1) ? [call.arg_1.trim()] : [],
      )
    : [];
}

function byLikelihood(resps: readonly unknown[], choices: readonly unknown[], tell: Tell): Fields {
  const logProbs = resps.map(logProbOf);
  const known = logProbs.filter((one) => one !== undefined);
  if (known.length < resps.length || resps.length !== choices.length) {
    tell(
      `${resps.length} options were compared and ${choices.length} are named: it is no question with options`,
    );
    return { prediction: "" };
  }
  const best = known.indexOf(Math.max(...known));
  return { prediction: choiceLetter(best), choiceLogProbs: known, answerMode: "loglik-sum" };
}

/** What was said, before any filter: answers are read by the profile's parser. */
function generated(resps: unknown, tell: Tell): Fields {
  const first: unknown = Array.isArray(resps) ? resps[0] : undefined;
  const texts = Array.isArray(first) ? first : [first];
  const [said] = texts as readonly unknown[];
  if (isText(said) && texts.length === 1 && Array.isArray(resps) && resps.length === 1)
    return { prediction: said, answerMode: "generate" };
  tell("resps holds not one text, and no log-probability an option: one answer an item is scored");
  return { prediction: "" };
}

/** Samples of the LM Evaluation Harness: `samples_<task>_<date>.jsonl`, as `--log_samples` writes them. */
export function lmEvalSamples(): ForeignFormat {
  let filter: unknown;
  let isFirst = true;
  return {
    name: "samples of the LM Evaluation Harness",
    fits: (value) => "doc_id" in value && ("resps" in value || "filtered_resps" in value),
    fields: (value, tell) => {
      if (isFirst) ({ filter } = value);
      isFirst = false;
      // Each filter repeats all items; what was said is the same.
      if (value.filter !== filter) return undefined;
      const doc = isObject(value.doc) ? value.doc : {};
      const resps = value.resps ?? value.filtered_resps;
      const isCompared = Array.isArray(resps) && resps.length > 1 && logProbOf(resps[0]) !== undefined;
      const choices = optionsOf(value);
      const hasChoices = isCompared || (isObject(value.doc) && Array.isArray(doc.choices));
      const wanted = onlyTarget(value.target, tell);
      return {
        id: value.doc_id,
        ...besides(doc, value.doc_id, hasChoices),
        ...(isText(doc.question) ? { question: doc.question } : {}),
        ...(hasChoices ? { choices } : {}),
        target: hasChoices ? letterOfIndex(wanted, choices, tell) : wanted,
        ...(isCompared ? byLikelihood(resps, choices, tell) : generated(resps, tell)),
      };
    },
  };
}
