/** Volumes that show how much of an answer comes from the image: all air, or the slices in a random order. */
export const controlNames = ["blank", "shuffled-slices"] as const;
export type ControlName = (typeof controlNames)[number];

/** What a blank volume holds: air. */
export const airHu = -1000;

/** Held-out slices are asked about when the 2D model is done, and again when the last stage is. */
export const slicesAsked = ["slices-before", "slices-after"] as const;

/** Everything that is scored beside the held-out volumes themselves; the last part of a metric's name. */
export type Beside = ControlName | (typeof slicesAsked)[number];

/** "accuracy.micro.blank": a metric of what is scored beside. */
export function metricBeside(metric: string, beside: Beside): string {
  return `${metric}.${beside}`;
}

/** True for a metric that is not of the held-out volumes as they are. */
export function isBeside(metric: string): boolean {
  return [...controlNames, ...slicesAsked].some((beside) => metric.endsWith(`.${beside}`));
}
