import { splitWords } from "../metrics/text.ts";
import { shown } from "./problems.ts";

type Tell = (problem: string) => void;

const plain = /^[!-~]+$/;

/** Characters that nobody sees: soft hyphens, zero-width spaces and joiners, byte order marks. */
const unseen = /\p{Default_Ignorable_Code_Point}/gu;

/** A text without the characters that nobody sees. */
export const withoutUnseen = (text: string): string => text.replaceAll(unseen, "");

/** A name as it looks: NFC, without what nobody sees, whitespace at its ends left out and each run of it one space. */
export const looksLike = (name: string): string =>
  plain.test(name) ? name : splitWords(withoutUnseen(name).normalize("NFC")).join(" ");

/** True for a text with a control character, which no table, page or terminal shows as it is. */
export const hasControl = (name: string): boolean => /\p{Cc}/u.test(name);

/** Names of one kind; two that are written apart and look equal are told. */
export class Names {
  private readonly kind: string;
  private readonly fold: (name: string) => string;
  readonly written = new Map<string, { readonly name: string; readonly place: string }>();

  constructor(kind: string, fold: (name: string) => string) {
    this.kind = kind;
    this.fold = fold;
  }

  see(name: string, place: () => string, tell: Tell): void {
    const key = this.fold(name);
    const before = this.written.get(key);
    if (before === undefined) this.written.set(key, { name, place: place() });
    else if (before.name !== name)
      tell(
        `${place()}: ${this.kind} ${shown(name)} looks like ${shown(before.name)} of ${before.place}: write one name one way`,
      );
  }
}
