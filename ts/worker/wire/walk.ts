import type { DescField, DescMessage, DescOneof, FileRegistry } from "@bufbuild/protobuf";
import { createFileRegistry, fromBinary, ScalarType } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { bug, TomoeError } from "../../errors.ts";
import { descriptorSet } from "../../gen/descriptors.ts";
import type { Check } from "./scalars.ts";
import { anyDouble, incoming, invalid, kindOf, outgoing, required, uint32 } from "./scalars.ts";

/*
 * Nouns <-> messages by the contract's own descriptors, as `server/wire/walk.py` does: every field present,
 * every number in its range, every list as long as the count beside it, every text well formed. Names are the
 * same on both sides; a noun has no counts, and plain numbers where the wire has 64 bits.
 */

/** A generated message type; its name stands for its descriptor. */
export interface Codec<M> {
  readonly $type: string;
  decode(bytes: Uint8Array): M;
}

/** Names of counts, and of a few numbers that only look like one: the descriptors tell which. */
type CountLike = "count" | `${string}Count`;

/** The noun of a generated message: the same names, nothing unset; the walk makes and takes the counts. */
export type Noun<M> = M extends bigint
  ? number
  : M extends string | number | boolean | Uint8Array
    ? M
    : M extends readonly (infer Item)[]
      ? readonly Noun<Item>[]
      : {
          readonly [K in keyof M as K extends CountLike ? never : K]-?: Noun<Exclude<M[K], undefined>>;
        } & {
          readonly [K in keyof M as K extends CountLike ? K : never]?: number;
        };

/** A member of a union as the wire has it. */
type Chosen<U> = U extends { readonly kind: infer K }
  ? { readonly $case: K; readonly value: Omit<U, "kind"> }
  : never;

/**
 * The one rule for unions: a noun's `kind` says which member it is, and is the name of the field that is set
 * on the wire; a kind that the contract lacks is refused by `pack`, naming the known ones.
 */
export function chosen<U extends { readonly kind: string }>({ kind, ...value }: U): Chosen<U> {
  return { $case: kind, value } as Chosen<U>;
}

type Fields = Record<string, unknown>;

/** Which way a walk goes, and what it lets pass. */
interface Way {
  readonly outwards: boolean;
  readonly check: (field: DescField) => Check | undefined;
}

const out: Way = { outwards: true, check: ({ scalar }) => scalar && outgoing.get(scalar) };

/**
 * The message of a noun, whole and in range: nothing else leaves.
 *
 * @throws TomoeError `WIRE_INCOMPLETE` naming a field that is not set, e.g. `Batch.items[3].prompt`;
 * `WIRE_INVALID` naming one whose value the wire cannot hold, or that the contract lacks.
 */
export function pack<M>(codec: Codec<M>, noun: Noun<M>): M {
  const message = descriptor(codec);
  return walkMessage(out, message, noun, message.name) as M;
}

/**
 * The noun of a received message.
 *
 * @param mayDiverge - names of numbers that may be NaN or infinite: results, where that is a fact.
 * @throws TomoeError as `pack`, and `WIRE_INCOMPLETE` for a list that is not as long as its count says.
 */
export function unpack<M>(codec: Codec<M>, received: M, mayDiverge: readonly string[] = []): Noun<M> {
  const message = descriptor(codec);
  const way: Way = {
    outwards: false,
    check: ({ scalar, localName }) =>
      scalar === ScalarType.DOUBLE && mayDiverge.includes(localName)
        ? anyDouble
        : scalar && incoming.get(scalar),
  };
  return walkMessage(way, message, received, message.name) as Noun<M>;
}

function walkMessage(way: Way, message: DescMessage, given: unknown, path: string): Fields {
  if (typeof given !== "object" || given === null)
    throw invalid(path, kindOf(given), "It must hold the fields of its message.");
  const source = given as Fields;
  const { members } = layoutOf(message);
  const walked: Fields = {};
  if (way.outwards) refuseUnknown(members, source, path);
  for (const member of members) {
    const where = `${path}.${member.localName}`;
    const value = source[member.localName];
    if (member.kind === "oneof")
      walked[member.localName] = walkChoice(way, member, required(value, where), path);
    else if (member.fieldKind === "list")
      walked[member.localName] = walkList(way, member, source, walked, path);
    else walked[member.localName] = walkValue(way, member, required(value, where), where);
  }
  return walked;
}

function walkValue(way: Way, field: DescField, value: unknown, path: string): unknown {
  if (field.message !== undefined) return walkMessage(way, field.message, value, path);
  const check = way.check(field);
  if (check === undefined) throw bug(`the walk has no rule for the kind of ${path}`);
  return check(value, path);
}

/** A oneof in ts-proto's form; as in Python, the path names the field that is set. */
function walkChoice(way: Way, oneof: DescOneof, given: unknown, path: string): Fields {
  const { $case, value } = given as { readonly $case?: unknown; readonly value?: unknown };
  const field = oneof.fields.find(({ localName }) => localName === $case);
  if (field === undefined)
    throw invalid(
      `${path}.${oneof.localName}`,
      JSON.stringify($case) ?? "nothing",
      `It must be one of ${oneof.fields.map(({ localName }) => localName).join(", ")}.`,
    );
  const where = `${path}.${field.localName}`;
  return { $case, value: walkValue(way, field, required(value, where), where) };
}

/** Going out, the count is written beside the list; coming in, the two are compared. */
function walkList(way: Way, list: DescField, source: Fields, walked: Fields, path: string): unknown[] {
  const where = `${path}.${list.localName}`;
  const items: unknown = required(source[list.localName], where);
  if (!Array.isArray(items)) throw invalid(where, kindOf(items), "It must be a list.");
  const count = layoutOf(list.parent).counts.get(list.localName) ?? "";
  const countPath = `${path}.${count}`;
  if (way.outwards) {
    const shared = walked[count];
    if (shared !== undefined && shared !== items.length)
      throw invalid(where, `${items.length} long`, `The lists of ${countPath} must be of one length.`);
    walked[count] = items.length;
  } else {
    const announced = uint32(required(source[count], countPath), countPath);
    if (announced !== items.length)
      throw new TomoeError(
        "WIRE_INCOMPLETE",
        `${where} holds ${items.length} items but ${countPath} says ${announced}`,
        {
          hint: "The message was cut or made by another build; install the same version on both sides.",
          details: { field: where, announced, found: items.length },
        },
      );
  }
  return items.map((item: unknown, index) =>
    walkValue(way, list, required(item, `${where}[${index}]`), `${where}[${index}]`),
  );
}

function refuseUnknown(members: DescMessage["members"], source: Fields, path: string): void {
  for (const [name, value] of Object.entries(source)) {
    if (value !== undefined && !members.some(({ localName }) => localName === name))
      throw new TomoeError("WIRE_INVALID", `${path} holds ${name}, which the contract lacks`, {
        hint: "Take it out, or add it to the message in proto/ and to the worker's spec.",
        details: { field: `${path}.${name}` },
      });
  }
}

/** A message without its counts, and the count of each of its lists by name. */
interface Layout {
  readonly members: DescMessage["members"];
  readonly counts: ReadonlyMap<string, string>;
}

const layouts = new Map<DescMessage, Layout>();

/** The count of a list is the nearest uint32 before it; `mean` and `std` share theirs. */
function layoutOf(message: DescMessage): Layout {
  const known = layouts.get(message);
  if (known !== undefined) return known;
  const counts = new Map<string, string>();
  for (const list of message.fields.filter(({ fieldKind }) => fieldKind === "list")) {
    const count = message.fields.findLast(
      ({ number, fieldKind, scalar }) =>
        number < list.number && fieldKind === "scalar" && scalar === ScalarType.UINT32,
    );
    if (count === undefined) throw bug(`${message.name}.${list.localName} has no count before it`);
    counts.set(list.localName, count.localName);
  }
  const names = new Set(counts.values());
  const layout = { members: message.members.filter(({ localName }) => !names.has(localName)), counts };
  layouts.set(message, layout);
  return layout;
}

let registry: FileRegistry | undefined;

/** Read at the first message, not when this module is loaded. */
function descriptor({ $type }: { readonly $type: string }): DescMessage {
  registry ??= createFileRegistry(fromBinary(FileDescriptorSetSchema, Buffer.from(descriptorSet, "base64")));
  const message = registry.getMessage($type);
  if (message === undefined) throw bug(`the contract has no message ${$type}`);
  return message;
}
