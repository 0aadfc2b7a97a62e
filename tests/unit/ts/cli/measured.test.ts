import { measureElsewhere } from "../../../../ts/cli/measured.ts";
import type { PredictionRow } from "../../../../ts/eval/index.ts";
import { caught } from "../../../support/caught.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

const rows: readonly PredictionRow[] = [
  { id: "1", case: "c", task: "open-vqa", target: "a cyst", prediction: "a cyst" },
  { id: "2", case: "c", task: "open-vqa", target: "a cyst", prediction: " " },
];
const call = { signal: new AbortController().signal };
const before = process.env.NLTK_DATA;
// A folder without WordNet: NLTK also looks into places of its own, where none is either on a machine of ours.
process.env.NLTK_DATA = temporaryFolder();
afterAll(() => {
  if (before === undefined) delete process.env.NLTK_DATA;
  else process.env.NLTK_DATA = before;
});

describe("a metric of a reference library, where no worker runs", () => {
  it("is not started where nobody asks for it", async () => {
    expect(await measureElsewhere(call, rows, { profile: "strict", tasks: undefined })).toEqual({
      measured: new Map(),
      warnings: [],
    });
  });

  it("is refused with what is missing where it was asked for, and left out with the reason where it was not", async () => {
    const asked = { "open-vqa": { metrics: ["meteor"] } };
    const error = await caught(() => measureElsewhere(call, rows, { profile: "strict", tasks: asked }));
    expect(error).toMatchObject({ code: "ENVIRONMENT", exitCode: 78 });
    expect(error.what).toContain("METEOR needs WordNet 3.0");
    const { measured, warnings } = await measureElsewhere(call, rows, {
      profile: "ct-spatial-vqa",
      tasks: undefined,
    });
    expect(measured.size).toBe(0);
    expect(warnings).toEqual([
      { code: "METRIC_LEFT_OUT", message: expect.stringContaining("METEOR needs WordNet 3.0") },
    ]);
  });
});
