// A folder of the test's own that is gone afterwards.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Makes a fresh folder for the suite and removes it at the end. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tomoe-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
