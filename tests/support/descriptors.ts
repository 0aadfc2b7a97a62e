import { readFileSync } from "node:fs";
import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { createFileRegistry, fromBinary, ScalarType } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";

/** A generated message, seen as a plain record of its fields. */
export type Fields = Record<string, unknown>;

const registry = createFileRegistry(
  fromBinary(
    FileDescriptorSetSchema,
    readFileSync(new URL("../../py-runtime/tomoe_worker/server/gen/tomoe_v1.binpb", import.meta.url)),
  ),
);

/** The descriptor of message `name`, e.g. "StepResult". */
export function descriptor(name: string): DescMessage {
  const found = registry.getMessage(`tomoe.v1.${name}`);
  if (found === undefined) throw new Error(`no message ${name}`);
  return found;
}

/** The descriptors of every message of the contract. */
export function allMessages(): readonly DescMessage[] {
  return [...registry].filter(
    (one) => one.kind === "message" && one.file.proto.package === "tomoe.v1",
  ) as DescMessage[];
}

/**
 * Whether a field is one of a real oneof (proto3 `optional` makes a oneof of one, which the library hides).
 */
const inOneof = (field: DescField): boolean => field.oneof !== undefined;

/**
 * A message with every field set, as ts-proto shapes it: two items in a list, the count beside it; `values`
 * overrides by path.
 */
export function filledMessage(
  message: DescMessage,
  values: Readonly<Record<string, unknown>> = {},
  path: string = message.name,
): Fields {
  const fields: Fields = {};
  for (const field of message.fields) {
    if (inOneof(field)) continue;
    const where = `${path}.${field.localName}`;
    fields[field.localName] = where in values ? values[where] : filledField(field, values, where);
  }
  for (const oneof of message.oneofs) {
    // The first, or the one that `values` names: "TrainResponse.event": "step".
    const chosen = values[`${path}.${oneof.localName}`] ?? oneof.fields[0]?.localName;
    const field = oneof.fields.find(({ localName }) => localName === chosen);
    if (field === undefined) continue;
    fields[oneof.localName] = {
      $case: field.localName,
      value: filledField(field, values, `${path}.${field.localName}`),
    };
  }
  for (const field of message.fields) {
    const items = fields[field.localName];
    if (field.fieldKind === "list" && Array.isArray(items))
      fields[countOf(message, field).localName] = items.length;
  }
  return fields;
}

function filledField(field: DescField, values: Readonly<Record<string, unknown>>, where: string): unknown {
  if (field.fieldKind === "list") {
    const { message } = field;
    if (message !== undefined)
      return [0, 1].map((index) => filledMessage(message, values, `${where}[${index}]`));
    return [sample(field, 0), sample(field, 1)];
  }
  return field.message === undefined ? sample(field, 0) : filledMessage(field.message, values, where);
}

/** Any message the wire can carry, as ts-proto shapes it; all lists of one message are of one length. */
export function anyMessage(message: DescMessage): fc.Arbitrary<Fields> {
  return fc.nat(3).chain((length) => {
    const parts: Record<string, fc.Arbitrary<unknown>> = {};
    for (const member of message.members) {
      if (member.kind === "oneof")
        parts[member.localName] = fc.oneof(
          ...member.fields.map((field) =>
            fc.record({ $case: fc.constant(field.localName), value: anyValue(field) }),
          ),
        );
      else if (member.fieldKind === "list")
        parts[member.localName] = fc.array(anyValue(member), { minLength: length, maxLength: length });
      else parts[member.localName] = anyValue(member);
    }
    for (const list of message.fields.filter(({ fieldKind }) => fieldKind === "list"))
      parts[countOf(message, list).localName] = fc.constant(length);
    return fc.record(parts);
  });
}

function anyValue(field: DescField): fc.Arbitrary<unknown> {
  if (field.message !== undefined) return anyMessage(field.message);
  switch (field.scalar) {
    case ScalarType.STRING:
      return fc.string({ unit: "binary" });
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.UINT64:
      return fc.bigInt({ min: 0n, max: BigInt(Number.MAX_SAFE_INTEGER) });
    case ScalarType.BYTES:
      return fc.uint8Array();
    case ScalarType.DOUBLE:
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case ScalarType.SINT32:
      return fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return fc.integer({ min: 0, max: 2 ** 32 - 1 });
    default:
      throw new Error(`no values for ${field.parent.name}.${field.localName}`);
  }
}

function sample(field: DescField, offset: number): unknown {
  const number = field.number + offset;
  switch (field.scalar) {
    case ScalarType.STRING:
      return `text-${number}`;
    case ScalarType.BOOL:
      return true;
    case ScalarType.UINT64:
      return BigInt(number);
    case ScalarType.BYTES:
      return new Uint8Array([number]);
    case ScalarType.DOUBLE:
      return number + 0.5;
    case ScalarType.UINT32:
    case ScalarType.SINT32:
    case ScalarType.FIXED32:
      return number;
    default:
      throw new Error(`no sample for ${field.parent.name}.${field.localName}`);
  }
}

/** The count of a list: the nearest uint32 before it, as `server/wire/walk.py` has it. */
export function countOf(message: DescMessage, list: DescField): DescField {
  const before = message.fields.filter(
    (field) =>
      field.number < list.number && field.scalar === ScalarType.UINT32 && field.fieldKind === "scalar",
  );
  const count = before.at(-1);
  if (count === undefined) throw new Error(`${message.name}.${list.localName} has no count`);
  return count;
}

/** One field that can be left out of a message: who holds it, its key, its path as errors name it. */
export interface Leaf {
  readonly owner: Fields;
  readonly key: string;
  readonly path: string;
}

/** Every field of a message that can be missing, depth first. Lists cannot; their counts can. */
export function leaves(message: DescMessage, fields: Fields, path: string = message.name): Leaf[] {
  return [
    ...message.fields
      .filter((field) => !inOneof(field))
      .flatMap((field): Leaf[] => {
        const where = `${path}.${field.localName}`;
        const value = fields[field.localName];
        if (field.fieldKind === "list") {
          const { message: inner } = field;
          return inner === undefined || !Array.isArray(value)
            ? []
            : value.flatMap((item: unknown, index) => leaves(inner, item as Fields, `${where}[${index}]`));
        }
        const own: Leaf = { owner: fields, key: field.localName, path: where };
        return field.message === undefined ? [own] : [own, ...leaves(field.message, value as Fields, where)];
      }),
    ...message.oneofs.flatMap((oneof): Leaf[] => {
      const own: Leaf = { owner: fields, key: oneof.localName, path: `${path}.${oneof.localName}` };
      const chosen = fields[oneof.localName] as { $case: string; value: unknown } | undefined;
      const field = oneof.fields.find(({ localName }) => localName === chosen?.$case);
      return field?.message === undefined || chosen === undefined
        ? [own]
        : [own, ...leaves(field.message, chosen.value as Fields, `${path}.${field.localName}`)];
    }),
  ];
}
