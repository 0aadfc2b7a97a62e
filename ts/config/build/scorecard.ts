import type { ScoreCell } from "../../schema/answers/scorecard.ts";
import type { MetricWith, TaskId } from "../../schema/task.ts";
import type { TaskOf, TypesOf } from "./parts.ts";

type MetricCells<M extends string, Types extends string> = {
  readonly [K in M]: K extends MetricWith<readonly ["micro", "macro", "types", "unparsed"]>
    ? {
        readonly micro: ScoreCell;
        readonly macro: ScoreCell;
        readonly types: { readonly [Q in Types]?: ScoreCell };
      }
    : ScoreCell;
};

/** The scorecard of an experiment's tasks: `scorecard["closed-vqa"].accuracy.micro`. */
export type ScorecardOf<K> = {
  readonly [T in keyof K]-?: NonNullable<K[T]> extends TaskOf<TaskId, infer M>
    ? MetricCells<M, TypesOf<NonNullable<K[T]>>>
    : never;
};
