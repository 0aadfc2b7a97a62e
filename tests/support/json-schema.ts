// A published JSON schema (draft 7) as a check of documents.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { repoRoot } from "./source-tree.ts";

type Json = { readonly [key: string]: unknown };

/** Conditions that zod does not know; the tests look at what they demand. */
const conditions = ["if", "then", "else", "not"];

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "string") return value.replace("#/$defs/", "#/definitions/");
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value as Json)
      .filter(([key]) => !conditions.includes(key))
      .map(([key, one]) => [key === "$defs" ? "definitions" : key, plain(one)]),
  );
}

/** Reads a schema of `tests/fixtures`: what a document lacks is thrown by name. */
export function schemaNamed(path: string): z.ZodType {
  const text = readFileSync(join(repoRoot, "tests/fixtures", path), "utf8");
  return z.fromJSONSchema(plain(JSON.parse(text)) as Parameters<typeof z.fromJSONSchema>[0]);
}
