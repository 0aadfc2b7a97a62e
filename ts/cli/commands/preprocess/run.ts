import { resolve } from "node:path";
import type { PreprocessPathOptions } from "../../../data/index.ts";
import { defined } from "../../../defined.ts";
import type { TripleDHW } from "../../../schema/volume.ts";
import { ReadingLine } from "../../screen/reading-line.ts";
import { plainText } from "../../terminal.ts";
import type { Call, Flags, Outcome } from "../../words/command.ts";
import { policyOf } from "../../words/policy.ts";

/** `tomoe preprocess`: a scan as .npy. */
export async function preprocess({
  arguments: [path = ""],
  flags,
  signal,
  terminal,
}: Call): Promise<Outcome> {
  const options = optionsOf(flags);
  const { preprocessPath } = await import("../../../data/index.ts");
  const line = new ReadingLine(terminal);
  const document = await preprocessPath(path, { ...options, signal, onProgress: line.update }).finally(() =>
    line.finish(),
  );
  for (const { code, message } of document.warnings)
    terminal.line(terminal.paint("yellow", `warning ${code}: ${plainText(message)}`));
  const { channels, shapeDHW } = document;
  const shape = channels === 1 ? shapeDHW : [channels, ...shapeDHW];
  return { document, text: `${document.out}  ${document.dtype}  ${shape.join(" x ")}` };
}

/**
 * The reader's options for the flags; `preprocessPath` checks their ranges before it looks at the scan.
 *
 * @throws TomoeError `USAGE_INVALID` for a policy that is none.
 */
export function optionsOf(flags: Flags): PreprocessPathOptions {
  const size = flags.numbers("size");
  const spacing = flags.numbers("spacing");
  const windows = flags.all("window").map((text) => {
    const [low = 0, high = 0] = text.split(",").map(Number);
    return { low, high };
  });
  return {
    preset: flags.text("preset") as PreprocessPathOptions["preset"],
    out: resolve(flags.text("out") ?? ""),
    ...defined({
      sizeDHW: size && triple(size),
      spacingMmDHW: spacing && triple(spacing),
      windowHu: windows.length > 1 ? windows : windows[0],
      crop: flags.text("crop") as PreprocessPathOptions["crop"],
      fit: flags.text("fit") as PreprocessPathOptions["fit"],
      sampling: flags.text("sampling") as PreprocessPathOptions["sampling"],
      orientation: flags.text("orientation") as "ras" | "radiological" | undefined,
      series: flags.text("series"),
      policy: policyOf(flags, { name: "preprocess" }),
    }),
  };
}

function triple([d = 0, h = 0, w = 0]: readonly number[]): TripleDHW {
  return [d, h, w];
}
