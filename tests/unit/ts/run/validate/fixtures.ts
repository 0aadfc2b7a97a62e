// The small experiment with a validation split, measured on scripted workers.
import type { Corpus } from "../../../../../ts/run/prepare/material.ts";
import type { Script } from "../../../../support/scripted-model.ts";
import { corpusOf, type JobOptions, newJob, type TestJob } from "../fixtures.ts";

/** The material of words, two of whose held-out cases are the validation split. */
export function validationCorpus(): Corpus {
  const corpus = corpusOf();
  const cases = corpus.volumes.cases.map((entry) =>
    /-test-[01]$/.test(entry.row.case)
      ? { ...entry, row: { ...entry.row, split: "validation" as const } }
      : entry,
  );
  return { ...corpus, volumes: { ...corpus.volumes, cases } };
}

/** A job that validates as it says, every two steps when it says nothing. */
export async function validatedJob(
  wishes: string = "{every:2}",
  options: Omit<JobOptions, "set" | "corpus"> = {},
): Promise<TestJob> {
  const plain = wishes.replaceAll(/(\w+):/g, '"$1":').replaceAll("'", '"');
  return await newJob({ ...options, set: [`validation=${plain}`], corpus: validationCorpus() });
}

/** Answers whose loss follows a list, look by look: each item's target has that many nats a token. */
export function lossesScript(...nats: readonly number[]): Script {
  const seen: string[] = [];
  return {
    logProbs: ({ choices }, weights) => {
      if (!seen.includes(weights)) seen.push(weights);
      const loss = nats[Math.min(seen.indexOf(weights), nats.length - 1)] ?? 0;
      // The scripted rank says that an option has a token a word, and one for its end.
      return choices.map((choice, at) => -loss * (choice.split(" ").length + 1) - at);
    },
  };
}
