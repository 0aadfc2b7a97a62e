import { createHash, randomUUID } from "node:crypto";
import { dirname, join } from "node:path";
import {
  type Exported,
  everyEvalLines,
  everyEvalPath,
  everyEvalRecord,
  inspectLog,
} from "../../../eval/index.ts";
import {
  jsonText,
  makeFolders,
  makeNewFolder,
  type SpaceWaiter,
  StreamedFile,
  writeWhole,
  writeZip,
} from "../../../files/index.ts";

interface ExportOptions {
  readonly space?: SpaceWaiter;
  readonly signal?: AbortSignal;
}

/**
 * Writes a scorecard with its items as an Inspect log.
 *
 * @param path - of the archive, `*.eval`.
 * @throws TomoeError as `writeZip`.
 */
export async function writeInspectLog(path: string, made: Exported, options: ExportOptions): Promise<void> {
  await writeZip(path, inspectLog(made), options);
}

/**
 * Writes a scorecard and its items as Every Eval Ever's datastore lays them: below a new folder
 * `data/<name>/<developer>/<model>/`, an aggregate `<uuid>.json` and `<uuid>_samples.jsonl`.
 *
 * @returns the two files.
 * @throws TomoeError `OUTPUT_CREATE` where the folder is there; as `StreamedFile`; the signal's reason.
 */
export async function writeEveryEval(
  folder: string,
  made: Exported,
  { space, signal }: ExportOptions,
): Promise<readonly string[]> {
  const stem = everyEvalPath(made, randomUUID());
  const path = `${stem}_samples.jsonl`;
  await makeNewFolder(folder, { setBy: "--out" });
  await makeFolders(join(folder, dirname(stem)), { setBy: "--out" });
  const hash = createHash("sha256");
  let lines = 0;
  const file = await StreamedFile.begin(join(folder, path), space);
  try {
    for (const line of everyEvalLines(made)) {
      signal?.throwIfAborted();
      hash.update(line);
      lines += 1;
      await file.write(line);
    }
    await file.commit();
  } finally {
    await file.abandon();
  }
  const record = everyEvalRecord(made, { path, sha256: hash.digest("hex"), lines });
  await writeWhole(join(folder, `${stem}.json`), jsonText(record), space === undefined ? {} : { space });
  return [join(folder, `${stem}.json`), join(folder, path)];
}
