// How an option is said: its values and its default as words, for an editor's hover and the reference page.
import { rangeWords } from "../../ts/schema/options/ranges.ts";

/** Text as a sentence; "" stays "". */
export const sentence = (text) => (text === "" ? "" : `${text[0].toUpperCase()}${text.slice(1)}.`);

/** The values an option may have, as words; "" where its type says it all. */
export function valueWords(row) {
  switch (row.kind) {
    case "whole":
    case "number":
      return rangeWords(row);
    case "choice":
      return [...row.of.map((one) => `\`${one}\``), ...(row.or === undefined ? [] : [row.or.says])].join(
        ", ",
      );
    case "constant":
      return `\`${row.value}\``;
    case "flag":
      return "true or false";
    case "text":
      return row.pattern?.says ?? "text";
    case "triple":
      return `three of: ${valueWords(row.of)}`;
    case "list": {
      const many =
        row.lengths !== undefined
          ? `${row.lengths.join(" or ")} of`
          : row.atLeast !== undefined
            ? `at least ${row.atLeast} of`
            : "any number of";
      // A list of whole phases has a table of its own.
      return row.of.kind === "group" && Object.keys(row.of.options).length > 4
        ? `${many.replace(/ of$/, "")} phases`
        : `${many}: ${valueWords(row.of)}`;
    }
    case "map":
      return `${valueWords(row.of)}, by name`;
    case "either":
      return row.of.map(valueWords).join("; or ");
    case "pinned":
      return "nobody's to write";
    case "group":
      return Object.keys(row.options)
        .map((name) => `\`${name}\``)
        .join(", ");
    default:
      return "";
  }
}

/** The default of an option as words; "" where it must be written. */
export function defaultWords(row) {
  if (row.absent !== undefined) return row.absent;
  if (row.follows !== undefined) {
    const { option, values, otherwise } = row.follows;
    const cases = Object.entries(values).map(([key, value]) => `\`${value}\` where ${option} is \`${key}\``);
    return `${cases.join(", ")}, else \`${otherwise}\``;
  }
  if (row.default === undefined) return "";
  if (isEmptyGroup(row.default)) return "those of its options";
  return `\`${JSON.stringify(row.default).replaceAll('"', "").replaceAll(",", ", ").replaceAll(":", ": ")}\``;
}

const isEmptyGroup = (value) => typeof value === "object" && Object.keys(value).length === 0;
