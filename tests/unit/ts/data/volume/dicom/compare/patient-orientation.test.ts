import { sidesDenied } from "../../../../../../../ts/data/volume/dicom/compare/patient-orientation.ts";
import { scanElements } from "../../../../../../../ts/data/volume/dicom/scan.ts";
import type { Vector3 } from "../../../../../../../ts/data/volume/geometry.ts";
import { dicomFile } from "../../../../../../support/dicom-file.ts";

const denied = (
  words: string | undefined,
  acrossLps: Vector3 = [1, 0, 0],
  downLps: Vector3 = [0, 1, 0],
): boolean => {
  const file = dicomFile({ elements: words === undefined ? {} : { "00200020": ["CS", words] } });
  const scanned = scanElements(file, true, "the file");
  if (scanned === undefined) throw new Error("not scanned");
  return sidesDenied(scanned, { acrossLps, downLps });
};

describe("sidesDenied", () => {
  it.each<[string | undefined, Vector3, Vector3]>([
    [undefined, [1, 0, 0], [0, 1, 0]],
    ["L\\P", [1, 0, 0], [0, 1, 0]],
    ["LA\\PH", [0.9, -0.43589, 0], [0.43589, 0.9, 0]],
    ["R\\A", [-1, 0, 0], [0, -1, 0]],
    ["A\\F", [0, -1, 0], [0, 0, -1]],
    ["P\\H", [0, 1, 0], [0, 0, 1]],
    ["L", [1, 0, 0], [0, 1, 0]],
    ["\\", [1, 0, 0], [0, 1, 0]],
    ["CANARY\\X", [1, 0, 0], [0, 1, 0]],
    ["R\\A", [Math.SQRT1_2, Math.SQRT1_2, 0], [-Math.SQRT1_2, Math.SQRT1_2, 0]],
  ])("%j is not against rows along %j and columns along %j", (words, across, down) => {
    expect(denied(words, across, down)).toBe(words === "CANARY\\X" ? false : denied(undefined));
  });

  it.each<[string, Vector3, Vector3]>([
    ["R\\P", [1, 0, 0], [0, 1, 0]],
    ["L\\A", [1, 0, 0], [0, 1, 0]],
    ["P\\L", [1, 0, 0], [0, 1, 0]],
    ["L\\H", [1, 0, 0], [0, 0, -1]],
  ])("%j is against rows along %j and columns along %j", (words, across, down) => {
    expect(denied(words, across, down)).toBe(true);
  });
});
