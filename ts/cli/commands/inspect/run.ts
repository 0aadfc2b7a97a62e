import { resolve } from "node:path";
import type { InspectDocument, InspectOptions, Look } from "../../../data/index.ts";
import { defined } from "../../../defined.ts";
import { isTomoeError, quoting } from "../../../errors.ts";
import { ReadingLine } from "../../screen/reading-line.ts";
import { plainText } from "../../terminal.ts";
import type { Call, Outcome } from "../../words/command.ts";
import { policyOf } from "../../words/policy.ts";
import type { PictureFacts } from "./picture.ts";
import { stepWords } from "./words.ts";

/** `tomoe inspect`: what a scan is, and every decision on the way to its voxels; with `--picture`, drawn. */
export async function inspect({ arguments: [path = ""], flags, signal, terminal }: Call): Promise<Outcome> {
  const out = flags.text("picture");
  const line = new ReadingLine(terminal);
  const options = {
    ...defined({ series: flags.text("series"), policy: policyOf(flags, { name: "inspect" }) }),
    signal,
    onProgress: line.update,
  };
  try {
    return await (out === undefined ? inspectRead(path, options) : inspectDrawn(path, resolve(out), options));
  } finally {
    line.finish();
  }
}

async function inspectRead(path: string, options: InspectOptions): Promise<Outcome> {
  const { inspectPath } = await import("../../../data/index.ts");
  const document = await inspectPath(path, options);
  return { document, text: textOf(document) };
}

/** A scan that is refused after its voxels were read is drawn too; its error then names the picture. */
async function inspectDrawn(path: string, out: string, options: InspectOptions): Promise<Outcome> {
  const { checkPictureName, writePicture } = await import("./picture.ts");
  await checkPictureName(out);
  const { inspectPath, lookAt } = await import("../../../data/index.ts");
  let look: Look | undefined;
  const onVoxels: InspectOptions["onVoxels"] = (seen) => {
    look = lookAt(seen);
  };
  try {
    const document = await inspectPath(path, { ...options, onVoxels });
    if (look !== undefined) await writePicture(out, look, document);
    return {
      document: { ...document, picture: out } as InspectDocument,
      text: `${textOf(document)}\npicture  ${out}`,
    };
  } catch (error) {
    const inspection = isTomoeError(error) ? error.details.inspection : undefined;
    if (!isTomoeError(error) || look === undefined || inspection === undefined) throw error;
    await writePicture(out, look, inspection as unknown as PictureFacts);
    throw quoting(error, error.what, {
      details: { picture: out },
      hint: `${error.hint} The picture is ${out}.`,
    });
  }
}

function textOf({
  format,
  sourceOrientation,
  sourceShapeXYZ,
  shapeDHW,
  spacingMmDHW,
  affineRas,
  hu,
  receipt,
  warnings,
}: InspectDocument): string {
  const number = (value: number): string => String(Math.round(value * 1000) / 1000);
  const facts: readonly (readonly [string, string])[] = [
    ["format", format],
    ["stored", `${sourceShapeXYZ.join(" x ")} (x, y, z), axes ${sourceOrientation}`],
    ["voxels", `${shapeDHW.join(" x ")} (D, H, W), axes RAS: D to superior, H to anterior, W to right`],
    ["spacing", `${spacingMmDHW.map(number).join(" x ")} mm (d, h, w)`],
    [
      "affine",
      affineRas
        .slice(0, 3)
        .map((row) => `[${row.map(number).join(", ")}]`)
        .join(" "),
    ],
    [
      "HU",
      `${hu.verdict}, ${number(hu.min)} to ${number(hu.max)}${hu.reasons.length === 0 ? "" : `: ${plainText(hu.reasons.join("; "))}`}`,
    ],
    ["digest", receipt.sourceDigest],
  ];
  return [
    ...facts.map(([name, value]) => `${name.padEnd(9)}${value}`),
    "decisions",
    ...receipt.steps.map((step) => `  ${step.step.padEnd(10)} ${plainText(stepWords(step))}`),
    ...warnings.map(({ code, message }) => `warning ${code}: ${plainText(message)}`),
  ].join("\n");
}
