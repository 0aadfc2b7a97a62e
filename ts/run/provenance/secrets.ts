/** Ways in which a secret stands in code: keys of known shape, and names of secrets with a value beside them. */
const shapes: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  /\b(?:ghp|gho|ghu|ghs|github_pat|glpat|hf|sk|xox[abp])[-_][\w-]{16,}/,
  /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\./,
  /\/\/[^\s/:@"']+:[^\s/@"']+@/,
  /\b\w*(?:password|passwd|secret|api_?key|access_?key|auth_?token|private_?key)\w*["']?\s*[:=]\s*["'][^"']{6,}["']/i,
];

/** True for a text in which something looks like a secret; better one too many than one too few. */
export function holdsSecret(text: string): boolean {
  return shapes.some((shape) => shape.test(text));
}
