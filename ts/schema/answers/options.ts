const missingTexts: ReadonlySet<string> = new Set(["", "-", "na", "n/a"]);

/** True where an option says that there is none: M3D writes "NA" and 3D-RAD "-" for a letter that is not used. */
export function isMissingOption(option: string): boolean {
  return missingTexts.has(option.replaceAll(/\s/g, "").toLowerCase());
}

/**
 * Indices of the options that are there, rising. A missing one is never scored, chosen or counted in chance;
 * the others keep their letters.
 */
export function presentOptions(options: readonly string[]): readonly number[] {
  return options.flatMap((option, index) => (isMissingOption(option) ? [] : [index]));
}

/** Why options leave nothing to choose from; undefined when at least two are there. */
export function tooFewOptions(options: readonly string[]): string | undefined {
  const present = presentOptions(options).length;
  if (present >= 2) return undefined;
  return `${present} of ${options.length} options ${present === 1 ? "is" : "are"} there, the others are missing ("NA", "N/A", "-" or blank): a choice needs two`;
}
