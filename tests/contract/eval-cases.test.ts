import { existsSync, readFileSync } from "node:fs";
import { type EvalCase, judgeEvalCase } from "../support/eval-cases.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const folder = new URL("../../../shared/data/eval-cases/", import.meta.url).pathname;
const present = existsSync(`${folder}cases.json`);
if (!present)
  process.stdout.write("skipped: the evaluation cases, since ../shared/data/eval-cases is absent\n");

/** Cases that are still judged wrongly. The list only shrinks: one that comes right has to leave it. */
const stillWrong: readonly string[] = [];

const cases: readonly EvalCase[] = present ? JSON.parse(readFileSync(`${folder}cases.json`, "utf8")) : [];
const named = cases.map((one, at) => [`${at} ${one.args.join(" ")} ${one.file ?? ""}`.trim(), one] as const);
const scratch = temporaryFolder();

describe("the shared evaluation cases", () => {
  (present ? it : it.skip).each(present ? named : [["(absent)", undefined] as const])(
    "are judged rightly: %s",
    async (name, one) => {
      if (one === undefined) throw new Error("there is no case");
      const wrong = await judgeEvalCase(one, folder, scratch);
      if (stillWrong.includes(name)) expect(wrong).not.toEqual([]);
      else expect(wrong).toEqual([]);
    },
  );
});
