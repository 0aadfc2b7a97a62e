import type { QuestionType } from "../../../schema/task.ts";
import type { FactName } from "../truth/facts.ts";

/** Phrasings of one thing: `seen` may be trained on, `unseen` are kept out of every training split. */
export interface Phrasings {
  readonly seen: readonly string[];
  readonly unseen: readonly string[];
}

/** Kinds of question about a whole volume; each asks for one fact, whose classes are its four options. */
export const questionKinds = [
  "plane",
  "phase",
  "lesion-organ",
  "missing-organ",
  "lesion-type",
  "vessel-or-nodules",
  "opacity-side",
  "granuloma-higher",
] as const;

export type QuestionKind = (typeof questionKinds)[number];

/** The M3D type and the fact of each kind. */
export const kindTable: Record<QuestionKind, { readonly type: QuestionType; readonly fact: FactName }> = {
  plane: { type: "plane", fact: "plane" },
  phase: { type: "phase", fact: "phase" },
  "lesion-organ": { type: "organ", fact: "lesionOrgan" },
  "missing-organ": { type: "organ", fact: "missingOrgan" },
  "lesion-type": { type: "abnormality", fact: "lesionType" },
  "vessel-or-nodules": { type: "abnormality", fact: "vesselOrNodules" },
  "opacity-side": { type: "location", fact: "opacitySide" },
  "granuloma-higher": { type: "location", fact: "granulomaHigher" },
};

/**
 * Kinds that ask for order along z, with the two answers that share one multiset of slices. The accuracy over
 * items whose
 * target is one of the two is the pair accuracy: a model blind to order gets half of them, whatever its
 * four-way accuracy.
 */
export const orderPairs = {
  "vessel-or-nodules": ["vessel", "nodules"],
  "granuloma-higher": ["left", "right"],
} as const satisfies Partial<Record<QuestionKind, readonly [string, string]>>;

/** Phrasings of each kind. No text holds a word of any of its options. */
export const questionPhrasings: Record<QuestionKind, Phrasings> = {
  plane: {
    seen: [
      "Which plane is this scan in?",
      "What is the plane of this scan?",
      "In which plane are the slices?",
      "What plane is shown?",
      "Name the plane of the image.",
      "Which imaging plane was used?",
      "What is the imaging plane?",
      "How are the slices oriented?",
      "What is the orientation of the scan?",
      "Name the orientation of the slices.",
    ],
    unseen: [
      "What plane are the slices in?",
      "Which orientation is shown?",
      "Name the imaging plane of this scan.",
    ],
  },
  phase: {
    seen: [
      "Which phase is this scan in?",
      "What is the phase of this scan?",
      "In which phase was the scan taken?",
      "What phase is shown?",
      "Name the phase of the image.",
      "Which phase was used?",
      "What is the enhancement phase?",
      "How is the aorta enhanced?",
      "What is the enhancement of the scan?",
      "Name the enhancement of the aorta.",
    ],
    unseen: [
      "What phase was this scan taken in?",
      "Which enhancement phase is shown?",
      "Name the phase of this scan.",
    ],
  },
  "lesion-organ": {
    seen: [
      "Which organ contains the lesion?",
      "In which organ is the lesion?",
      "What organ has a lesion?",
      "Name the organ with the lesion.",
      "The lesion lies in which organ?",
      "Which organ is affected?",
      "What organ is affected by the lesion?",
      "Which organ shows a lesion?",
      "Name the affected organ.",
      "In what organ does the lesion lie?",
    ],
    unseen: [
      "Which organ has the lesion?",
      "What organ contains a lesion?",
      "Name the organ affected by the lesion.",
    ],
  },
  "missing-organ": {
    seen: [
      "Which organ is missing?",
      "What organ is absent?",
      "Which organ is not seen?",
      "Name the missing organ.",
      "What organ was removed?",
      "Which organ was removed?",
      "Name the organ that is absent.",
      "Which organ, if any, is missing?",
      "What organ is not present?",
      "Which organ is not shown?",
    ],
    unseen: ["Which organ is absent?", "What organ is missing?", "Name the organ that was removed."],
  },
  "lesion-type": {
    seen: [
      "What is the lesion?",
      "What type of lesion is shown?",
      "Which type of lesion is this?",
      "What kind of lesion is present?",
      "Name the lesion.",
      "Name the type of the lesion.",
      "What does the lesion look like?",
      "What is the abdominal lesion?",
      "Which lesion is seen in the abdomen?",
      "What kind of lesion is in the abdomen?",
    ],
    unseen: [
      "What kind of lesion is this?",
      "Which type of lesion is present?",
      "Name the abdominal lesion.",
    ],
  },
  "vessel-or-nodules": {
    seen: [
      "What is seen in the front of the lungs?",
      "What lies in the front of the lungs?",
      "What is at the front of the chest?",
      "Which structure is seen in the front of the lungs?",
      "What structure lies at the front of the chest?",
      "Name the structure in the front of the lungs.",
      "What do the anterior lungs show?",
      "What is the anterior lung finding?",
      "Which structure is in the anterior lungs?",
      "Name the anterior lung finding.",
    ],
    unseen: [
      "What structure is seen in the anterior lungs?",
      "What is present in the front of the lungs?",
      "Name the structure at the front of the chest.",
    ],
  },
  "opacity-side": {
    seen: [
      "Which side is the opacity on?",
      "Where is the opacity?",
      "On which side is the lung opacity?",
      "Which lung has an opacity?",
      "Which lung is affected by opacity?",
      "Name the side of the opacity.",
      "Where is the lung opacity?",
      "In which lung is the opacity?",
      "What side shows an opacity?",
      "Which side of the chest has an opacity?",
    ],
    unseen: [
      "On what side is the opacity?",
      "Which lung shows an opacity?",
      "Name the lung with the opacity.",
    ],
  },
  "granuloma-higher": {
    seen: [
      "Which granuloma is higher?",
      "Which side has the higher granuloma?",
      "Where is the higher granuloma?",
      "Which granuloma is closer to the head?",
      "On which side is the upper granuloma?",
      "Name the side of the higher granuloma.",
      "The higher granuloma is on which side?",
      "Which of the granulomas is higher?",
      "What side has the upper granuloma?",
      "Which granuloma lies higher in the chest?",
    ],
    unseen: [
      "On what side is the higher granuloma?",
      "Which of the granulomas is closer to the head?",
      "Which side has the upper granuloma?",
    ],
  },
};

/** Ways to ask for a report. */
export const reportPrompts: Phrasings = {
  seen: [
    "Describe the scan.",
    "Describe this CT scan.",
    "Describe the findings.",
    "Describe what is seen.",
    "Write a report.",
    "Write a report of this scan.",
    "Write the findings.",
    "Write a summary of the findings.",
    "Report the findings.",
    "Report this scan.",
    "Report on this CT scan.",
    "Give a report of the scan.",
    "Give the findings of this scan.",
    "Give a description of the scan.",
    "Give a radiology report of this CT scan.",
    "Provide a report.",
    "Provide the findings of the scan.",
    "Provide a description of this image.",
    "Summarize the findings.",
    "Summarize this scan.",
    "Write a radiology report.",
    "What are the findings?",
  ],
  unseen: [
    "Write a description of this scan.",
    "Summarize what is seen.",
    "Provide a radiology report.",
    "Describe the findings of this CT scan.",
    "Give a summary of the scan.",
  ],
};
