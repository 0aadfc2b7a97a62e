// Data sets as they lie on disk, trained on and scored: two layouts here, all of them in tests/nightly.
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { layoutRun } from "../support/layout-run.ts";
import { ctRateV1Example } from "../support/layouts/ct-rate.ts";
import { m3dVqaExample } from "../support/layouts/m3d.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const root = temporaryFolder();

function receiptsOf(
  dir: string,
): readonly { readonly steps: readonly Readonly<Record<string, unknown>>[] }[] {
  return readdirSync(join(dir, "receipts")).map((name) => {
    const receipt = JSON.parse(readFileSync(join(dir, "receipts", name), "utf8")) as never;
    return receipt;
  });
}

describe("a run on a data set as it lies on disk", () => {
  it("trains on M3D's pictures and scores its questions, and its record says that they are pictures", async () => {
    const { document, resolved, predictions } = await layoutRun(
      mkdtempSync(join(root, "m3d-")),
      "m3d-vqa",
      m3dVqaExample,
      "test",
    );
    expect(document.scorecard.map(({ task, metric, n, clusters }) => [task, metric, n, clusters])).toEqual(
      expect.arrayContaining([
        ["closed-vqa", "accuracy.micro", 3, 1],
        ["closed-vqa", "type.location", 1, 1],
        ["closed-vqa", "type.organ", 1, 1],
        ["closed-vqa", "type.plane", 1, 1],
      ]),
    );
    expect(resolved.config.data).toMatchObject({ layout: "m3d-vqa", intensity: "picture" });
    expect(predictions).toHaveLength(6);
    // An option that is missing is never chosen, and the letters of the others stay.
    const chosen = predictions.filter(({ task }) => task === "closed-vqa");
    expect(chosen.map(({ choices }) => (choices as readonly string[]).length)).toEqual([4, 4, 4]);
    for (const { prediction } of chosen) expect(prediction).not.toContain("NA");
    const steps = receiptsOf(document.dir).flatMap((receipt) => receipt.steps.map(({ step }) => step));
    expect(steps).toContain("picture");
    expect(steps).not.toContain("hu-gate");
  });

  it("trains on CT-RATE v1 by the scaling of its table, and scores reports of the scans its filters leave", async () => {
    const { document, predictions } = await layoutRun(
      mkdtempSync(join(root, "rate-")),
      "ct-rate-v1",
      ctRateV1Example,
      "validation",
    );
    const reports = document.scorecard.filter(({ task }) => task === "report");
    expect(reports.map(({ n, clusters }) => [n, clusters])).toEqual([[2, 2]]);
    expect(predictions.map(({ id }) => id)).not.toContain("valid_3_a_1/report");
    const tables = receiptsOf(document.dir).flatMap((receipt) =>
      receipt.steps.filter(({ step }) => step === "table"),
    );
    expect(tables).toHaveLength(4);
    expect(tables[0]).toMatchObject({ slope: 1, intercept: -1024 });
  });
});
