/** What a task has the model say: a report of many sentences, one of the options given, or a short answer. */
export type Prediction = "report" | "choice" | "answer";

/** All that the schemas, the router, the training data and the scorer know of a task. */
export interface TaskRow {
  /**
   * A `request` stands alone and has prompt texts of its own, which train the router; `question`s share the
   * texts that ask about a scan, and what they predict tells them apart.
   */
  readonly asks: "request" | "question";
  /** Decides the metrics a task can have, whether its items have options, and which token weight applies. */
  readonly predicts: Prediction;
  /** What it is, in one sentence. */
  readonly sentence: string;
}

/**
 * The tasks, in the order in which they are listed, scored and shown. The key is the task's id: the same in a
 * recipe, on the wire, in a run folder and on the command line.
 */
export const taskTable = {
  report: {
    asks: "request",
    predicts: "report",
    sentence: "A radiology report of the whole scan.",
  },
  "closed-vqa": {
    asks: "question",
    predicts: "choice",
    sentence: "A question with options, answered by one of them.",
  },
  "open-vqa": {
    asks: "question",
    predicts: "answer",
    sentence: "A question without options, answered in a few words.",
  },
} as const satisfies Readonly<Record<string, TaskRow>>;
