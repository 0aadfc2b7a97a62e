import { TomoeError } from "../../errors.ts";

/** Problems listed in a message; the others are counted. */
const listedAtMost = 20;

/** Characters of a text that a message quotes. */
const quotedAtMost = 80;

/**
 * A text of a file as a message quotes it: in quotation marks, cut where it is long, and with control characters, those
 * that turn the writing direction and those that nobody sees as escapes, so that a terminal obeys none of them.
 */
export function shown(text: string): string {
  const cut = text.length > quotedAtMost ? `${text.slice(0, quotedAtMost)}...` : text;
  return escaped(JSON.stringify(cut.toWellFormed()));
}

/** The text with control characters, those that turn the writing direction, and those that nobody sees, as escapes. */
export function escaped(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu,
    (character) =>
      character
        .split("")
        .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
        .join(""),
  );
}

/** Counts every problem of a file and keeps the first twenty in words, however many there are. */
export class Problems {
  /** All of them. */
  count = 0;
  readonly first: string[] = [];

  add(problem: string): void {
    this.count += 1;
    if (this.first.length < listedAtMost) this.first.push(problem);
  }

  /** The same, behind a headline: "3 problems in 10 prediction rows:" and a line each. */
  told(headline: string): string {
    const more = this.count > this.first.length ? [`... and ${this.count - this.first.length} more`] : [];
    return [`${headline}:`, ...this.first, ...more].join("\n");
  }

  /** `DATA_PREDICTIONS` of all of them. */
  refusal(rows: number): TomoeError {
    const headline = `${this.count} ${this.count === 1 ? "problem" : "problems"} in ${rows} prediction ${rows === 1 ? "row" : "rows"}`;
    return new TomoeError("DATA_PREDICTIONS", this.told(headline), {
      hint: "A row is {id, case, subject?, task, type?, choices?, target, prediction}, one JSON object a line, in UTF-8; nothing is scored until every row is right.",
      details: { count: this.count, problems: this.first },
    });
  }
}
