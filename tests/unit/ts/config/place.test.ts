import { placeOf } from "../../../../ts/config/place.ts";

const text = `// steps: 1, topK: 1
const slow = { steps: 5 };
export const experiment = defineExperiment({
  router: tghMoe({ tokenExperts: 4, topK: 9 }),
  stages: [
    stage("shared", { trains: ["language"],
      steps: 40 }),
    stage("specific", {
      steps: -1, learningRate: 1 }),
  ],
  /* evaluation: { maxNewTokens: 1 } */
  tasks: {
    "closed-vqa": vqaTask({ metrics: ["rouge1"] }),
  },
});
`;
const value = {
  router: { tokenExperts: 4, topK: 9 },
  stages: [
    { name: "shared", steps: 40, clipNorm: 1 },
    { name: "specific", steps: -1, learningRate: 1 },
  ],
  tasks: { "closed-vqa": { metrics: ["rouge1"] } },
  evaluation: { maxNewTokens: 80 },
};
const place = (path: string, setPaths: readonly string[] = []) =>
  placeOf(path, { value, setPaths, source: { file: "a.ts", text } });

describe("where a configuration path was written", () => {
  it.each([
    ["router.topK", 4],
    ["stages.0.steps", 7],
    ["stages.1.steps", 9],
    ["stages.1.learningRate", 9],
    ["tasks.closed-vqa", 13],
    ["tasks.closed-vqa.metrics", 13],
  ])("%s: line %i, not that of another entry or a comment", (path, line) => {
    expect(place(path)).toEqual({ from: "a.ts", line });
  });

  it("is the entry's line for a key that is missing in it", () => {
    expect(place("stages.0.learningRate")).toEqual({ from: "a.ts", line: 6 });
    expect(place("router.textWidth")).toEqual({ from: "a.ts", line: 4 });
  });

  it("is the file alone for a default that was not written", () => {
    expect(place("stages.0.clipNorm")).toEqual({ from: "a.ts" });
    expect(place("evaluation.maxNewTokens")).toEqual({ from: "a.ts" });
    expect(place("name")).toEqual({ from: "a.ts" });
  });

  it("is --set for what an override wrote, and for all below it", () => {
    expect(place("stages.0.steps", ["stages.0.steps"])).toEqual({ from: "--set" });
    expect(place("router.topK", ["router"])).toEqual({ from: "--set" });
    expect(placeOf("router.topK", { value, setPaths: [] })).toEqual({ from: undefined });
  });
});
