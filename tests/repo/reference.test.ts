import { z } from "zod";
import { errorCodes, exitMeanings } from "../../ts/errors.ts";
import { experimentSchema } from "../../ts/schema/experiment.ts";
import { caseRowSchema, datasetManifestSchema, itemRowSchema } from "../../ts/schema/sample.ts";
import { metricTable } from "../../ts/schema/tables/metrics.ts";
import { taskTable } from "../../ts/schema/tables/tasks.ts";
import { listed, repoText } from "../support/source-tree.ts";

const page = repoText("ts/schema/REFERENCE.md");
const rows = page.split("\n").filter((line) => line.startsWith("| `"));

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
}

/** Every key of the experiment's own schema that may be written: what a base was found to be may not. */
function keysOf(node: Node, into: Set<string>): Set<string> {
  for (const [key, child] of Object.entries(node.properties ?? {})) {
    into.add(key);
    if (key !== "facts") keysOf(child, into);
  }
  for (const child of [node.items, ...(node.anyOf ?? []), ...(node.oneOf ?? [])])
    if (child !== undefined) keysOf(child, into);
  return into;
}

/** The row whose first cell is this key, or a path that ends in it. */
const rowOf = (key: string): string | undefined =>
  rows.find((row) => new RegExp(`^\\| \`(?:[\\w.-]+\\.)?${key}\``).test(row));

describe("the reference page", () => {
  const keys = keysOf(
    z.toJSONSchema(experimentSchema, { io: "input", unrepresentable: "any" }) as Node,
    new Set(),
  );
  // Parts have a section each, and what a task is scored by stands with the metrics.
  const sections = [
    "data",
    "model",
    "router",
    "stages",
    "evaluation",
    "execution",
    "base",
    "tasks",
    "metrics",
  ];

  it("has a row for every option that the experiment's schema knows", () => {
    expect(keys.size).toBeGreaterThan(70);
    const missing = [...keys].filter((key) => !sections.includes(key) && rowOf(key) === undefined);
    expect(listed(missing)).toBe("");
    for (const section of sections.slice(0, 6)) expect(page).toMatch(new RegExp(`^### .*\`?${section}`, "m"));
  });

  it("says of every option a default or that it is required, its values and what it is", () => {
    const options = page.slice(page.indexOf("## Options"), page.indexOf("### `tasks"));
    const incomplete = options
      .split("\n")
      .filter((line) => line.startsWith("| `"))
      .filter((line) => {
        const [, , standard = "", values = "", , says = ""] = line
          .split(/(?<!\\)\|/)
          .map((cell) => cell.trim());
        return standard === "" || values === "" || !/^["`A-Z0-9].*\.$/.test(says);
      });
    expect(listed(incomplete)).toBe("");
  });

  it("has a row for every metric and task, and a meaning for every exit code, with the codes that end so", () => {
    for (const name of [...Object.keys(metricTable), ...Object.keys(taskTable)])
      expect(rowOf(name)).toBeDefined();
    const lines = page.split("\n");
    for (const [code, { exit }] of Object.entries(errorCodes)) {
      expect(exitMeanings[exit]).toMatch(/^[A-Z].*\.$/);
      expect(lines.find((line) => line.startsWith(`| ${exit} |`))).toContain(`\`${code}\``);
    }
  });

  it("has a row for every key of a dataset's files, required or not as the schema has it", () => {
    const format = page.slice(page.indexOf("## Data format"));
    for (const schema of [datasetManifestSchema, caseRowSchema, itemRowSchema]) {
      const { properties = {}, required = [] } = z.toJSONSchema(schema);
      for (const [key, field] of Object.entries(properties)) {
        expect(field).toHaveProperty("description", expect.stringMatching(/^[A-Z].*\.$/));
        expect(format).toContain(`| \`${key}\` | ${required.includes(key) ? "required" : "may be absent"} |`);
      }
    }
  });
});
