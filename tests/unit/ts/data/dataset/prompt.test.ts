import { renderPrompt } from "../../../../../ts/data/dataset/prompt.ts";

describe("renderPrompt", () => {
  it("leaves an open question as it is", () => {
    expect(renderPrompt({ question: "Which plane?" })).toBe("Which plane?");
    expect(renderPrompt({ question: "Which plane?", choices: undefined })).toBe("Which plane?");
  });

  it("writes the choices of a closed one in M3D's form, lettered in their order", () => {
    const choices = ["axial", "coronal", "sagittal", "none of these"];
    expect(renderPrompt({ question: "Which plane?", choices })).toBe(
      "Which plane? Choices: A. axial B. coronal C. sagittal D. none of these",
    );
  });

  it("leaves out a choice that is missing, and the others keep their letters", () => {
    const choices = ["axial", "NA", " - ", "oblique"];
    expect(renderPrompt({ question: "Which plane?", choices })).toBe(
      "Which plane? Choices: A. axial D. oblique",
    );
  });
});
