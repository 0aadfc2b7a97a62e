import type { Random } from "../random.ts";
import type { PhantomTruth } from "../truth/facts.ts";

/**
 * The report of a phantom: four sentences, six for an axial stack, each in one of two wordings.
 *
 * @param random draws the wordings
 */
export function phantomReport(truth: PhantomTruth, random: Random): string {
  const sentences: (readonly [string, string])[] = [
    [
      `${capital(truth.plane)} CT, ${truth.phase} phase.`,
      `${capital(truth.plane)} scan in the ${truth.phase} phase.`,
    ],
    lesionSentence(truth),
    missingSentence(truth),
    opacitySentence(truth),
  ];
  if (truth.granulomaHigher !== null) sentences.push(granulomaSentence(truth.granulomaHigher));
  if (truth.vesselOrNodules !== null) sentences.push(lineSentence(truth.vesselOrNodules));
  return sentences.map((wordings) => random.pick(wordings)).join(" ");
}

/** The noun of a lesion with its article. */
export function withArticle(noun: string): string {
  return /^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`;
}

/** First letter in upper case. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function lesionSentence({ lesionType, lesionOrgan }: PhantomTruth): readonly [string, string] {
  return [
    `${capital(withArticle(lesionType))} in the ${lesionOrgan}.`,
    `The ${lesionOrgan} contains ${withArticle(lesionType)}.`,
  ];
}

function missingSentence({ missingOrgan }: PhantomTruth): readonly [string, string] {
  if (missingOrgan === "none") return ["No organ is missing.", "All organs are present."];
  return [`The ${missingOrgan} is missing.`, `The ${missingOrgan} is absent.`];
}

function opacitySentence({ opacitySide }: PhantomTruth): readonly [string, string] {
  switch (opacitySide) {
    case "none":
      return ["No lung opacity.", "No opacity in the lungs."];
    case "both":
      return ["Opacity in both lungs.", "Both lungs show an opacity."];
    default:
      return [`Opacity in the ${opacitySide} lung.`, `The ${opacitySide} lung shows an opacity.`];
  }
}

function granulomaSentence(higher: NonNullable<PhantomTruth["granulomaHigher"]>): readonly [string, string] {
  switch (higher) {
    case "none":
      return ["No granuloma.", "No granuloma is seen."];
    case "same":
      return ["Both granulomas lie at the same level.", "The granulomas are at the same level."];
    default:
      return [`The ${higher} granuloma is higher.`, `The higher granuloma is on the ${higher}.`];
  }
}

function lineSentence(kind: NonNullable<PhantomTruth["vesselOrNodules"]>): readonly [string, string] {
  switch (kind) {
    case "none":
      return ["No anterior lung finding.", "No finding in the front of the lungs."];
    case "nodules":
      return ["Nodules in the front of the lungs.", "The anterior lungs show nodules."];
    default:
      return [
        `${capital(withArticle(kind))} in the front of the lungs.`,
        `The anterior lungs show ${withArticle(kind)}.`,
      ];
  }
}
