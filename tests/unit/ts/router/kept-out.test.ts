import { readFileSync } from "node:fs";
import {
  defaultPromptExamples,
  taskRouterPolicy,
  trainPromptClassifier,
} from "../../../../ts/router/index.ts";
import type { RoutedPrompt, TaskRoute } from "../../../../ts/schema/index.ts";
import { policyConfig } from "../../../support/router-policies.ts";

interface KeptOut {
  readonly expected: string;
  readonly prompt: RoutedPrompt;
}

/** Reads "expected: text || option | option" lines. */
function readKeptOut(name: string): readonly KeptOut[] {
  const lines = readFileSync(
    new URL(`../../../fixtures/prompts/kept-out-${name}.txt`, import.meta.url),
    "utf8",
  ).split("\n");
  return lines
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [expected = "", rest = ""] = [
        line.slice(0, line.indexOf(": ")),
        line.slice(line.indexOf(": ") + 2),
      ];
      const [text = "", options] = rest.split(" || ");
      return { expected, prompt: options === undefined ? { text } : { text, choices: options.split(" | ") } };
    });
}

const policy = taskRouterPolicy(policyConfig, trainPromptClassifier());
const verdict = (route: TaskRoute): string => (route.fallback ? "fallback" : route.task);
const names = ["a", "b", "c", "d", "e"];

describe.each(names)("the default policy on kept-out phrasings %s", (name) => {
  const set = readKeptOut(name);
  const wrong = set.filter(({ expected, prompt }) => verdict(policy.route(prompt)) !== expected);

  it("routes at least 95 percent right", () => {
    const listed = wrong.map(
      ({ expected, prompt }) => `${expected}, not ${verdict(policy.route(prompt))}: ${prompt.text}`,
    );
    expect(set.length).toBeGreaterThanOrEqual(100);
    expect({ share: wrong.length / set.length <= 0.05, listed }).toMatchObject({ share: true });
  });

  it.each(["report", "closed-vqa", "open-vqa", "fallback"])(
    "routes at least 90 percent of %s right",
    (expected) => {
      const members = set.filter((one) => one.expected === expected);
      expect(members.length).toBeGreaterThanOrEqual(20);
      expect(wrong.filter((one) => one.expected === expected).length / members.length).toBeLessThanOrEqual(
        0.1,
      );
    },
  );
});

describe("the kept-out phrasings", () => {
  const trained = new Set(
    defaultPromptExamples().map(({ text }) =>
      text
        .toLowerCase()
        .replace(/[^\p{L}\p{N}]+/gu, " ")
        .trim(),
    ),
  );
  const plain = (text: string): string =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, " ")
      .trim();
  const all = names.flatMap(readKeptOut);

  it("hold at least 200 phrasings in each of the first two sets", () => {
    expect(readKeptOut("a").length).toBeGreaterThanOrEqual(200);
    expect(readKeptOut("b").length).toBeGreaterThanOrEqual(200);
  });

  it("route at least 95 percent right also when every phrasing that the corpus happens to hold is left out", () => {
    const unseen = all.filter(({ prompt }) => !trained.has(plain(prompt.text)));
    expect(unseen.length).toBeGreaterThanOrEqual(800);
    const right = unseen.filter(({ expected, prompt }) => verdict(policy.route(prompt)) === expected);
    expect(right.length / unseen.length).toBeGreaterThanOrEqual(0.95);
  });

  it("get a confidence that is as high as they are right, within 5 points (expected calibration error over 10 bins)", () => {
    const classifier = trainPromptClassifier();
    const judged = all.map(({ expected, prompt }) => {
      const probabilities = Object.entries(classifier.classify(prompt));
      const [name = "", confidence = 0] = probabilities.reduce((best, one) =>
        one[1] > best[1] ? one : best,
      );
      return { confidence, right: (name === "none" ? "fallback" : name) === expected };
    });
    const bins = Array.from({ length: 10 }, (_, bin) =>
      judged.filter(({ confidence }) => Math.min(9, Math.floor(confidence * 10)) === bin),
    );
    const error =
      bins.reduce(
        (sum, bin) => sum + Math.abs(bin.reduce((gap, one) => gap + one.confidence - (one.right ? 1 : 0), 0)),
        0,
      ) / judged.length;
    expect(error).toBeLessThan(0.05);
  });

  it("fall back with a confidence below the threshold", () => {
    for (const { prompt } of all.filter(({ expected }) => expected === "fallback")) {
      const route = policy.route(prompt);
      if (route.fallback) expect(route.confidence).toBeLessThan(0.5);
    }
  });

  it("are routed the same in upper case, but for one in twenty", () => {
    const changed = all.filter(
      ({ prompt }) =>
        verdict(policy.route(prompt)) !==
        verdict(policy.route({ ...prompt, text: prompt.text.toUpperCase() })),
    );
    expect(changed.length / all.length).toBeLessThanOrEqual(0.05);
  });
});
