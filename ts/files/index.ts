/** The one door to the disk: what a failure is called, files written whole or not at all, reading, waiting for space. */

export type { IoContext } from "./codes.ts";
export {
  errnoOf,
  isDiskFull,
  isMissing,
  readFailure,
  writeFailure,
} from "./codes.ts";
export type { FolderOptions, FoundFile } from "./folders.ts";
export { filesBelow, makeFolders, makeNewFolder, namesIn, syncFolder } from "./folders.ts";
export type { Invalid, JsonSchema } from "./json.ts";
export { checkJson, jsonText, parseJson, readJson, readText } from "./json.ts";
export { keyedId, projectFolder } from "./key.ts";
export { packageRoot, packageVersion, pythonCacheDir, userCache } from "./package.ts";
export { maxSocketPathBytes, printable } from "./paths.ts";
export { streamBytes } from "./pieces.ts";
export {
  type FilePath,
  isLink,
  kindOfPath,
  lookInto,
  type PathKind,
  ReadRoom,
  readHead,
  readPart,
  readPieces,
  readWhole,
  realPath,
  refuseLarge,
  throwIfAborted,
} from "./read.ts";
export type { SpaceWait } from "./space.ts";
export { defaultSpaceWait, SpaceWaiter } from "./space.ts";
export { StreamedFile } from "./stream.ts";
export type { Content, WriteOptions } from "./whole.ts";
export { syncFile, writeNew, writeWhole } from "./whole.ts";
export { type ZipEntry, zipEntries } from "./zip/read.ts";
export { writeZip, type ZipContent } from "./zip/write.ts";
