import { mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  runsGcDocument,
  runsRestoreDocument,
  runsRmDocument,
} from "../../../../../../ts/cli/commands/trash/document.ts";
import { listRuns } from "../../../../../../ts/track/read/index.ts";
import { call } from "../../../../../support/call.ts";
import { caught } from "../../../../../support/caught.ts";
import { pastEval, pastRun } from "../../../../../support/past-runs.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const folder = temporaryFolder();
const runsDir = join(folder, "runs");
const place = ["--runs", runsDir, "--evals", join(folder, "evals")];
const ids = (): readonly string[] => listRuns(runsDir).map(({ runId }) => runId);

describe("tomoe runs rm, restore and gc", () => {
  it("move runs to a trash, name what depends on them, bring them back, and delete them for good", async () => {
    const [one, two] = [await pastRun(runsDir), await pastRun(runsDir)];
    const three = await pastRun(runsDir, { startsFrom: one });
    mkdirSync(join(folder, "evals", "e1"), { recursive: true });
    pastEval(join(folder, "evals", "e1"), two);

    const removed = await call("runs", "rm", one, two.slice(-4), one, ...place);
    const document = runsRmDocument.parse(removed.document);
    expect(document.removed.map(({ runId }) => runId)).toEqual([one, two]);
    expect(document.bytes).toBe(document.removed.reduce((sum, { bytes }) => sum + bytes, 0));
    expect(document.dependents).toEqual([
      { runId: one, kind: "run", id: three },
      { runId: two, kind: "eval", id: "e1" },
    ]);
    expect(removed.text).toContain(`run ${three} depends on ${one}`);
    expect(ids()).toEqual([three]);

    const dry = await call("runs", "gc", "--dry-run", ...place);
    expect(runsGcDocument.parse(dry.document)).toMatchObject({ dryRun: true, bytes: document.bytes });
    expect(dry.text).toContain(`${document.bytes} bytes would be freed`);

    const back = await call("runs", "restore", two, "--runs", runsDir);
    expect(runsRestoreDocument.parse(back.document).restored).toMatchObject([{ runId: two }]);
    expect(ids()).toEqual([two, three]);

    const emptied = runsGcDocument.parse((await call("runs", "gc", "--yes", ...place)).document);
    expect(emptied).toMatchObject({ dryRun: false, runs: [{ runId: one }] });
    expect(emptied.bytes).toBeGreaterThan(0);
    expect((await call("runs", "gc", "--yes", ...place)).text).toBe("the trash is empty");
    expect(await caught(() => call("runs", "restore", one, "--runs", runsDir))).toMatchObject({
      code: "RUN_NOT_FOUND",
    });
  });

  it("move nothing where one of the names fits no run", async () => {
    const id = await pastRun(runsDir);
    const before = ids();
    const error = await caught(() => call("runs", "rm", id, "20200101-none", ...place));
    expect(error).toMatchObject({ code: "RUN_NOT_FOUND", exitCode: 64 });
    expect(ids()).toEqual(before);
  });

  it("delete only when told so", async () => {
    for (const words of [[], ["--yes", "--dry-run"]])
      expect(await caught(() => call("runs", "gc", ...words, ...place))).toMatchObject({
        code: "USAGE_INVALID",
        exitCode: 64,
        message: expect.stringContaining("--dry-run"),
      });
  });
});
