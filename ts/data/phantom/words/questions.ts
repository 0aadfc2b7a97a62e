import { TomoeError } from "../../../errors.ts";
import type { ItemRow } from "../../../schema/sample.ts";
import type { Random } from "../random.ts";
import { createRandom } from "../random.ts";
import type { FactName, PhantomTruth } from "../truth/facts.ts";
import { factClasses } from "../truth/facts.ts";
import { phantomReport } from "./report.ts";
import type { Phrasings, QuestionKind } from "./wording.ts";
import { kindTable, questionKinds, questionPhrasings, reportPrompts } from "./wording.ts";

export type Split = "train" | "validation" | "test";

/** Share of training questions asked without options. */
const openShare = 0.3;
/** Share of validation and test questions asked once more without options. */
const alsoOpenShare = 0.3;
/** Share of validation and test items whose words were kept out of training. */
const unseenShare = 0.2;
/**
 * Axial stacks are seven times as common as each other plane: asking one in seven of them makes all answers
 * equally likely.
 */
const axialPlaneShare = 1 / 7;

/**
 * The items of one volume: its questions and one report.
 *
 * In training each question is asked once, with or without options; in validation and test each is asked with
 * options and
 * some once more without. The id reads `case:kind:form:wording` (see `parseItemId`).
 *
 * @param caseId the case the items belong to
 */
export function phantomItems(truth: PhantomTruth, caseId: string, split: Split): readonly ItemRow[] {
  const random = createRandom(truth.seed, "questions");
  const items: ItemRow[] = [];
  for (const kind of askedKinds(truth, random)) {
    const fact = kindTable[kind].fact;
    const target = factValue(truth, fact);
    if (target === null) continue;
    for (const form of drawForms(split, random)) {
      const words = drawWords(questionPhrasings[kind], split, random);
      items.push(
        questionItem(
          { caseId, kind, type: kindTable[kind].type, form, ...words, options: factClasses[fact], target },
          random,
        ),
      );
    }
  }
  const words = drawWords(reportPrompts, split, random);
  items.push({
    id: itemId(caseId, "report", "open", words.wording),
    case: caseId,
    task: "report",
    question: words.question,
    target: phantomReport(truth, createRandom(truth.seed, "wording")),
  });
  return items;
}

/** The value of a fact, null where it does not apply. */
export function factValue(truth: PhantomTruth, fact: FactName): string | null {
  return truth[fact];
}

function askedKinds(truth: PhantomTruth, random: Random): readonly QuestionKind[] {
  const askPlane = random.chance(axialPlaneShare) || truth.plane !== "axial";
  return questionKinds.filter((kind) => kind !== "plane" || askPlane);
}

type Form = "closed" | "open";
type Wording = "seen" | "unseen";

/** Which forms one question takes in a split. */
export function drawForms(split: Split, random: Random): readonly Form[] {
  if (split === "train") return [random.chance(openShare) ? "open" : "closed"];
  return random.chance(alsoOpenShare) ? ["closed", "open"] : ["closed"];
}

/** Draws the words of a prompt: in training always seen ones. */
export function drawWords(
  phrasings: Phrasings,
  split: Split,
  random: Random,
): { readonly question: string; readonly wording: Wording } {
  const wording: Wording = random.chance(unseenShare) && split !== "train" ? "unseen" : "seen";
  return { question: random.pick(phrasings[wording]), wording };
}

interface Question {
  readonly caseId: string;
  readonly kind: string;
  readonly type?: ItemRow["type"];
  readonly form: Form;
  readonly question: string;
  readonly wording: Wording;
  readonly options: readonly string[];
  readonly target: string;
}

/** One question item; a closed one has its options shuffled and its target is the text of one of them. */
export function questionItem(asked: Question, random: Random): ItemRow {
  const choices = random.shuffle(asked.options);
  return {
    id: itemId(asked.caseId, asked.kind, asked.form, asked.wording),
    case: asked.caseId,
    task: asked.form === "closed" ? "closed-vqa" : "open-vqa",
    ...(asked.type === undefined ? {} : { type: asked.type }),
    question: asked.question,
    ...(asked.form === "closed" ? { choices } : {}),
    target: asked.target,
  };
}

function itemId(caseId: string, kind: string, form: Form, wording: Wording): string {
  return `${caseId}:${kind}:${form}:${wording}`;
}

/** What the id of a phantom item says. */
export interface ItemIdParts {
  readonly caseId: string;
  /** A question kind, or "report". */
  readonly kind: string;
  readonly form: Form;
  /** "unseen" when the words of the prompt were kept out of training. */
  readonly wording: Wording;
}

/**
 * Reads the id of a phantom item.
 *
 * @throws DATA_MANIFEST when it is not of the form `case:kind:closed|open:seen|unseen`
 */
export function parseItemId(id: string): ItemIdParts {
  const [caseId, kind, form, wording, ...rest] = id.split(":");
  if (
    caseId &&
    kind &&
    (form === "closed" || form === "open") &&
    (wording === "seen" || wording === "unseen") &&
    rest.length === 0
  ) {
    return { caseId, kind, form, wording };
  }
  throw new TomoeError("DATA_MANIFEST", `item id "${id}" is not case:kind:form:wording`, {
    hint: "Only items that the phantom generator wrote carry such ids.",
    details: { id },
  });
}
