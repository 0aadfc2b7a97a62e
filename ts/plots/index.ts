/** Plots of a run as SVG text: pure functions, no file is touched. */

export type { Point } from "./curve.ts";
export type { ExpertLoadLayer, ExpertLoadPlot, ExpertLoadRow } from "./expert-load.ts";
export { renderExpertLoad } from "./expert-load.ts";
export type { LossPlot, LossSeries, LossStage } from "./loss-curve.ts";
export { renderLossCurves } from "./loss-curve.ts";
