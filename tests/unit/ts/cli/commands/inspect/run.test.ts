import { existsSync } from "node:fs";
import { join } from "node:path";
import { inspectDocument } from "../../../../../../ts/cli/commands/inspect/document.ts";
import { failureDocument } from "../../../../../../ts/cli/words/document-parts.ts";
import { onlyDocument, repoRoot, runProgram } from "../../program.ts";

const scans = join(repoRoot, "..", "shared", "data", "ct");
const present = existsSync(scans);
if (!present) console.warn(`skipped: no scans at ${scans}`);
const withScans = present ? it : it.skip;

describe("tomoe inspect", () => {
  withScans(
    "prints the document of the public interface for a scan, and for people every decision",
    async () => {
      const scan = join(scans, "nifti", "abdomen_3mm.nii.gz");
      const [json, text] = await Promise.all([
        runProgram(["inspect", scan, "--json"]),
        runProgram(["inspect", scan]),
      ]);
      expect(json.code).toBe(0);
      expect(inspectDocument.parse(onlyDocument(json.stdout))).toMatchObject({
        format: "nifti",
        orientation: "RAS",
        spacingMmDHW: [3, 3, 3],
        hu: { verdict: "ok" },
      });
      expect(text.stdout).toContain("HU       ok");
      expect(text.stdout).toMatch(/\n {2}hu-gate +verdict ok/);
    },
  );

  withScans("refuses an MR with exit code 65, a hint, and what could be read of it", async () => {
    const { code, stdout } = await runProgram([
      "inspect",
      join(scans, "refuse", "mr_not_ct.nii.gz"),
      "--json",
    ]);
    expect(code).toBe(65);
    const document = failureDocument.parse(onlyDocument(stdout));
    expect(document.error.code).toMatch(/^DATA_NOT_/);
    expect(document.error.details.inspection).toMatchObject({
      format: "nifti",
    });
  });

  it("of a path that is not there is exit code 64", async () => {
    const { code, stdout } = await runProgram(["inspect", "nowhere.nii.gz", "--json"]);
    expect([code, onlyDocument(stdout).error?.code]).toEqual([64, "PATH_NOT_FOUND"]);
  });
});
