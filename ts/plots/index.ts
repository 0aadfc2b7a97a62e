/** Plots of a run and of a scan as SVG text: pure functions, no file is touched. */

export type { CohortPicture } from "./cohort/picture.ts";
export { renderCohort } from "./cohort/picture.ts";
export type { Point } from "./curve.ts";
export type { EvalPage, PageCase, PageItem, PageOption } from "./eval/page.ts";
export { renderEvalPage } from "./eval/page.ts";
export type { ExpertLoadLayer, ExpertLoadPlot, ExpertLoadRow } from "./expert-load.ts";
export { renderExpertLoad } from "./expert-load.ts";
export type { LossPlot, LossSeries, LossStage } from "./loss-curve.ts";
export { renderLossCurves } from "./loss-curve.ts";
export type { GreyImage } from "./scan/grey-png.ts";
export type { ScanPicture } from "./scan/picture.ts";
export { renderScanPicture } from "./scan/picture.ts";
export { escapeText } from "./svg.ts";
export { renderSweepHistory } from "./sweep/history.ts";
export { renderImportance } from "./sweep/importance.ts";
export { renderParallel } from "./sweep/parallel.ts";
