/** The one door to the disk: what a failure is called, files written whole or not at all, reading, waiting for space. */

export type { IoContext } from "./codes.ts";
export { errnoOf, ioFailure } from "./codes.ts";
export { packageRoot, packageVersion } from "./package.ts";
export type { PatientWrite } from "./patient-write.ts";
export { impatient, writeError, writeWhole } from "./patient-write.ts";
export {
  fileError,
  filesBelow,
  kindOfPath,
  type PathKind,
  printable,
  readHead,
  readWhole,
  throwIfAborted,
} from "./read.ts";
export type { SpaceWait, WaitingTogether } from "./space.ts";
export { defaultSpaceWait, waitForSpace } from "./space.ts";
export { syncFile, syncFolder, writeDurably } from "./whole.ts";
