const firstLetter = "A".charCodeAt(0);

/**
 * Letter of a choice, in prompts and in answers.
 *
 * @param index - from 0; 0 is "A", 25 "Z".
 */
export function choiceLetter(index: number): string {
  return String.fromCharCode(firstLetter + index);
}

/** Index of the choice that a letter names, from 0; upper and lower case are one. -1 for what is no letter. */
export function choiceIndex(letter: string): number {
  return /^[A-Z]$/i.test(letter) ? letter.toUpperCase().charCodeAt(0) - firstLetter : -1;
}
