import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspectDocument } from "../../../../../../ts/cli/commands/inspect/document.ts";
import { failureDocument } from "../../../../../../ts/cli/words/document-parts.ts";
import { bodyVoxels } from "../../../../../support/body-voxels.ts";
import { niftiFile } from "../../../../../support/nifti-file.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";
import { onlyDocument, repoRoot, runProgram } from "../../program.ts";

const root = temporaryFolder();
const put = (name: string, values: ArrayLike<number>, dtype: "int16" | "float32" = "int16"): string => {
  writeFileSync(join(root, name), niftiFile({ dims: [16, 12, 6], values, dtype }));
  return join(root, name);
};

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

  it("takes a policy and a series, and names what is wrong with either", async () => {
    const wrong = await runProgram(["inspect", "nowhere", "--policy", "tilt=guess", "--json"]);
    expect([wrong.code, onlyDocument(wrong.stdout).error?.message]).toEqual([
      64,
      expect.stringContaining(
        '--policy takes tilt=resample and spacing=resample, separated by a comma, found "tilt=guess"',
      ),
    ]);
  });

  withScans("reads a tilted head under the policy, with degrees and millimetres in the receipt", async () => {
    const scan = join(scans, "dicom", "ge_head_tilt");
    const policy = ["--policy", "tilt=resample,spacing=resample"];
    const [refused, read] = await Promise.all([
      runProgram(["inspect", scan]),
      runProgram(["inspect", scan, "--json", ...policy]),
    ]);
    expect([refused.code, refused.stderr]).toEqual([65, expect.stringContaining(policy.join(" "))]);
    const document = inspectDocument.parse(onlyDocument(read.stdout));
    expect(document).toMatchObject({ sourceShapeXYZ: [512, 512, 28], hu: { verdict: "ok" } });
    expect(JSON.stringify(document.receipt)).toMatch(/"degrees":18\.5.*"shiftMm":48\.2/);
  });

  it("of a path that is not there is exit code 64", async () => {
    const { code, stdout } = await runProgram(["inspect", "nowhere.nii.gz", "--json"]);
    expect([code, onlyDocument(stdout).error?.code]).toEqual([64, "PATH_NOT_FOUND"]);
  });

  it("draws a scan where it is asked to, and says where beside the same document", async () => {
    const scan = put("good.nii", bodyVoxels(16, 12, 6));
    const out = join(root, "good.svg");
    const [plain, drawn] = [
      await runProgram(["inspect", scan, "--json"]),
      await runProgram(["inspect", scan, "--json", "--picture", "good.svg"], { cwd: root }),
    ];
    expect([drawn.code, onlyDocument(drawn.stdout)]).toEqual([
      0,
      { ...onlyDocument(plain.stdout), picture: out },
    ]);
    const svg = readFileSync(out, "utf8");
    expect(svg).toContain("HU ok");
    expect(svg).not.toContain("good.nii");
    const again = await runProgram(["inspect", scan, "--json", "--picture", out]);
    expect([again.code, onlyDocument(again.stdout).error?.code]).toEqual([73, "OUTPUT_EXISTS"]);
  });

  it("draws a scan whose voxels it refuses, and none of one that it could not read", async () => {
    const scan = put(
      "scaled.nii",
      bodyVoxels(16, 12, 6).map((hu) => hu + 8192),
    );
    const out = join(root, "scaled.svg");
    const { code, stdout, stderr } = await runProgram(["inspect", scan, "--json", "--picture", out]);
    const { error } = failureDocument.parse(onlyDocument(stdout));
    expect([code, error.code, error.details.picture]).toEqual([65, "DATA_NOT_HU", out]);
    expect(stderr).toContain(`The picture is ${out}.`);
    expect(readFileSync(out, "utf8")).toContain("HU refused");
    const nothing = join(root, "nothing.svg");
    expect((await runProgram(["inspect", put("bad.nii", []), "--picture", nothing])).code).toBe(65);
    expect(existsSync(nothing)).toBe(false);
  });
});
