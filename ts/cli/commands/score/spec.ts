import type { CommandSpec, FlagSpec } from "../../words/command.ts";
import { schemaOf } from "../../words/schema.ts";
import { runsFlag } from "../../words/shared-flags.ts";

/** `--profile`, of every command that scores; each is a row of `eval/profiles`. */
export const profileFlag: FlagSpec = {
  name: "profile",
  kind: "choice",
  choices: ["strict", "lenient", "m3d-compat", "ct-spatial-vqa"],
  isRequired: true,
  doc: "Parser and rules: ours (strict, lenient), or a benchmark's own.",
};

/** `--gate`, of every command that prints numbers. */
export const gateFlag: FlagSpec = {
  name: "gate",
  kind: "text",
  argument: "EXPR",
  isMany: true,
  doc: "A limit, as closed-vqa/accuracy.micro.ciLow>=0.5; exit 1 where it fails.",
};

/** `--out`, of every command that prints numbers. */
export const outFlag: FlagSpec = {
  name: "out",
  kind: "text",
  argument: "FILE",
  isMany: true,
  doc: "Write the result too, to a new file by its ending: .json, .md, .tex, .html.",
};

/** `--answer`, of every command that judges closed answers. */
export const answerFlag: FlagSpec = {
  name: "answer",
  kind: "choice",
  choices: ["generate", "loglik-sum", "loglik-token"],
  doc: "Judge closed answers by text or by log-probabilities; as given when absent.",
};

/** Name, flags and examples of `tomoe score`; nothing of it is loaded before it is called. */
export const scoreSpec: CommandSpec = {
  name: "score",
  summary: "Score predictions: metrics per task with confidence intervals.",
  arguments: [
    {
      name: "PREDICTIONS.jsonl|RUN|-",
      isRequired: true,
      doc: "predictions: JSON Lines, .csv, lm-eval samples, Inspect .eval, Every Eval Ever; a run's; or stdin",
    },
  ],
  flags: [
    profileFlag,
    {
      name: "metrics",
      kind: "text",
      argument: "A,B",
      doc: "Metrics, separated by commas; those that need the texts alone when absent.",
    },
    {
      name: "against",
      kind: "text",
      argument: "EXPECTED",
      doc: "What had to be answered: rows without prediction, or a run.",
    },
    {
      name: "missing",
      kind: "choice",
      choices: ["refuse", "wrong"],
      doc: "wrong: an expected item without a prediction counts as an empty answer.",
    },
    answerFlag,
    {
      name: "judged",
      kind: "text",
      argument: "FILE",
      isMany: true,
      doc: "What a person or model said of every item: {id, task, judge, value, signature} a line.",
    },
    {
      name: "weights",
      kind: "text",
      argument: "METRIC=FOLDER,...",
      isMany: true,
      doc: "Your model for bertscore: its folder, layer=N, idf, baseline=FILE.",
    },
    {
      name: "allow-leak",
      kind: "switch",
      doc: "Score a run on patients or reports it was trained on; every number says so.",
    },
    gateFlag,
    {
      ...outFlag,
      doc: "Write the result too, new: .json, .md, .tex, .html, .eval (Inspect), .eee.",
    },
    {
      name: "model",
      kind: "text",
      argument: "DEVELOPER/NAME",
      doc: "What an export calls the model; Every Eval Ever wants it.",
    },
    runsFlag,
  ],
  examples: [
    "tomoe score predictions.jsonl --profile strict --out scorecard.json --out table.tex --out page.html",
    "tomoe score runs/20261124-153012-chest-ct-k3f9/predictions.jsonl --profile strict",
    "tomoe score predictions.jsonl --profile lenient --against test-items.jsonl --judged readers.jsonl",
    "tomoe score predictions.jsonl --profile strict --model my-lab/ct-7b --out log.eval --out record.eee",
    "tomoe score p.jsonl --profile strict --metrics bertscore --weights bertscore=roberta-large,layer=17",
    'tomoe score - --profile strict --gate "closed-vqa/accuracy.micro.ciLow>=0.5"',
  ],
  load: async () => (await import("./run.ts")).score,
  schema: async () => schemaOf("score", (await import("./document.ts")).scoreDocument),
};
