import type { JsonValue } from "../../../errors.ts";
import { type BaselineName, baselines, type Guessed, type Steps } from "../../../eval/index.ts";
import { digestJson } from "../../../schema/digest.ts";
import type { ItemRow } from "../../../schema/sample.ts";
import { predicts } from "../../../schema/task.ts";
import type { Row } from "../../../track/read/index.ts";
import type { EvaluatedCase } from "../../evaluate/cases.ts";
import type { EvalMaterial } from "../material.ts";
import { inStage, isFailure, type StagePart, type StageWorld } from "../record/stages.ts";
import { type ArmName, arms } from "./arms.ts";

/** Does work in small steps; the caller decides whether signals are heard in between. */
export type Take = <T>(steps: Steps<T>) => Promise<T>;

interface Extracting {
  readonly world: StageWorld;
  readonly material: EvalMaterial;
  /** How options are compared, as the recipe has it. */
  readonly answer: string;
  readonly take: Take;
}

/** A row of a predictions file without what was said. */
function headOf(
  { subject }: EvaluatedCase,
  { id, task, type, question, choices, target, ...item }: ItemRow,
): Row {
  return {
    id,
    case: item.case,
    subject,
    task,
    ...(type === undefined ? {} : { type }),
    question,
    ...(choices === undefined ? {} : { choices }),
    target,
  };
}

/** An item that could not be answered counts as an empty answer, without a likeliest option, and says why. */
function predictionOf(head: Row, said: Row, mode: string): Row {
  if (isFailure(said)) {
    const none = ((head.choices ?? []) as readonly string[]).map(() => null);
    const options: { readonly [key: string]: readonly null[] } =
      mode === "generate" ? {} : { choiceLogProbs: none, choiceTokens: none };
    return { ...head, prediction: "", answerMode: mode, ...options, meta: { error: said.error ?? null } };
  }
  const { id: _id, text, ...rest } = said;
  return { ...head, prediction: text ?? "", answerMode: mode, ...rest };
}

/**
 * The predictions file of an arm: what was said, joined with what was asked and what is right.
 *
 * @param generated - the arm's part of the stage `generate`.
 */
export async function extractArm(
  { world, material, answer }: Extracting,
  name: ArmName,
  generated: StagePart,
): Promise<StagePart> {
  const inputs = { generated: generated.digest, items: material.digest, answer };
  return await inStage(world, { name: "extract", part: name, inputs }, async ({ log }) => {
    const said = new Map(generated.rows.map((row) => [row.id, row]));
    const rows = material.cases.flatMap((entry) =>
      entry.items.filter(arms[name].asks).flatMap((item) => {
        const row = said.get(item.id);
        const mode = predicts(item.task, "choice") && !arms[name].inWords ? answer : "generate";
        return row === undefined ? [] : [predictionOf(headOf(entry, item), row, mode)];
      }),
    );
    await log.append(rows);
    return null;
  });
}

/** Cases as a baseline is asked about them: with facts, and with the questions that are evaluated alone. */
function askedOf({ cases, heldOut }: EvalMaterial) {
  const asked = new Map(cases.map(({ id, items }) => [id, items]));
  return heldOut.flatMap(({ row }) => {
    const items = asked.get(row.case);
    return items === undefined ? [] : [{ row, items }];
  });
}

/**
 * The predictions file of an adversary that is made of the training texts.
 *
 * @returns its rows; none, and `result` says why, where it cannot be made.
 */
export async function extractBaseline(
  { world, material, take }: Extracting,
  name: BaselineName,
): Promise<StagePart> {
  const training = material.training ?? [];
  const inputs = {
    items: material.digest,
    facts: digestJson(
      material.heldOut.map(({ row }) => row.facts ?? null),
      "the facts of the cases",
    ),
    training: digestJson(
      training.map(({ row, items }) => [row.facts ?? null, items]),
      "the training cases",
    ),
  };
  return await inStage(
    world,
    { name: "extract", part: name, inputs },
    async ({ log }): Promise<JsonValue> => {
      const guessed: Guessed =
        material.training === null
          ? { leftOut: "the run's training data is not there" }
          : await take(baselines[name].guess(training, askedOf(material)));
      if ("leftOut" in guessed) return { leftOut: guessed.leftOut };
      const rows = material.cases.flatMap((entry) =>
        entry.items.flatMap((item) => {
          const guess = guessed.guesses.get(item.id);
          return guess === undefined
            ? []
            : [{ ...headOf(entry, item), prediction: guess, answerMode: "generate" }];
        }),
      );
      await log.append(rows);
      return rows.length === 0 ? { leftOut: "nothing is asked that it answers" } : { says: guessed.says };
    },
  );
}
