/** The door of data sets before a run: verified, split, certified. */

export type { VerifyDocument } from "./document.ts";
export type { VerifyOptions } from "./verify.ts";
export { openNamed, verifyData } from "./verify.ts";
