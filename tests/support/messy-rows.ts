// Predictions as models really give them: hedged, contradicted, marked, in many scripts; from a seed.

import { seededUniform } from "../../ts/eval/index.ts";

const organs = [
  "liver",
  "left kidney",
  "right kidney",
  "C. difficile",
  "spleen",
  "NA",
  "Größe",
  "肝臓",
  "not seen",
];
const words =
  "no|a|cyst|in|the|liver|Liver,|effusions|nodular|3.5|cm|2,000|don't|left-sided|(mild)|&amp;|étude|ﬁbrosis|肝臓に嚢胞|киста|نهاية|'quoted'|-5|50%|İstanbul|Σίσυφος|T12-L1.|\u{1F600}|\n|\u00a0".split(
    "|",
  );

interface MessyOptions {
  readonly seed: number;
  readonly patients: number;
  /** Chance of a right answer, and of a word that stands in the target. */
  readonly skill: number;
  /** Several types a row, which have no mean over types. */
  readonly hasLists?: boolean;
}

/** Rows of all three tasks; two seeds have the same items where patients and lists are the same. */
export function messyRows({ seed, patients, skill, hasLists = false }: MessyOptions): readonly object[] {
  const items = seededUniform(patients),
    answers = seededUniform(seed);
  const pick = <T>(from: readonly T[], uniform: () => number): T =>
    from[Math.floor(uniform() * from.length)] as T;
  const text = (length: number, uniform: () => number): string =>
    Array.from({ length }, () => pick(words, uniform)).join(" ");
  const rows: object[] = [];
  for (let patient = 0; patient < patients; patient += 1) {
    for (let item = 0; item < 2 + Math.floor(items() * 5); item += 1) {
      const choices = [0, 1, 2, 3].map((at) => organs[(at * 2 + patient + item) % organs.length] ?? "");
      const there = choices.flatMap((choice, at) => (choice === "NA" ? [] : [at]));
      const right = pick(there, items),
        type = pick(["organ", "plane", "Ort (höher)"], items);
      const said = answers() < skill ? right : pick(there, answers);
      const other = pick(there, answers);
      const letter = (at: number): string => "ABCD"[at] ?? "";
      const prediction = pick(
        [
          letter(said),
          `${letter(said)}. ${choices[said]}`,
          `${letter(said)}. ${choices[other]}`,
          `**${letter(said)}**`,
          `The answer is ${letter(said).toLowerCase()}`,
          `The answer is ${letter(said)}.`,
          `${letter(said)} or ${letter(other)}`,
          `(${letter(said)}) then ${letter(other)}.`,
          choices[said] ?? "",
          `I see the ${choices[said]}`,
          `There is no ${choices[said]}`,
          `A lesion of the ${choices[said]}, isn't it`,
          `answer: ${letter(said)}`,
          "",
        ],
        answers,
      );
      const logProbs = choices.map((choice) => (choice === "NA" ? null : -answers() * 9));
      rows.push({
        id: `q${patient}-${item}`,
        case: `c${patient}-${item % 2}`,
        subject: `p${patient}`,
        task: "closed-vqa",
        type: hasLists && item % 2 === 0 ? [type, "all"] : hasLists ? [type] : type,
        choices,
        target: pick([letter(right), choices[right] ?? "", `${letter(right)}. ${choices[right]}`], items),
        prediction,
        choiceLogProbs: logProbs,
        choiceTokens: choices.map((choice) => (choice === "NA" ? null : 1 + choice.length)),
      });
    }
    for (const task of ["open-vqa", "report"] as const) {
      const target = text(1 + Math.floor(items() * (task === "report" ? 40 : 4)), items);
      const kept = target.split(" ").map((word) => (answers() < skill ? word : pick(words, answers)));
      rows.push({
        id: `${task}${patient}`,
        case: `c${patient}-0`,
        subject: `p${patient}`,
        task,
        ...(task === "open-vqa" ? { type: pick(["size", "site"], items) } : {}),
        target: target.trim() === "" ? "liver" : target,
        prediction: answers() < 0.1 ? "" : kept.join(" "),
      });
    }
  }
  return rows;
}

/** The rows as a predictions file has them. */
export const jsonLines = (rows: readonly object[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join("");
