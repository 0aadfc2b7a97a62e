import {
  sweepReplaySpec,
  sweepResumeSpec,
  sweepRunSpec,
  sweepStatusSpec,
} from "../../../../../../ts/cli/commands/sweep/spec.ts";
import { parseCall } from "../../../../../../ts/cli/words/flags.ts";
import { failureOf } from "../../program.ts";

const specs = [sweepRunSpec, sweepStatusSpec, sweepResumeSpec, sweepReplaySpec];

describe("the commands of sweeps", () => {
  it("take the words of the command line's contract", () => {
    const { arguments: words, flags } = parseCall(sweepRunSpec, [
      "s.ts",
      "--parallel",
      "2",
      "--set",
      "a=1",
      "--set",
      "b=2",
    ]);
    expect([words, flags.integer("parallel"), flags.all("set")]).toEqual([["s.ts"], 2, ["a=1", "b=2"]]);
    expect(parseCall(sweepStatusSpec, ["latest", "--json"]).arguments).toEqual(["latest"]);
    expect(parseCall(sweepResumeSpec, ["rates", "--parallel", "2"]).flags.integer("parallel")).toBe(2);
    expect(parseCall(sweepReplaySpec, ["rates", "--trial", "3"]).flags.integer("trial")).toBe(3);
  });

  it("name what is missing", async () => {
    for (const spec of specs) {
      const refused = await failureOf(() => parseCall(spec, []));
      expect(refused.message).toMatch(/SWEEP(?:\.ts)? is missing/);
    }
    expect((await failureOf(() => parseCall(sweepReplaySpec, ["rates"]))).message).toContain(
      "--trial is missing",
    );
  });

  it("print documents of one shape, and show examples that they understand", async () => {
    const schemas = await Promise.all(specs.map((spec) => spec.schema()));
    const shapes = schemas.map((schema) => JSON.stringify((schema as { readonly anyOf: unknown }).anyOf));
    expect(new Set(shapes).size).toBe(1);
    expect(shapes[0]).toContain('"pruned"');
    for (const { name, examples, ...spec } of specs)
      for (const example of examples) {
        expect(example.startsWith(`tomoe ${name} `)).toBe(true);
        const words = example.split(" ").slice(3);
        expect(() => parseCall({ name, examples, ...spec }, words)).not.toThrow();
      }
  });
});
