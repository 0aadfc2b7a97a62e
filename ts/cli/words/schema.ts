import type { ZodType } from "zod";
import type { JsonValue } from "../../errors.ts";

/** The JSON schema of what a command prints with `--json`: its document, or the failure document. */
export async function schemaOf(command: string, document: ZodType): Promise<JsonValue> {
  const { z } = await import("zod");
  const { failureDocument } = await import("./document-parts.ts");
  const schema = z.toJSONSchema(z.union([document, failureDocument]), { unrepresentable: "any" });
  return JSON.parse(JSON.stringify({ title: `tomoe ${command} --json`, ...schema })) as JsonValue;
}
