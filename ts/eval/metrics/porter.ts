/** Porter's stemmer as NLTK extends it (its default mode), which ROUGE's own scripts use. */

type Condition = (stem: string) => boolean;
type Rule = readonly [suffix: string, replacement: string, condition?: Condition];

const irregular: ReadonlyMap<string, string> = new Map([
  ["sky", "sky"],
  ["skies", "sky"],
  ["dying", "die"],
  ["lying", "lie"],
  ["tying", "tie"],
  ["news", "news"],
  ["innings", "inning"],
  ["inning", "inning"],
  ["outings", "outing"],
  ["outing", "outing"],
  ["cannings", "canning"],
  ["canning", "canning"],
  ["howe", "howe"],
  ["proceed", "proceed"],
  ["exceed", "exceed"],
  ["succeed", "succeed"],
]);

/** "c" or "v" for each letter; y is a consonant where no consonant stands before it. */
function shape(word: string): string {
  let made = "";
  for (const letter of word) {
    const isVowel = "aeiou".includes(letter) || (letter === "y" && made.at(-1) === "c");
    made += isVowel ? "v" : "c";
  }
  return made;
}

const measure = (stem: string): number => shape(stem).split("vc").length - 1;
const isPositive: Condition = (stem) => measure(stem) > 0;
const isAboveOne: Condition = (stem) => measure(stem) > 1;
const hasVowel: Condition = (stem) => shape(stem).includes("v");

const endsDouble = (word: string): boolean =>
  word.length >= 2 && word.at(-1) === word.at(-2) && shape(word).endsWith("c");

const endsCvc = (word: string): boolean => {
  const letters = shape(word);
  return (
    (word.length >= 3 && letters.endsWith("cvc") && !/[wxy]$/.test(word)) ||
    (word.length === 2 && letters === "vc")
  );
};

/** The first rule whose suffix fits decides, also when its condition does not hold. */
function byRules(word: string, rules: readonly Rule[]): string {
  for (const [suffix, replacement, condition] of rules) {
    if (!word.endsWith(suffix)) continue;
    const stem = word.slice(0, word.length - suffix.length);
    return condition === undefined || condition(stem) ? stem + replacement : word;
  }
  return word;
}

function plurals(word: string): string {
  if (word.endsWith("ies") && word.length === 4) return word.slice(0, -1);
  return byRules(word, [
    ["sses", "ss"],
    ["ies", "i"],
    ["ss", "ss"],
    ["s", ""],
  ]);
}

function pastAndGerund(word: string): string {
  if (word.endsWith("ied")) return word.length === 4 ? word.slice(0, -1) : word.slice(0, -2);
  if (word.endsWith("eed")) return isPositive(word.slice(0, -3)) ? word.slice(0, -1) : word;
  const stem = ["ed", "ing"]
    .filter((suffix) => word.endsWith(suffix))
    .map((suffix) => word.slice(0, -suffix.length))
    .find(hasVowel);
  if (stem === undefined) return word;
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (endsDouble(stem)) return /[lsz]$/.test(stem) ? stem : stem.slice(0, -1);
  return measure(stem) === 1 && endsCvc(stem) ? `${stem}e` : stem;
}

const finalY = (word: string): string =>
  byRules(word, [["y", "i", (stem) => stem.length > 1 && shape(stem).endsWith("c")]]);

const doubleSuffixes: readonly Rule[] = [
  ["ational", "ate", isPositive],
  ["tional", "tion", isPositive],
  ["enci", "ence", isPositive],
  ["anci", "ance", isPositive],
  ["izer", "ize", isPositive],
  ["bli", "ble", isPositive],
  ["alli", "al", isPositive],
  ["entli", "ent", isPositive],
  ["eli", "e", isPositive],
  ["ousli", "ous", isPositive],
  ["ization", "ize", isPositive],
  ["ation", "ate", isPositive],
  ["ator", "ate", isPositive],
  ["alism", "al", isPositive],
  ["iveness", "ive", isPositive],
  ["fulness", "ful", isPositive],
  ["ousness", "ous", isPositive],
  ["aliti", "al", isPositive],
  ["iviti", "ive", isPositive],
  ["biliti", "ble", isPositive],
  ["fulli", "ful", isPositive],
  // The condition looks at the word without its last three letters: "geologi" is judged by "geol".
  ["logi", "log", (stem) => isPositive(`${stem}l`)],
];

function doubles(word: string): string {
  if (word.endsWith("alli") && isPositive(word.slice(0, -4))) return doubles(word.slice(0, -2));
  return byRules(word, doubleSuffixes);
}

const ratherLong: readonly Rule[] = [
  ["icate", "ic", isPositive],
  ["ative", "", isPositive],
  ["alize", "al", isPositive],
  ["iciti", "ic", isPositive],
  ["ical", "ic", isPositive],
  ["ful", "", isPositive],
  ["ness", "", isPositive],
];

const single = (suffix: string): Rule => [suffix, "", isAboveOne];
const lastSuffixes: readonly Rule[] = [
  ..."al ance ence er ic able ible ant ement ment ent".split(" ").map(single),
  ["ion", "", (stem) => isAboveOne(stem) && /[st]$/.test(stem)],
  ..."ou ism ate iti ous ive ize".split(" ").map(single),
];

function finalE(word: string): string {
  if (!word.endsWith("e")) return word;
  const stem = word.slice(0, -1),
    size = measure(stem);
  return size > 1 || (size === 1 && !endsCvc(stem)) ? stem : word;
}

const doubleL = (word: string): string =>
  word.endsWith("ll") && measure(word.slice(0, -1)) > 1 ? word.slice(0, -1) : word;

/** The stem of one lower-case word. */
export function porterStem(word: string): string {
  const known = irregular.get(word);
  if (known !== undefined) return known;
  if (word.length <= 2) return word;
  const stem = doubles(finalY(pastAndGerund(plurals(word))));
  return doubleL(finalE(byRules(byRules(stem, ratherLong), lastSuffixes)));
}
