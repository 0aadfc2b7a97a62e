import {
  type Affine,
  add,
  cross,
  dot,
  geometryError,
  norm,
  scale,
  short,
  subtract,
  type Vector3,
} from "../geometry.ts";
import type { ReadLog } from "../log.ts";
import type { NiftiHeader } from "./header.ts";

/** Differences between sform and qform, or sform and pixdim, below this are rounding. */
const agreeMm = 0.05;
const agreeSpacing = 1e-3;
const float32Rounding = 3 * 2 ** -23;

/**
 * The stored-index -> RAS mm affine of a NIfTI header.
 *
 * Rule: sform when sform_code is 1..5 (and it holds anything, or there is no qform), else qform when qform_code is 1..5, else refused, since then left and right
 * are unknown.
 * A qform that moves a corner by more than 0.05 mm from the sform is a warning; so is an undeclared unit
 * (taken as mm).
 * @throws TomoeError `DATA_GEOMETRY`
 * @see https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h "METHOD 2" and "METHOD 3"
 */
export function niftiAffine(header: NiftiHeader, log: ReadLog): Affine {
  const isEmpty = isFormCode(header.sformCode) && header.sformRows.flat().every((value) => value === 0);
  if (isEmpty && isFormCode(header.qformCode))
    log.warn(
      "NIFTI_SFORM_EMPTY",
      `sform_code is ${header.sformCode} and the sform holds zeros alone, which is no place: the qform is used`,
    );
  const usesSform = isFormCode(header.sformCode) && !(isEmpty && isFormCode(header.qformCode));
  const usesQform = isFormCode(header.qformCode);
  if (!usesSform && !usesQform) {
    throw geometryError(
      `sform_code is ${header.sformCode} and qform_code is ${header.qformCode}: the header does not say which side is left`,
      "Convert the scan again from DICOM, or set an sform that you know to be right.",
      { sformCode: header.sformCode, qformCode: header.qformCode },
    );
  }
  for (const [name, code] of [
    ["sform_code", header.sformCode],
    ["qform_code", header.qformCode],
  ] as const)
    if (code !== 0 && !isFormCode(code))
      log.warn("NIFTI_FORM_CODE_INVALID", `${name} is ${code}, none of 0..5; that form is not used`);
  const code = usesSform ? header.sformCode : header.qformCode;
  if (code >= 3)
    log.warn(
      "NIFTI_STANDARD_SPACE",
      `${usesSform ? "sform" : "qform"}_code is ${code}: the scan lies in the space of ${["Talairach's atlas", "the MNI152 brain", "a template"][code - 3] ?? "a template"}, and its sizes are not the patient's`,
    );
  const qfac = header.pixdim[0] ?? 0;
  if (usesQform && ![-1, 0, 1].includes(qfac))
    log.warn(
      "NIFTI_QFAC_ODD",
      `pixdim[0], the side of the qform's z axis, is ${short(qfac)} and neither -1 nor 1; 1 is taken`,
    );
  const stored = usesSform ? sform(header) : qform(header);
  if (usesSform) noteDisagreement(header, stored, usesQform, log);
  if (!header.unitDeclared)
    log.warn(
      "NIFTI_UNIT_UNDECLARED",
      "the header declares no spatial unit, or one that NIfTI does not have; millimetres are taken",
    );
  if (header.mmPerUnit !== 1)
    log.warn(
      "NIFTI_UNIT_CONVERTED",
      `the header's unit is ${header.mmPerUnit === 1000 ? "metre" : "micron"}; converted to mm`,
    );
  log.step("affine", {
    source: usesSform ? "sform" : "qform",
    rule: "sform when sform_code > 0, else qform",
    sformCode: header.sformCode,
    qformCode: header.qformCode,
    mmPerUnit: header.mmPerUnit,
  });
  return inMm(stored, header.mmPerUnit);
}

function sform(header: NiftiHeader): Affine {
  const column = (index: number): Vector3 => [
    header.sformRows[0][index] ?? Number.NaN,
    header.sformRows[1][index] ?? Number.NaN,
    header.sformRows[2][index] ?? Number.NaN,
  ];
  return { columns: [column(0), column(1), column(2)], origin: column(3) };
}

function qform(header: NiftiHeader): Affine {
  const [b0, c0, d0] = header.quaternion;
  const [qfacField = 1, x = Number.NaN, y = Number.NaN, z = Number.NaN] = header.pixdim;
  if (![b0, c0, d0, ...header.quaternionOffset].every(Number.isFinite)) {
    throw geometryError(
      "the qform holds a value that is not a finite number",
      "Rewrite the header's qform or give it an sform.",
      {},
    );
  }
  if (![x, y, z].every((mm) => Number.isFinite(mm) && mm > 0)) {
    throw geometryError(
      `pixdim is ${[x, y, z].map(short).join(", ")}; the qform needs three positive spacings`,
      "Rewrite pixdim or give the header an sform.",
      {},
    );
  }
  const rest = 1 - (b0 * b0 + c0 * c0 + d0 * d0);
  if (rest < -1e-5)
    throw geometryError(
      `the quaternion (${[b0, c0, d0].map(short).join(", ")}) is longer than 1`,
      "Rewrite the header's qform or give it an sform.",
      {},
    );
  // Trap: for a half turn the rest is float32 rounding, whose root (1.8e-4) would be a real angle; it is 0,
  // as in nifti1_io.c.
  const halfTurn = rest < float32Rounding;
  const a = halfTurn ? 0 : Math.sqrt(rest);
  const [b, c, d] = halfTurn ? scale([b0, c0, d0], 1 / Math.sqrt(1 - rest)) : [b0, c0, d0];
  const zFactor = qfacField === -1 ? -z : z;
  return {
    columns: [
      scale([a * a + b * b - c * c - d * d, 2 * (b * c + a * d), 2 * (b * d - a * c)], x),
      scale([2 * (b * c - a * d), a * a + c * c - b * b - d * d, 2 * (c * d + a * b)], y),
      scale([2 * (b * d + a * c), 2 * (c * d - a * b), a * a + d * d - c * c - b * b], zFactor),
    ],
    origin: header.quaternionOffset,
  };
}

function noteDisagreement(header: NiftiHeader, stored: Affine, usesQform: boolean, log: ReadLog): void {
  const spacing = stored.columns.map(norm);
  const differs = spacing.some(
    (mm, axis) => !(Math.abs(mm - (header.pixdim[axis + 1] ?? Number.NaN)) <= agreeSpacing * mm),
  );
  if (differs)
    log.warn(
      "NIFTI_PIXDIM_DISAGREES",
      `pixdim and the sform disagree on the voxel spacing; the sform's ${spacing.map(short).join(" x ")} is used`,
    );
  if (!usesQform) return;
  let other: Affine;
  try {
    other = qform(header);
  } catch {
    log.warn(
      "NIFTI_QFORM_UNUSABLE",
      "the header also declares a qform, which is not a rotation; the sform is used",
    );
    return;
  }
  const apart = farthestCorner(stored, other, header.shapeXYZ) * header.mmPerUnit;
  if (!(apart <= agreeMm))
    log.warn(
      "NIFTI_FORMS_DISAGREE",
      `sform and qform place a corner voxel ${short(apart)} mm apart${isMirrored(stored, other) ? " and disagree on which side is left" : ""}; the sform is used`,
    );
}

/** Codes of the standard, scanner (1) to template (5); 0 says that there is none, anything else says nothing. */
function isFormCode(code: number): boolean {
  return code >= 1 && code <= 5;
}

/** True when one affine is left-handed and the other right-handed. */
function isMirrored(a: Affine, b: Affine): boolean {
  const handedness = ({ columns: [x, y, z] }: Affine): number => Math.sign(dot(cross(x, y), z));
  return handedness(a) * handedness(b) < 0;
}

function farthestCorner(a: Affine, b: Affine, shapeXYZ: Vector3): number {
  let most = 0;
  for (let corner = 0; corner < 8; corner++) {
    let gap = subtract(a.origin, b.origin);
    for (const axis of [0, 1, 2] as const) {
      if ((corner >> axis) & 1)
        gap = add(gap, scale(subtract(a.columns[axis], b.columns[axis]), shapeXYZ[axis] - 1));
    }
    most = Math.max(most, norm(gap));
  }
  return most;
}

function inMm(affine: Affine, mmPerUnit: number): Affine {
  if (mmPerUnit === 1) return affine;
  const convert = (v: Vector3): Vector3 => scale(v, mmPerUnit);
  return {
    columns: [convert(affine.columns[0]), convert(affine.columns[1]), convert(affine.columns[2])],
    origin: convert(affine.origin),
  };
}
