// Every layout of data sets from its files to a scorecard; two of them are in tests/e2e.
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { type LayoutName, layoutRow } from "../../ts/schema/tables/layouts.ts";
import type { TaskId } from "../../ts/schema/task.ts";
import { layoutRun } from "../support/layout-run.ts";
import { ctRateExample, ctRateV1Example } from "../support/layouts/ct-rate.ts";
import type { WriteExample } from "../support/layouts/example.ts";
import { m3dCapExample, m3dVqaExample } from "../support/layouts/m3d.ts";
import { clinFusionExample, radGenomeExample, threeDRadExample } from "../support/layouts/on-ct-rate.ts";
import { amosMmExample, deepTumorVqaExample, messagesExample } from "../support/layouts/others.ts";
import { phantomExample, tableExample } from "../support/layouts/own.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const root = temporaryFolder();

/**
 * What each is evaluated on, and tasks of which the fixture has nothing there; one without a split of its own, or with
 * held-out rows alone, has them drawn.
 */
const runs: {
  readonly [L in LayoutName]: readonly [WriteExample, "validation" | "test" | "drawn", ...TaskId[]];
} = {
  "m3d-cap": [m3dCapExample, "test"],
  "m3d-vqa": [m3dVqaExample, "test"],
  "ct-rate": [ctRateExample, "validation"],
  "ct-rate-v1": [ctRateV1Example, "validation"],
  "radgenome-chestct": [radGenomeExample, "validation"],
  "3d-rad": [threeDRadExample, "test", "open-vqa"],
  "amos-mm": [amosMmExample, "validation"],
  deeptumorvqa: [deepTumorVqaExample, "test"],
  "clinfusion-3d": [clinFusionExample, "drawn", "closed-vqa", "open-vqa"],
  messages: [messagesExample, "test"],
  table: [tableExample, "test"],
  phantom: [phantomExample, "test"],
};

describe("a toy run", () => {
  it.each(Object.entries(runs))(
    "on %s ends with a scorecard of its tasks",
    async (layout, [write, split, ...without]) => {
      const folder = mkdtempSync(join(root, "run-"));
      const { document, resolved, predictions } = await layoutRun(
        folder,
        layout as LayoutName,
        write,
        split,
        without,
      );
      const { tasks, intensity } = layoutRow(layout as LayoutName);
      expect(resolved.config.data).toMatchObject({ layout, intensity });
      expect(predictions.length).toBeGreaterThan(0);
      for (const { task, n } of document.scorecard) {
        expect(tasks).toContain(task);
        expect(n).toBeGreaterThan(0);
      }
    },
  );
});
