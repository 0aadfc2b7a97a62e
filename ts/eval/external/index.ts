import { everyEvalSamples } from "./every-eval.ts";
import type { Fields, ForeignFormat } from "./foreign.ts";
import { inspectSamples } from "./inspect.ts";
import { lmEvalSamples } from "./lm-eval.ts";

/** Every other program whose files are read, one row each. */
const formats: readonly (() => ForeignFormat)[] = [lmEvalSamples, everyEvalSamples, inspectSamples];

/** The format of a file by its first object; undefined for our own rows, right or wrong. */
export function formatOf(first: Fields): ForeignFormat | undefined {
  return formats.map((make) => make()).find((format) => format.fits(first));
}
