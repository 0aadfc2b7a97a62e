// A folder of the test's own that is gone afterwards.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atEnd } from "./at-end.ts";

/** Makes a fresh folder and removes it after the last test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tomoe-test-"));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
