import { inspectLog } from "../../../../../ts/eval/export/inspect.ts";
import { atOnce, RowReader, scoreRows } from "../../../../../ts/eval/index.ts";
import { answered, exportOf } from "../../../../support/exports.ts";

const made = exportOf();
const files = new Map([...inspectLog(made)].map(({ name, content }) => [name, JSON.parse(content) as never]));
const header = files.get("header.json") as unknown as {
  readonly results: {
    readonly scores: readonly {
      readonly name: string;
      readonly metrics: { readonly value: { readonly value: number; readonly metadata: object } };
    }[];
  };
};

describe("an Inspect log", () => {
  it("has a header that says what was evaluated, and a journal that begins as it", () => {
    expect(header).toMatchObject({
      version: 2,
      status: "success",
      eval: {
        created: "2026-11-30T02:00:00.500Z",
        task: "mix",
        model: "my-lab/ct/7b",
        dataset: { name: "mix", samples: 7 },
        packages: { tomoe: "0.1.0" },
        metadata: { rowsSha256: "d".repeat(64) },
        config: {},
      },
      plan: { name: "plan", steps: [] },
      results: { total_samples: 7, completed_samples: 7 },
      stats: { model_usage: {} },
    });
    const { version, eval: spec, plan } = header as unknown as Readonly<Record<string, unknown>>;
    expect(files.get("_journal/start.json")).toEqual({ version, eval: spec, plan });
  });

  it("has every number with its interval and signature", () => {
    expect(header.results.scores.map(({ name, metrics }) => [name, metrics.value.value])).toEqual(
      made.entries.map(({ task, metric, value }) => [`${task}/${metric}`, value]),
    );
    const [entry] = made.entries;
    expect(header.results.scores[0]?.metrics.value.metadata).toMatchObject({
      ciLow: entry?.ciLow,
      ciHigh: entry?.ciHigh,
      n: entry?.n,
      clusters: entry?.clusters,
      signature: entry?.signature,
    });
  });

  it("has a sample for each row under the name that the id has, with what each metric gives it", () => {
    expect(files.get("samples/a/b c_epoch_1.json")).toBeUndefined();
    // The id q0 is of two tasks here, and in a log an id is of one sample.
    expect(files.get("samples/report a/b c_epoch_1.json")).toBeDefined();
    expect(files.get("samples/closed-vqa q0_epoch_1.json")).toMatchObject({
      id: "closed-vqa q0",
      epoch: 1,
      input: 'Which organ, "0"?\u2028',
      choices: ["liver", "spleen", "NA"],
      target: "A",
      scores: { "closed-vqa/accuracy.micro": { value: 1, answer: "A. liver" } },
      metadata: { task: "closed-vqa", case: "c0", patient: "P0", type: "organ" },
      messages: [{ role: "user" }, { role: "assistant", content: "A. liver" }],
      output: { completion: "A. liver", choices: [{ stop_reason: "stop" }] },
    });
    expect(files.get("samples/report q0_epoch_1.json")).toMatchObject({
      metadata: { types: ["a", "b"], meta: { at: 0 } },
      output: { choices: [{ stop_reason: "max_tokens" }] },
    });
    const alone = [...inspectLog(exportOf(answered.slice(0, 4)))].map(({ name }) => name);
    expect(alone).toContain("samples/q0_epoch_1.json");
  });

  it("has summaries in entries of a thousand", () => {
    expect((files.get("_journal/summaries/1.json") as unknown as readonly object[]).length).toBe(7);
    const many = Array.from({ length: 1_001 }, (_, at) => ({
      ...answered[0],
      id: `n${at}`,
      case: `n${at}`,
      subject: `n${at}`,
    }));
    const summaries = [...inspectLog(exportOf(many))].filter(({ name }) => name.includes("/summaries/"));
    expect(summaries.map(({ content }) => (JSON.parse(content) as readonly object[]).length)).toEqual([
      1_000, 1,
    ]);
  });

  it("reads back as the rows it was made of, to the last bit of every number", () => {
    const reader = new RowReader();
    const samples = [...files].filter(([name]) => name.startsWith("samples/"));
    for (const [at, [, sample]] of samples.entries()) reader.take(sample, at + 1);
    const { rows } = reader.end();
    expect(rows.map(({ prediction, target, choices }) => [prediction, target, choices])).toEqual(
      made.rows.map(({ prediction, target, choices }) => [prediction, target, choices]),
    );
    expect(atOnce(scoreRows(rows, { profile: "strict" })).entries).toEqual(made.entries);
  });
});
