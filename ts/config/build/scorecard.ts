import type { ScoreCell } from "../../schema/answers/scorecard.ts";
import type { MetricWith, QuestionType, TaskId } from "../../schema/task.ts";
import type { TaskOf } from "./parts.ts";

type MetricCells<M extends string> = {
  readonly [K in M]: K extends MetricWith<readonly ["micro", "macro", "types", "unparsed"]>
    ? {
        readonly micro: ScoreCell;
        readonly macro: ScoreCell;
        readonly types: { readonly [Q in QuestionType]?: ScoreCell };
      }
    : ScoreCell;
};

/** The scorecard of an experiment's tasks: `scorecard["closed-vqa"].accuracy.micro`. */
export type ScorecardOf<K> = {
  readonly [T in keyof K]-?: NonNullable<K[T]> extends TaskOf<TaskId, infer M> ? MetricCells<M> : never;
};
