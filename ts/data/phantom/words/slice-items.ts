import type { ItemRow } from "../../../schema/sample.ts";
import type { ShapeTruth } from "../draw/shapes.ts";
import { shapeClasses } from "../draw/shapes.ts";
import type { SliceOrgan, SliceSample, SliceView } from "../draw/slices.ts";
import { axialSliceAsked, granulomaSides } from "../draw/slices.ts";
import type { Random } from "../random.ts";
import { createRandom } from "../random.ts";
import type { FactName } from "../truth/facts.ts";
import { classIndex, factClasses, factTable, presenceFacts } from "../truth/facts.ts";
import type { Split } from "./questions.ts";
import { drawForms, drawWords, questionItem } from "./questions.ts";
import { capital, withArticle } from "./report.ts";
import type { Phrasings } from "./wording.ts";
import { kindTable, questionPhrasings, reportPrompts } from "./wording.ts";

/** Facts of slices alone, beside those of volumes. */
const sliceFactClasses = { granulomaSide: granulomaSides, ...shapeClasses } as const;

/** Classes of the facts of slices: those of volumes, then those of slices alone. */
export function sliceFactTable(): Record<string, string[]> {
  const table = factTable();
  for (const [name, classes] of Object.entries(sliceFactClasses)) table[name] = [...classes];
  return table;
}

const organNames: Record<SliceOrgan, string> = {
  liver: "liver",
  spleen: "spleen",
  leftKidney: "left kidney",
  rightKidney: "right kidney",
};

/** The `facts` of a slice's case row; whatever the slice does not show is -1. */
export function sliceFacts(sample: SliceSample): Record<string, number> {
  const facts: Record<string, number> = {};
  for (const name of [...Object.keys(factClasses), ...presenceFacts, ...Object.keys(sliceFactClasses)])
    facts[name] = -1;
  if (sample.kind === "shape") {
    for (const [name, classes] of Object.entries(shapeClasses)) {
      facts[name] = (classes as readonly string[]).indexOf(sample.truth[name as keyof typeof shapeClasses]);
    }
    return facts;
  }
  const { view } = sample;
  facts.plane = classIndex("plane", view.truth.plane);
  facts.phase = classIndex("phase", view.phase);
  facts.lesionOrgan = classIndex("lesionOrgan", view.lesionSeen ? view.truth.lesionOrgan : null);
  facts.lesionType = classIndex("lesionType", view.lesionSeen ? view.truth.lesionType : null);
  facts.missingOrgan = classIndex("missingOrgan", view.missingOrgan);
  facts.opacitySide = classIndex("opacitySide", view.opacitySide);
  for (const organ of ["spleen", "leftKidney", "rightKidney"] as const) {
    if (view.organsSeen.includes(organ)) facts[organ] = 1;
    else if (view.missingOrgan === organNames[organ]) facts[organ] = 0;
  }
  if (view.granulomaSide !== null) {
    facts.granulomaSide = (granulomaSides as readonly string[]).indexOf(view.granulomaSide);
    facts.leftGranuloma = view.pixels.has("leftGranuloma") ? 1 : 0;
    facts.rightGranuloma = view.pixels.has("rightGranuloma") ? 1 : 0;
  }
  return facts;
}

const granulomaSideWords: Phrasings = {
  seen: [
    "Which lung has a granuloma?",
    "Which side shows a granuloma?",
    "Where is a granuloma seen?",
    "On which side is the granuloma?",
  ],
  unseen: ["In which lung is the granuloma?"],
};
const frontWords: Phrasings = questionPhrasings["vessel-or-nodules"];
const shapeWords: Phrasings = {
  seen: ["Which shape is shown?", "What shape is seen?", "Name the shape.", "What is the shape?"],
  unseen: ["What shape is shown?"],
};
const shapeSideWords: Phrasings = {
  seen: [
    "Where is the shape?",
    "On which side is the shape?",
    "Which side is the shape on?",
    "Name the side of the shape.",
  ],
  unseen: ["On what side is the shape?"],
};

/** The items of one slice: its questions and one caption. */
export function sliceItems(sample: SliceSample, caseId: string, split: Split): readonly ItemRow[] {
  const random = createRandom(sample.seed, "questions");
  const asked =
    sample.kind === "shape" ? shapeQuestions(sample.truth) : anatomyQuestions(sample.view, random);
  const items = asked.flatMap(({ phrasings, onlyOpen, ...rest }) =>
    (onlyOpen ? (["open"] as const) : drawForms(split, random)).map((form) =>
      questionItem({ caseId, form, ...rest, ...drawWords(phrasings, split, random) }, random),
    ),
  );
  const words = drawWords(reportPrompts, split, random);
  const caption = sample.kind === "shape" ? shapeCaption(sample.truth) : sliceCaption(sample.view);
  return [
    ...items,
    {
      id: `${caseId}:report:open:${words.wording}`,
      case: caseId,
      task: "report",
      question: words.question,
      target: caption,
    },
  ];
}

interface Asked {
  readonly kind: string;
  readonly type?: ItemRow["type"];
  readonly phrasings: Phrasings;
  readonly options: readonly string[];
  readonly target: string;
  /** A question with fewer than four answers is asked without options. */
  readonly onlyOpen: boolean;
}

function shapeQuestions(truth: ShapeTruth): readonly Asked[] {
  return [
    {
      kind: "shape",
      type: "shape",
      phrasings: shapeWords,
      options: shapeClasses.shape,
      target: truth.shape,
      onlyOpen: false,
    },
    {
      kind: "shape-side",
      type: "shape",
      phrasings: shapeSideWords,
      options: shapeClasses.shapeSide,
      target: truth.shapeSide,
      onlyOpen: false,
    },
  ];
}

function anatomyQuestions(view: SliceView, random: Random): readonly Asked[] {
  const { truth } = view;
  const asked: Asked[] = [];
  const ask = (kind: keyof typeof kindTable, target: string | null): void => {
    if (target === null) return;
    const { type, fact } = kindTable[kind];
    asked.push({
      kind,
      type,
      phrasings: questionPhrasings[kind],
      options: factClasses[fact as FactName],
      target,
      onlyOpen: false,
    });
  };
  const askPlane = random.chance(axialSliceAsked) || truth.plane !== "axial";
  ask("plane", askPlane ? truth.plane : null);
  ask("phase", view.phase);
  ask("lesion-organ", view.lesionSeen ? truth.lesionOrgan : null);
  ask("lesion-type", view.lesionSeen ? truth.lesionType : null);
  ask("missing-organ", view.missingOrgan);
  ask("opacity-side", view.opacitySide);
  if (view.granulomaSide !== null) {
    asked.push({
      kind: "granuloma-side",
      type: "location",
      phrasings: granulomaSideWords,
      options: granulomaSides,
      target: view.granulomaSide,
      onlyOpen: false,
    });
  }
  if (view.frontFinding !== null) {
    asked.push({
      kind: "front-finding",
      type: "abnormality",
      phrasings: frontWords,
      options: [],
      target: view.frontFinding,
      onlyOpen: true,
    });
  }
  return asked;
}

function shapeCaption(truth: ShapeTruth): string {
  const place =
    truth.shapeSide === "left" || truth.shapeSide === "right"
      ? `on the ${truth.shapeSide}`
      : `in the ${truth.shapeSide}`;
  return `${capital(truth.shapeBrightness)} ${truth.shape} ${place}.`;
}

/** What the slice shows: plane and phase, organs present, the lesion, then the findings of the lungs. */
function sliceCaption(view: SliceView): string {
  const { truth } = view;
  const sentences = [
    view.phase === null ? `${capital(truth.plane)} CT.` : `${capital(truth.plane)} CT, ${view.phase} phase.`,
  ];
  const organs = view.organsSeen.map((organ) => organNames[organ]);
  if (organs.length > 0)
    sentences.push(`${capital(listed(organs))} ${organs.length === 1 ? "is" : "are"} present.`);
  if (view.missingOrgan !== null)
    sentences.push(
      view.missingOrgan === "none" ? "No organ is missing." : `The ${view.missingOrgan} is missing.`,
    );
  if (view.lesionSeen)
    sentences.push(`${capital(withArticle(truth.lesionType))} in the ${truth.lesionOrgan}.`);
  if (view.opacitySide !== null) sentences.push(lungSentence("opacity", view.opacitySide));
  if (view.granulomaSide !== null) sentences.push(lungSentence("granuloma", view.granulomaSide));
  if (view.frontFinding !== null && view.frontFinding !== "none")
    sentences.push(`${capital(withArticle(view.frontFinding))} in the front of the lungs.`);
  return sentences.join(" ");
}

function lungSentence(finding: string, side: SliceView["granulomaSide"]): string {
  if (side === "none") return `No ${finding}.`;
  return side === "both" ? `${capital(finding)} in both lungs.` : `${capital(finding)} in the ${side} lung.`;
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
