import { TomoeError } from "../../errors.ts";

export type Operator = "=" | "!=" | "<" | "<=" | ">" | ">=" | "~";

/** What a field is compared with: as it was written, and whether in quotes, so that it is text whatever it looks like. */
export interface Literal {
  readonly text: string;
  readonly isQuoted: boolean;
}

/** A filter, understood. */
export type Expression =
  | { readonly kind: "and" | "or"; readonly parts: readonly Expression[] }
  | { readonly kind: "not"; readonly part: Expression }
  | {
      readonly kind: "compare";
      readonly field: string;
      readonly operator: Operator;
      readonly literal: Literal;
    };

interface Token {
  readonly kind: "word" | "quoted" | "operator" | "open" | "close";
  readonly text: string;
  /** Character at which it begins, from 0. */
  readonly at: number;
}

const shapes: readonly (readonly [Token["kind"] | "space", RegExp])[] = [
  ["space", /\s+/y],
  ["open", /\(/y],
  ["close", /\)/y],
  ["operator", /<=|>=|!=|==|=|<|>|~/y],
  ["quoted", /"[^"]*"|'[^']*'/y],
  ["word", /[^\s()=!<>~"']+/y],
];

/** `USAGE_INVALID` for a filter, with the place of the mistake. */
export function filterInvalid(filter: string, what: string, at?: number): TomoeError {
  return new TomoeError("USAGE_INVALID", `--filter "${filter}": ${what}`, {
    hint: 'Write it as "state=finished and closed-vqa/accuracy.micro>=0.5": fields joined by and, or, not, ( ).',
    details: { filter, ...(at === undefined ? {} : { at }) },
  });
}

function tokensOf(filter: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < filter.length; ) {
    const found = shapes.flatMap(([kind, shape]) => {
      shape.lastIndex = at;
      const text = shape.exec(filter)?.[0];
      return text === undefined ? [] : [{ kind, text }];
    })[0];
    if (found === undefined) {
      const isQuote = /["']/.test(filter.charAt(at));
      throw filterInvalid(filter, isQuote ? "a quote is not closed" : `unexpected "${filter[at]}"`, at);
    }
    const { kind, text } = found;
    if (kind !== "space") tokens.push({ kind, text: kind === "quoted" ? text.slice(1, -1) : text, at });
    at += text.length;
  }
  return tokens;
}

const operators: Readonly<Record<string, Operator>> = {
  "=": "=",
  "==": "=",
  "!=": "!=",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
  "~": "~",
};

/** Goes through the tokens once: or over and, and over not, not over one comparison or a group. */
class Parser {
  readonly #filter: string;
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(filter: string) {
    this.#filter = filter;
    this.#tokens = tokensOf(filter);
  }

  whole(): Expression {
    const found = this.#list("or", () => this.#list("and", () => this.#negated()));
    const left = this.#tokens[this.#next];
    if (left !== undefined) throw this.#wrong('"and", "or" or the end');
    return found;
  }

  #list(kind: "and" | "or", part: () => Expression): Expression {
    const parts = [part()];
    while (this.#takesWord(kind)) parts.push(part());
    const [only] = parts;
    return only !== undefined && parts.length === 1 ? only : { kind, parts };
  }

  #negated(): Expression {
    return this.#takesWord("not") ? { kind: "not", part: this.#negated() } : this.#single();
  }

  #single(): Expression {
    if (this.#take("open") === undefined) return this.#comparison();
    const inner = this.#list("or", () => this.#list("and", () => this.#negated()));
    if (this.#take("close") === undefined) throw this.#wrong('")"');
    return inner;
  }

  #comparison(): Expression {
    const field = this.#take("word") ?? this.#take("quoted");
    if (field === undefined) throw this.#wrong("a field");
    const operator = operators[this.#take("operator")?.text ?? ""];
    if (operator === undefined) throw this.#wrong(`a comparison (= != < <= > >= ~) of ${field.text}`);
    const literal = this.#take("word") ?? this.#take("quoted");
    if (literal === undefined) throw this.#wrong(`a value for ${field.text}`);
    return {
      kind: "compare",
      field: field.text,
      operator,
      literal: { text: literal.text, isQuoted: literal.kind === "quoted" },
    };
  }

  #take(kind: Token["kind"]): Token | undefined {
    const token = this.#tokens[this.#next];
    if (token?.kind !== kind) return undefined;
    this.#next += 1;
    return token;
  }

  #takesWord(word: string): boolean {
    const token = this.#tokens[this.#next];
    const isIt = token?.kind === "word" && token.text.toLowerCase() === word;
    if (isIt) this.#next += 1;
    return isIt;
  }

  #wrong(wanted: string): TomoeError {
    const token = this.#tokens[this.#next];
    return token === undefined
      ? filterInvalid(this.#filter, `${wanted} is missing at the end`, this.#filter.length)
      : filterInvalid(this.#filter, `${wanted} belongs where "${token.text}" stands`, token.at);
  }
}

/**
 * Understands a filter: comparisons `FIELD OP VALUE` joined by and, or, not and brackets; `~` is "contains".
 *
 * @throws TomoeError `USAGE_INVALID` with the character at which it goes wrong.
 */
export function parseFilter(filter: string): Expression {
  return new Parser(filter).whole();
}

/** The names of the fields of a filter, each once. */
export function fieldsIn(expression: Expression): readonly string[] {
  if (expression.kind === "compare") return [expression.field];
  const parts = expression.kind === "not" ? [expression.part] : expression.parts;
  return [...new Set(parts.flatMap(fieldsIn))];
}
