import type { TensorLimits } from "./column.ts";
import { refuseBytes } from "./flatbuffer.ts";

/** What the extension metadata of a column says of its tensors. */
export interface TensorShape {
  readonly shape: readonly number[];
  readonly dimNames: readonly string[];
}

const whole = "(?:0|[1-9][0-9]{0,15})";
const text = String.raw`"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"`;
const gap = "[ \\t\\n\\r]*";
const list = (item: string) => `\\[${gap}(?:${item}(?:${gap},${gap}${item})*${gap})?\\]`;
// JSON parsers differ where the format is loose (2.0, 1e0, a key twice, NaN), so both languages hold the text
// to this narrow form, which every one of them reads the same way.
const member = new RegExp(
  `${gap}([{,])${gap}"(?:(shape|permutation)"${gap}:${gap}(${list(whole)})|(dim_names)"${gap}:${gap}(${list(text)}))`,
  "y",
);
const closing = new RegExp(`^${gap}\\}${gap}$`);

/** Members of a `{"shape": [..], "dim_names": [".."], "permutation": [..]}`, or undefined for any other text. */
function readMembers(json: string): ReadonlyMap<string, readonly unknown[]> | undefined {
  const members = new Map<string, readonly unknown[]>();
  let at = 0;
  for (;;) {
    member.lastIndex = at;
    const found = member.exec(json);
    if (found === null) break;
    const [part, opener, sizes, numbers, names, strings] = found;
    const key = sizes ?? names ?? "";
    if ((opener === "{") !== (at === 0) || members.has(key)) return undefined;
    members.set(key, JSON.parse(numbers ?? strings ?? "[]") as unknown[]);
    at += part.length;
  }
  return at > 0 && closing.test(json.slice(at)) ? members : undefined;
}

function areNames(value: readonly unknown[], rank: number, limits: TensorLimits): value is string[] {
  return (
    value.length === rank &&
    new Set(value).size === rank &&
    value.every(
      (name) =>
        typeof name === "string" &&
        name.length > 0 &&
        name.isWellFormed() &&
        Buffer.byteLength(name, "utf8") <= limits.nameBytes,
    )
  );
}

/**
 * Reads the metadata of an `arrow.fixed_shape_tensor`: a shape of 1 to 8 sizes, one distinct name each, and no
 * permutation but the one that changes nothing.
 *
 * @param column - the column's name, for messages.
 * @throws TomoeError `DATA_SHARD_SCHEMA` naming the column and what was found.
 * @see https://arrow.apache.org/docs/format/CanonicalExtensions.html#fixed-shape-tensor
 */
export function readTensorShape(json: string, column: string, limits: TensorLimits): TensorShape {
  const members = readMembers(json);
  const shape = members?.get("shape") as readonly number[] | undefined;
  const dimNames = members?.get("dim_names");
  if (members === undefined || shape === undefined || dimNames === undefined)
    refuseBytes(
      `column "${column}" has tensor metadata ${json.slice(0, 200)}`,
      "Write a JSON object with shape and dim_names, sizes as plain whole numbers, and nothing else.",
    );
  const sized = shape.every((size) => size >= 1 && Number.isSafeInteger(size));
  if (shape.length < 1 || shape.length > limits.rank || !sized)
    refuseBytes(
      `column "${column}" has shape ${JSON.stringify(shape)}`,
      `A shape is 1 to ${limits.rank} whole numbers, each at least 1.`,
    );
  if (!areNames(dimNames, shape.length, limits))
    refuseBytes(
      `column "${column}" has dimension names ${JSON.stringify(dimNames)}`,
      "Give one distinct name per dimension.",
    );
  const permutation = members.get("permutation") ?? shape.map((_, axis) => axis);
  if (permutation.length !== shape.length || permutation.some((from, axis) => from !== axis))
    refuseBytes(
      `column "${column}" has permutation ${JSON.stringify(permutation)}`,
      "Store tensors row-major, without a permutation.",
    );
  return { shape, dimNames };
}
