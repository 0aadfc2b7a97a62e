import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { call } from "../../../../../support/call.ts";
import { caught } from "../../../../../support/caught.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";
import { onlyDocument, runProgram } from "../../program.ts";

const folder = temporaryFolder();
const refusal = async (...words: readonly string[]): Promise<string> => {
  const { code, exitCode, message } = await caught(() => call("eval", ...words));
  return `${code} ${exitCode} ${message}`;
};

describe("tomoe eval", () => {
  it("refuses a call that says nothing to evaluate, or two things, with all problems at once", async () => {
    expect(await refusal()).toContain("USAGE_INVALID 64");
    const both = await refusal(
      "latest",
      "--resume",
      "x",
      "--gate",
      "a/b>1",
      "--task",
      "colsed-vqa",
      "--allow-leak",
      " ",
      "--model",
      "no slash",
    );
    for (const part of [
      "latest cannot stand beside it",
      "--gate cannot stand beside --resume",
      'did you mean "closed-vqa"',
      "--allow-leak needs a reason",
      "--model cannot stand beside --resume",
      '--model "no slash" is no DEVELOPER/NAME',
    ])
      expect(both).toContain(part);
  });

  it("refuses a gate that is no comparison before anything is opened", async () => {
    expect(await refusal("nobody", "--gate", "closed-vqa/accuracy.micro")).toContain("it is no comparison");
  });

  it("reads an evaluation that a file defines, with its gates, before anything is opened", async () => {
    const file = (name: string, gate: string): string => {
      const path = join(folder, name);
      const tasks = '[defineTask({ id: "closed-vqa", metrics: ["accuracy"] })]';
      writeFileSync(
        path,
        `import { defineEval, defineTask } from "tomoe";
export default defineEval({ run: "nobody", tasks: ${tasks}, gates: ["${gate}"] });
`,
      );
      return path;
    };
    // A file is imported by a process of its own: its loader is not one of a test's.
    const told = async (path: string): Promise<string> => {
      const { code, stdout } = await runProgram(["eval", path, "--evals", join(folder, "evals"), "--json"]);
      const { error } = onlyDocument(stdout);
      return `${error?.code} ${code} ${error?.message}`;
    };
    expect(await told(file("one.ts", "closed-vqa/accuracy.micro>0"))).toMatch(/RUN_NOT_FOUND 64 .*nobody/);
    expect(await told(file("two.ts", "closed-vqa/accuracy.micro"))).toContain("it is no comparison");
    const none = join(folder, "three.ts");
    writeFileSync(none, "export const one = 1;\n");
    expect(await told(none)).toContain("exports no experiment");
  });

  it("refuses a run that is not there, a recipe that is not there, a stage that there is not", async () => {
    expect(await refusal("nobody", "--evals", join(folder, "evals"))).toContain("RUN_NOT_FOUND 64");
    expect(await refusal(join(folder, "no-recipe.ts"))).toContain("PATH_NOT_FOUND 64");
    expect(await refusal("latest", "--from", "generat")).toContain("USAGE_INVALID 64");
    expect(await refusal("--resume", "abcd", "--evals", join(folder, "evals"))).toContain("RUN_NOT_FOUND 64");
    expect(await refusal("latest", "--runs", join(folder, "nowhere"))).toContain("PATH_NOT_FOUND 64");
  });
});
