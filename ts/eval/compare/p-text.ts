/** A p value for people: three digits, and never a 0, which no test gives. */
export function pText(p: number): string {
  return p < 0.001 ? "<0.001" : p.toFixed(3);
}

/** As a phrase: the corrected p of what was tested, the plain one of what was not. */
export function pPhrase({ p, pHolm }: { readonly p: number; readonly pHolm: number | null }): string {
  return pHolm === null ? `p ${pText(p)}` : `p ${pText(pHolm)} (Holm)`;
}
