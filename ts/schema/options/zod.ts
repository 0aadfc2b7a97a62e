import { z } from "zod";
import { lowerWords, outOfRange } from "./ranges.ts";
import type {
  ChoiceRow,
  Follows,
  GroupRow,
  ListRow,
  MapRow,
  NumberRow,
  Row,
  Rows,
  ValueOf,
  ValuesOf,
  WrittenIn,
} from "./row.ts";

/** The schema of a group of options: unknown keys are refused, defaults filled in. */
export function schemaOf<const R extends Rows>(options: R): z.ZodType<ValuesOf<R>, WrittenIn<R>> {
  return groupSchema(options) as unknown as z.ZodType<ValuesOf<R>, WrittenIn<R>>;
}

/** The schema of one of several groups, told apart by their option `kind`. */
export function schemaOfOne<const G extends readonly GroupRow[]>(
  groups: G,
): z.ZodType<ValueOf<{ readonly kind: "one-of"; readonly of: G }>> {
  return oneOfSchema(groups) as unknown as z.ZodType<ValueOf<{ readonly kind: "one-of"; readonly of: G }>>;
}

/** The schema of one option that is given, without its default. */
function bareSchema(row: Row): z.ZodType {
  switch (row.kind) {
    case "whole":
    case "number":
      return numberSchema(row);
    case "flag":
      return z.boolean();
    case "constant":
      return z.literal(row.value);
    case "choice":
      return choiceSchema(row);
    case "text":
      return row.pattern === undefined
        ? z.string().min(1, { error: "it must not be empty" })
        : z.string().regex(row.pattern.fits, { error: row.pattern.says });
    case "triple":
      return z.tuple([bareSchema(row.of), bareSchema(row.of), bareSchema(row.of)]);
    case "list":
      return listSchema(row);
    case "map":
      return mapSchema(row);
    case "group":
      return groupSchema(row.options);
    case "pinned":
      return row.schema;
    case "one-of":
      return oneOfSchema(row.of);
    case "either":
      return z.union(row.of.map(bareSchema));
  }
}

function numberSchema(row: NumberRow): z.ZodType {
  return z.number({ error: `must be ${lowerWords(row)}` }).superRefine((value, context) => {
    const wrong = outOfRange(row, value);
    if (wrong !== undefined) context.addIssue({ code: "custom", message: `must be ${wrong}` });
  });
}

function listSchema({ of, atLeast, lengths }: ListRow): z.ZodType {
  const list = z.array(bareSchema(of));
  if (atLeast !== undefined)
    return list.min(atLeast, { error: `name at least ${atLeast === 1 ? "one" : atLeast}` });
  if (lengths === undefined) return list;
  return list.refine((entries) => lengths.includes(entries.length), {
    error: `give ${lengths.join(" or ")}`,
  });
}

function choiceSchema({ of, or }: Pick<ChoiceRow, "of" | "or">): z.ZodString | z.ZodEnum {
  if (or === undefined) return z.enum(of);
  const error = `must be one of ${of.join(", ")}, or ${or.says}`;
  return z.string({ error }).refine((value) => of.includes(value) || or.fits.test(value), { error });
}

function mapSchema({ of, keys, or }: MapRow): z.ZodType {
  if ("fits" in keys) return z.record(z.string().regex(keys.fits, { error: keys.says }), bareSchema(of));
  return or === undefined
    ? z.partialRecord(z.enum(keys), bareSchema(of))
    : z.record(choiceSchema({ of: keys, or }), bareSchema(of));
}

function oneOfSchema(groups: readonly GroupRow[]): z.ZodType {
  const [first, ...rest] = groups.map(({ options }) => objectSchema(options));
  if (first === undefined) return z.never();
  const schema = z.discriminatedUnion("kind", [first, ...rest]);
  if (groups.every(({ options }) => followingOf(options).length === 0)) return schema;
  return schema.transform((value) => {
    const group = groups.find(
      ({ options: { kind } }) => kind?.kind === "constant" && kind.value === value.kind,
    );
    return group === undefined ? value : followed(value, followingOf(group.options));
  });
}

/** The schema of each option by its name, for an object that has other fields beside them. */
export function fieldSchemas(options: Rows): { readonly [option: string]: z.ZodType } {
  return Object.fromEntries(
    Object.entries(options).map(([name, row]) => [name, presence(bareSchema(row), row)]),
  );
}

function objectSchema(options: Rows): z.ZodObject {
  return z.strictObject(fieldSchemas(options));
}

/** What is filled in where nobody wrote the option. */
function presence(schema: z.ZodType, row: Row): z.ZodType {
  if (row.absent !== undefined || row.follows !== undefined) return schema.optional();
  if (row.default === undefined) return schema;
  // Taken as if it had been written, so that the defaults of what it holds are filled in around it.
  return schema.prefault(row.default);
}

/** As `schemaOf`, for rows that are put together while running. */
export function groupSchema(options: Rows): z.ZodType {
  const following = followingOf(options);
  const schema = objectSchema(options);
  return following.length === 0 ? schema : schema.transform((value) => followed(value, following));
}

function followingOf(options: Rows): readonly (readonly [string, Follows])[] {
  return Object.entries(options).flatMap(([name, row]) =>
    row.follows === undefined ? [] : [[name, row.follows] as const],
  );
}

/** A group with its options that follow another one filled in. */
function followed(
  value: { readonly [option: string]: unknown },
  following: readonly (readonly [string, Follows])[],
): { readonly [option: string]: unknown } {
  const filled: { [option: string]: unknown } = { ...value };
  for (const [name, { option, values, otherwise }] of following) {
    const by = String(filled[option]);
    filled[name] ??= Object.hasOwn(values, by) ? values[by] : otherwise;
  }
  return filled;
}
