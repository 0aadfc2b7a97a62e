/** The door of data sets before a run: verified, split, certified. */

export type { BuildOf } from "./cache/build.ts";
export { buildRows } from "./cache/build.ts";
export type { BuildDocument, GcDocument } from "./cache/document.ts";
export { collectRows } from "./cache/gc.ts";
export type { CertifyDocument } from "./certify.ts";
export { certifyData } from "./certify.ts";
export type { VerifyDocument } from "./document.ts";
export { dataPage } from "./own/page.ts";
export type { Survey } from "./own/survey.ts";
export { surveyFolder } from "./own/survey.ts";
export type { SplitDocument } from "./split.ts";
export { splitData } from "./split.ts";
export type { VerifyOptions } from "./verify.ts";
export { verifyData } from "./verify.ts";
