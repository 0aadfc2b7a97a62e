import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { rateFolder, rateScan } from "../../../../../../../ts/data/sources/layouts/on-ct-rate/scans.ts";
import { temporaryFolder } from "../../../../../../support/temporary-folder.ts";

const root = temporaryFolder();

describe("a scan of CT-RATE by the name that another data set gives it", () => {
  it("lies in the fixed folder of its split, also where the name says test", () => {
    expect(rateScan("/r", "train_2_b_1.nii.gz")?.path).toBe(
      "/r/train_fixed/train_2/train_2_b/train_2_b_1.nii.gz",
    );
    const test = rateScan("/r", " test_7_a_2.nii.gz ");
    expect([test?.volume.id, test?.path]).toEqual([
      "valid_7_a_2",
      "/r/valid_fixed/valid_7/valid_7_a/valid_7_a_2.nii.gz",
    ]);
    expect(rateScan("/r", "amos_1.nii.gz")).toBeUndefined();
  });

  it("is looked for in `dataset`, or in the folder itself", async () => {
    expect(await rateFolder(root)).toBe(root);
    mkdirSync(join(root, "dataset"));
    expect(await rateFolder(root)).toBe(join(root, "dataset"));
  });
});
