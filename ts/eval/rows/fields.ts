import { stripEnds } from "../metrics/text.ts";
import { hasControl } from "./names.ts";
import { shown } from "./problems.ts";

/** What a JSON value is, in the words of the file. */
export function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  return typeof value === "string" ? `the text ${shown(value)}` : `${typeof value} ${String(value)}`;
}

/** An object of a file. */
export type Fields = Readonly<Record<string, unknown>>;
/** Is told each problem. */
export type Tell = (problem: string) => void;

export const isText = (value: unknown): value is string => typeof value === "string";
export const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A name as written: text, or a whole number, which is read as its digits. */
export function nameOf(fields: Fields, key: string, tell: Tell): string {
  const value = fields[key];
  if (typeof value === "number" && Number.isSafeInteger(value)) return String(value);
  if (isText(value) && stripEnds(value) !== "") {
    if (hasControl(value))
      tell(`${key} ${shown(value)} holds a control character: a name is one line of text`);
    return value;
  }
  if (value === undefined) tell(`${key} is missing`);
  else if (typeof value === "number")
    tell(`${key} is a number that is not read digit by digit (not whole, or beyond 2^53): write it as text`);
  else if (isText(value)) tell(`${key} is empty`);
  else tell(`${key} must be text or a whole number, found ${kindOf(value)}`);
  return "";
}

/** A text; anything else is told. */
export function textOf(fields: Fields, key: string, tell: Tell): string {
  const value = fields[key];
  if (isText(value)) return value;
  tell(value === undefined ? `${key} is missing` : `${key} must be text, found ${kindOf(value)}`);
  return "";
}

/** A list of values of one kind; undefined where there is none, or another kind is told. */
export function listOf<T>(
  fields: Fields,
  key: string,
  of: string,
  isOne: (one: unknown) => one is T,
  tell: Tell,
) {
  const value = fields[key];
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every(isOne)) return value as readonly T[];
  tell(
    `${key} must be a list of ${of}, found ${kindOf(Array.isArray(value) ? value.find((one) => !isOne(one)) : value)}${Array.isArray(value) ? " in it" : ""}`,
  );
  return undefined;
}
