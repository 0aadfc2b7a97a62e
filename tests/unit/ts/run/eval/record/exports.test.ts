import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { scoreDocument } from "../../../../../../ts/cli/commands/score/document.ts";
import { writeEveryEval, writeInspectLog } from "../../../../../../ts/run/eval/record/exports.ts";
import { call } from "../../../../../support/call.ts";
import { caught } from "../../../../../support/caught.ts";
import { exportOf } from "../../../../../support/exports.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const folder = temporaryFolder();
const made = exportOf();
const scorecardOf = async (path: string) =>
  scoreDocument.parse((await call("score", path, "--profile", "strict")).document).scorecard;

describe("an export on the disk", () => {
  it("as an Inspect log is scored as the rows were", async () => {
    const path = join(folder, "a.eval");
    await writeInspectLog(path, made, {});
    expect(await scorecardOf(path)).toEqual(made.entries);
  });

  it("as a record of Every Eval Ever is two files of one name, the digest of one in the other", async () => {
    const [aggregate = "", samples = ""] = await writeEveryEval(join(folder, "a.eee"), made, {});
    expect(samples).toBe(aggregate.replace(/\.json$/, "_samples.jsonl"));
    expect(aggregate).toMatch(
      /a\.eee\/data\/mix\/my-lab\/ct_7b\/[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}\.json$/,
    );
    const { detailed_evaluation_results: detail } = JSON.parse(readFileSync(aggregate, "utf8")) as {
      readonly detailed_evaluation_results: {
        readonly file_path: string;
        readonly checksum: string;
        readonly total_rows: number;
      };
    };
    expect(join(folder, "a.eee", detail.file_path)).toBe(samples);
    const bytes = readFileSync(samples);
    expect(detail.checksum).toBe(createHash("sha256").update(bytes).digest("hex"));
    expect(detail.total_rows).toBe(bytes.toString("utf8").trimEnd().split("\n").length);
    expect(await scorecardOf(samples)).toEqual(made.entries);
    expect(statSync(aggregate).mode & 0o077).toBe(0);
  });

  it("is never written over another, and half of one is no file", async () => {
    expect(await caught(() => writeEveryEval(join(folder, "a.eee"), made, {}))).toMatchObject({
      code: "OUTPUT_CREATE",
    });
    const signal = AbortSignal.abort(new Error("stopped"));
    await expect(writeInspectLog(join(folder, "b.eval"), made, { signal })).rejects.toThrow("stopped");
    expect(existsSync(join(folder, "b.eval"))).toBe(false);
    await expect(writeEveryEval(join(folder, "b.eee"), made, { signal })).rejects.toThrow("stopped");
    expect(readdirSync(join(folder, "b.eee/data/mix/my-lab/ct_7b"))).toEqual([]);
  });
});
