import type { CommandSpec } from "../../words/command.ts";
import { schemaOf } from "../../words/schema.ts";
import { runsFlag } from "../../words/shared-flags.ts";
import { answerFlag, gateFlag, outFlag, profileFlag } from "../score/spec.ts";

/** Name, flags and examples of `tomoe compare`; nothing of it is loaded before it is called. */
export const compareSpec: CommandSpec = {
  name: "compare",
  summary: "Compare systems on the same items: differences with intervals, tests and verdicts.",
  arguments: [
    {
      name: "A",
      isRequired: true,
      doc: "the baseline: predictions, a run, or NAME=RUN,RUN,RUN (seeds of one recipe)",
    },
    { name: "B", isRequired: true, doc: "what is compared with it" },
    { name: "MORE", isRequired: false, isMany: true, doc: "others, each compared with A" },
  ],
  flags: [
    profileFlag,
    {
      name: "primary",
      kind: "text",
      argument: "TASK/METRIC",
      isMany: true,
      doc: "A number of the family that verdicts are given of; each task's first when absent.",
    },
    {
      name: "mapping",
      kind: "text",
      argument: "FILE",
      doc: 'Pairs of items that differ by design: {"a", "b"}, ids of A\'s and the others\', a line.',
    },
    answerFlag,
    gateFlag,
    outFlag,
    runsFlag,
  ],
  examples: [
    "tomoe compare baseline.jsonl ours.jsonl --profile strict",
    "tomoe compare dense=r1,r2,r3 moe=r4,r5,r6 --profile strict --primary closed-vqa/accuracy.macro",
  ],
  load: async () => (await import("./run.ts")).compare,
  schema: async () => schemaOf("compare", (await import("./document.ts")).compareDocument),
};
