import type { InspectDocument } from "../../../data/index.ts";
import { defined } from "../../../defined.ts";
import { plainText } from "../../terminal.ts";
import type { Call, Outcome } from "../../words/command.ts";

/** `tomoe inspect`: what a scan is, and every decision on the way to its voxels. */
export async function inspect({ arguments: [path = ""], flags, signal }: Call): Promise<Outcome> {
  const { inspectPath } = await import("../../../data/index.ts");
  const document = await inspectPath(path, { ...defined({ series: flags.text("series") }), signal });
  return { document, text: textOf(document) };
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
    ...receipt.steps.map(
      ({ step, ...rest }) =>
        `  ${step.padEnd(10)} ${plainText(
          Object.entries(rest)
            .map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`)
            .join(", "),
        )}`,
    ),
    ...warnings.map(({ code, message }) => `warning ${code}: ${plainText(message)}`),
  ].join("\n");
}
