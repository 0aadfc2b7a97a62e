import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readFailure } from "../../../files/index.ts";

/** Folders whose code decides what a walk over rows hands out, from the one of all code. */
const folders = ["data/dataset", "data/sources", "schema"];

let known: string | undefined;

/**
 * SHA-256 over the code that reads rows, and the engine that serialises some of them: another version may read the same
 * tables otherwise, and nobody has to remember to say so. Found out once a process.
 *
 * @throws TomoeError `PERMISSION`, `IO_FAILED`.
 */
export function readingCode(): string {
  known ??= codeWith(
    codeBelow(fileURLToPath(new URL("../../../", import.meta.url)), folders),
    process.versions.v8,
  );
  return known;
}

/** The digest of code as an engine of some version runs it. */
export function codeWith(code: string, engine: string): string {
  return createHash("sha256").update(`${code}/${engine}`).digest("hex");
}

/** SHA-256 over the names and bytes of all files of code below folders of a root. */
export function codeBelow(root: string, parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) {
    const folder = join(root, part);
    try {
      const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
      for (const name of names.filter((one) => /\.[cm]?[jt]s$/.test(one)).sort()) {
        const bytes = readFileSync(join(folder, name));
        hash.update(`${part}/${name}\0${bytes.length}\0`).update(bytes);
      }
    } catch (cause) {
      throw readFailure(cause, { action: "read the code", path: folder });
    }
  }
  return hash.digest("hex");
}
