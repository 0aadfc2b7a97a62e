import { commands } from "../../../../../ts/cli/commands/index.ts";
import { predictDocument } from "../../../../../ts/cli/commands/predict/document.ts";
import { failureDocument } from "../../../../../ts/cli/words/document-parts.ts";
import { schemaOf } from "../../../../../ts/cli/words/schema.ts";
import { TomoeError } from "../../../../../ts/errors.ts";

describe("the documents of --json", () => {
  it("have a schema for every command, with the failure document beside its own", async () => {
    for (const command of commands) {
      const schema = (await command.schema()) as {
        readonly title: string;
        readonly anyOf: readonly {
          readonly properties: Record<string, unknown>;
          readonly required: readonly string[];
        }[];
      };
      expect(schema.title).toBe(`tomoe ${command.name} --json`);
      expect(schema.anyOf).toHaveLength(2);
      expect(schema.anyOf[0]?.required).toContain("ok");
      expect(schema.anyOf[1]?.required).toEqual(["ok", "error"]);
    }
  });

  it("are titled by the command and hold both shapes", async () => {
    expect(await schemaOf("predict", predictDocument)).toMatchObject({
      title: "tomoe predict --json",
      anyOf: [{ required: expect.arrayContaining(["runId", "answers"]) }, { required: ["ok", "error"] }],
    });
  });

  it("take the failure document that an error gives", () => {
    failureDocument.parse(
      new TomoeError("DATA_NOT_HU", "w", {
        hint: "h",
        details: { a: 1 },
      }).toDocument(),
    );
  });

  it("allow keys that are added, and none of the promised to be missing", () => {
    const answer = {
      question: "q",
      answer: "a",
      choice: "B",
      choiceLogProbs: [-1, -2],
      route: { task: "closed-vqa", confidence: 0.98, fallback: false, more: 1 },
    };
    const predict = {
      ok: true,
      runId: "r",
      checkpoint: "000001-shared-00000001",
      report: null,
      reportRequest: null,
      answers: [answer],
      receipt: { format: "nifti", sourceDigest: "d" },
      timing: { readSeconds: 1, encodeSeconds: 1, generateSeconds: 1 },
      added: true,
    };
    predictDocument.parse(predict);
    expect(predictDocument.safeParse({ ...predict, report: "" }).success).toBe(false);
    const { timing: _timing, ...without } = predict;
    expect(predictDocument.safeParse(without).success).toBe(false);
  });
});
