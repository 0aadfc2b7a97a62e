import { questionsOf } from "../../../../../../ts/cli/commands/predict/run.ts";
import { failureOf, onlyDocument, runProgram } from "../../program.ts";

const question = (value: string) => ({ name: "question", value });
const choices = (value: string) => ({ name: "choices", value });

describe("the questions of predict", () => {
  it("have the choices that stand after them, in their order", () => {
    expect(
      questionsOf([
        { name: "report", value: "" },
        question("plane?"),
        choices("axial | coronal|sagittal|oblique"),
        question("what?"),
        { name: "run", value: "latest" },
        question("phase?"),
        choices("a|b"),
      ]),
    ).toEqual([
      {
        question: "plane?",
        choices: ["axial", "coronal", "sagittal", "oblique"],
      },
      { question: "what?" },
      { question: "phase?", choices: ["a", "b"] },
    ]);
  });

  it.each([
    ["choices before any question", [choices("a|b")], '--choices "a|b" stands before any --question'],
    ["choices twice", [question("q"), choices("a|b"), choices("c|d")], '--question "q" has --choices twice'],
    ["one option", [question("q"), choices("a")], "has 1 option, at least two are needed"],
    ["a choice of one", [question("q"), choices("a||NA")], "1 of 3 options is there, the others are missing"],
    ["an option twice", [question("q"), choices("a|b| a")], "has the same option twice"],
    ["a blank question", [question("  ")], "--question is blank"],
  ])("refuse %s", async (_title, given, message) => {
    const refused = await failureOf(() => questionsOf(given));
    expect(refused.code).toBe("USAGE_INVALID");
    expect(refused.message).toContain(message);
  });
});

it("predict that asks nothing is refused before anything is loaded", async () => {
  const { code, stdout } = await runProgram(["predict", "scan.nii", "--run", "latest", "--json"]);
  expect(code).toBe(64);
  expect(onlyDocument(stdout).error?.message).toContain(
    "nothing is asked: give --report, --question Q, or both",
  );
});
