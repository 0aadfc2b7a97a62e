import type { Leaf } from "./schema.ts";
import type { Stored } from "./values.ts";

/** Stands where a value cannot be read. */
export class Unread {
  /** What is stored instead. */
  readonly what: string;

  constructor(what: string) {
    this.what = what;
  }
}

/** Values as JSON has them, or what is wrong with one. */
export type Converted = string | number | boolean | object | Unread | null;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** Bytes of the largest decimal that anybody writes are 32. */
const maxDecimalBytes = 64;

/**
 * A stored value as a table of text has it.
 *
 * Integers are numbers where these are exact; decimals, dates and times are text (ISO 8601; of a time in a zone, UTC);
 * floats that are no number are the words NaN, Infinity and -Infinity; bytes that are no text are told of by their
 * number, `{ bytes: 3 }`, which no reader takes for text.
 */
export function converted({ meaning, type }: Leaf, stored: Stored): Converted {
  const { kind } = meaning;
  if (stored instanceof Uint8Array) {
    if (kind === "text") return textOf(stored);
    if (kind === "json") return jsonOf(stored);
    if (kind === "decimal")
      return stored.length > maxDecimalBytes
        ? new Unread(`a decimal of ${stored.length} bytes`)
        : decimalText(signed(stored), meaning.scale);
    if (kind === "uuid" && stored.length === 16) return uuidText(stored);
    if (kind === "float16" && stored.length === 2) return floatOf(half(stored));
    return { bytes: stored.length };
  }
  if (typeof stored === "boolean") return stored;
  if (kind === "decimal") return decimalText(BigInt(stored), meaning.scale);
  if (kind === "timestamp") return timestampText(BigInt(stored), meaning.perSecond, meaning.zone);
  if (kind === "time") return timeText(BigInt(stored), meaning.perSecond);
  if (kind === "date") return dateText(Number(stored));
  if (typeof stored === "bigint") {
    const value = kind === "unsigned" ? BigInt.asUintN(64, stored) : stored;
    if (value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER) return Number(value);
    return new Unread(`${value}, which no number holds exactly: write it as text`);
  }
  return type === "int32" ? (kind === "unsigned" ? stored >>> 0 : stored) : floatOf(stored);
}

function textOf(bytes: Uint8Array): Converted {
  try {
    return utf8.decode(bytes);
  } catch {
    return new Unread("text that is not UTF-8");
  }
}

function jsonOf(bytes: Uint8Array): Converted {
  const text = textOf(bytes);
  if (typeof text !== "string") return text;
  try {
    return JSON.parse(text) as Converted;
  } catch {
    return new Unread("JSON that cannot be read");
  }
}

const floatOf = (value: number): number | string => (Number.isFinite(value) ? value : String(value));

/** Two's complement, the highest byte first. */
function signed(bytes: Uint8Array): bigint {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
  return hex === "" ? 0n : BigInt.asIntN(8 * bytes.length, BigInt(`0x${hex}`));
}

function decimalText(value: bigint, scale: number): string {
  if (scale === 0) return String(value);
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0");
  return `${value < 0n ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** A float of 16 bits, the lowest byte first. */
function half(bytes: Uint8Array): number {
  const bits = (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8);
  const [sign, exponent, fraction] = [bits >> 15 === 0 ? 1 : -1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Milliseconds that a date may be from 1970. */
const maxDateMs = 8.64e15;

function dateText(days: number): Converted {
  const ms = days * 86_400_000;
  if (Math.abs(ms) > maxDateMs) return new Unread(`day ${days} from 1970, which is no date`);
  return new Date(ms).toISOString().replace(/T.*/, "");
}

function timestampText(value: bigint, perSecond: bigint, zone: boolean): Converted {
  const part = ((value % perSecond) + perSecond) % perSecond;
  const ms = Number((value - part) / perSecond) * 1000;
  if (Math.abs(ms) > maxDateMs) return new Unread(`a time of ${value} from 1970, which is no date`);
  return `${new Date(ms).toISOString().slice(0, -5)}${fraction(part, perSecond)}${zone ? "Z" : ""}`;
}

function timeText(value: bigint, perSecond: bigint): Converted {
  const seconds = Number(value / perSecond);
  if (value < 0n || seconds >= 86_400) return new Unread(`${value}, which is no time of a day`);
  return `${new Date(1000 * seconds).toISOString().slice(11, 19)}${fraction(value % perSecond, perSecond)}`;
}

/** What is left of a second, in as many digits as the unit has; nothing for none. */
function fraction(part: bigint, perSecond: bigint): string {
  return part === 0n ? "" : `.${String(part).padStart(String(perSecond).length - 1, "0")}`;
}
