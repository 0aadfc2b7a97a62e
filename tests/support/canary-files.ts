// Scans of every format with a canary in each field that may hold identity, good ones and one of each failing kind.

import { bodyVoxels } from "./body-voxels.ts";
import type { Canaries } from "./canary.ts";
import { seriesSpecs } from "./ct-series.ts";
import { type DicomSpec, dicomFile, writeElement } from "./dicom-file.ts";
import { type MetaImageSpec, metaImageFile } from "./metaimage-file.ts";
import { type NiftiSpec, niftiFile } from "./nifti-file.ts";
import { npyFile } from "./npy-file.ts";
import { type NrrdSpec, nrrdFile } from "./nrrd-file.ts";
import { type StoredBody, storedBody } from "./stored-body.ts";

type Elements = NonNullable<DicomSpec["elements"]>;

/** A scan to be written: one file, or a folder of files. */
export interface CanaryScan {
  /** What it is, for the title of a test. */
  readonly kind: string;
  /** Names may hold canaries too; one file of an unnamed folder is given by its own path. */
  readonly files: readonly (readonly [name: string, bytes: Uint8Array])[];
  /** True for a folder that is given whole. */
  readonly isFolder: boolean;
}

/** Text elements of the standard, each VR of text among them; group 0009 and 0029 are private. */
const words: readonly (readonly [tag: string, vr: string, name: string])[] = [
  ["00080050", "SH", "AccessionNumber"],
  ["00080054", "AE", "RetrieveAETitle"],
  ["00080070", "LO", "Manufacturer"],
  ["00080080", "LO", "InstitutionName"],
  ["00080081", "ST", "InstitutionAddress"],
  ["00080090", "PN", "ReferringPhysicianName"],
  ["00081010", "SH", "StationName"],
  ["00081030", "LO", "StudyDescription"],
  ["0008103E", "LO", "SeriesDescription"],
  ["00081070", "PN", "OperatorsName"],
  ["00081090", "LO", "ManufacturerModelName"],
  ["00081190", "UR", "RetrieveURL"],
  ["00082111", "ST", "DerivationDescription"],
  ["00090010", "LO", "private creator"],
  ["00091001", "LO", "private LO"],
  ["00091002", "UN", "private UN"],
  ["00091003", "OB", "private OB"],
  ["00100010", "PN", "PatientName"],
  ["00100020", "LO", "PatientID"],
  ["00101000", "LO", "OtherPatientIDs"],
  ["00101001", "PN", "OtherPatientNames"],
  ["00101040", "LO", "PatientAddress"],
  ["00102154", "SH", "PatientTelephoneNumbers"],
  ["00104000", "LT", "PatientComments"],
  ["00120040", "LO", "ClinicalTrialSubjectID"],
  ["00180010", "LO", "ContrastBolusAgent"],
  ["00180022", "CS", "ScanOptions"],
  ["00181000", "LO", "DeviceSerialNumber"],
  ["00181030", "LO", "ProtocolName"],
  ["00181160", "SH", "FilterType"],
  ["00181190", "DS", "FocalSpots"],
  ["00181210", "SH", "ConvolutionKernel"],
  ["00185100", "CS", "PatientPosition"],
  ["00189315", "CS", "ReconstructionAlgorithm"],
  ["00200010", "SH", "StudyID"],
  ["00204000", "LT", "ImageComments"],
  ["00209056", "SH", "StackID"],
  ["00290010", "LO", "second private creator"],
  ["00291010", "UT", "private UT"],
  ["00321060", "LO", "RequestedProcedureDescription"],
  ["00380300", "LO", "CurrentPatientLocation"],
  ["00400254", "LO", "PerformedProcedureStepDescription"],
  ["00402400", "UC", "unlimited characters"],
  ["40080300", "SH", "InterpretationText"],
];
const uids: readonly (readonly [tag: string, name: string])[] = [
  ["00080018", "SOPInstanceUID"],
  ["00083010", "IrradiationEventUID"],
  ["0020000D", "StudyInstanceUID"],
  ["00200052", "FrameOfReferenceUID"],
];
const numbers: readonly (readonly [tag: string, vr: string, length: number, name: string])[] = [
  ["00080020", "DA", 8, "StudyDate"],
  ["00080030", "TM", 12, "StudyTime"],
  ["00100030", "DA", 8, "PatientBirthDate"],
];

/** A name of five parts, each a canary of its own. */
function personName(canaries: Canaries, name: string): string {
  return ["family", "given", "middle"].map((part) => canaries.word(`${name} (${part})`)).join("^");
}

function identifying(canaries: Canaries): Elements {
  const nested = (tag: string): Uint8Array => {
    const inner = Buffer.concat([
      writeElement("00100010", "PN", personName(canaries, `${tag} in a sequence`), "explicit"),
      writeElement("00401001", "SH", canaries.word(`${tag}, RequestedProcedureID`), "explicit"),
    ]);
    const item = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0]);
    item.writeUInt32LE(inner.length, 4);
    return Buffer.concat([item, inner]);
  };
  return {
    ...Object.fromEntries(
      words.map(
        ([tag, vr, name]) =>
          [tag, [vr, vr === "PN" ? personName(canaries, name) : canaries.word(name)]] as const,
      ),
    ),
    ...Object.fromEntries(uids.map(([tag, name]) => [tag, ["UI", canaries.uid(name)]] as const)),
    ...Object.fromEntries(
      numbers.map(([tag, vr, length, name]) => [tag, [vr, canaries.number(name, length)]] as const),
    ),
    "00400275": ["SQ", nested("RequestAttributesSequence")],
    "00091010": ["SQ", nested("private sequence")],
  };
}

const flat = (values: ArrayLike<number>, add: number): Int16Array =>
  Int16Array.from(values, (value) => value + add);

/** One of each failing kind: what slice `z` of six differs in. */
const dicomKinds = (
  canaries: Canaries,
): Readonly<Record<string, (z: number) => DicomSpec & { readonly alone?: Elements }>> => {
  const once = (
    tag: string,
    vr: string,
    where: string,
  ): ((z: number) => DicomSpec & { readonly alone?: Elements }) => {
    const word = vr === "UI" ? canaries.uid(where) : canaries.word(where);
    return (z) => (z === 2 ? { alone: { [tag]: [vr, word] } } : {});
  };
  return {
    good: () => ({}),
    "of two series": (z) => ({ series: `1.2.3.${z % 2}` }),
    "with a gap": (z) => ({ position: [-12, -10, 100 + 2 * z + (z > 3 ? 9 : 0)] }),
    tilted: (z) => ({ position: [-12, -10 + z, 100 + 2 * z] }),
    "with a slice twice": (z) => ({ position: [-12, -10, 100 + 2 * Math.max(1, z)] }),
    "of another size": (z) => (z === 2 ? { rows: 4, columns: 5, values: new Int16Array(20) } : {}),
    "that is no CT": () => ({ modality: "MR" }),
    "not in HU": () => ({ intercept: "8192" }),
    "cut short": (z) => (z === 2 ? { patch: (file) => file.subarray(0, file.length - 100) } : {}),
    "cut in the header": (z) => (z === 2 ? { patch: (file) => file.subarray(0, 400) } : {}),
    "burned in": () => ({ alone: { "00280301": ["CS", "YES"] } }),
    "without a DICM mark": () => ({ patch: (file) => file.subarray(132) }),
    "with a word for Modality": once("00080060", "CS", "Modality"),
    "with a word for SOPClassUID": once("00080016", "UI", "SOPClassUID"),
    "with a word for PixelSpacing": once("00280030", "DS", "PixelSpacing"),
    "with a word for RescaleSlope": once("00281053", "DS", "RescaleSlope"),
    "with a word for SliceThickness": once("00180050", "DS", "SliceThickness"),
    "with a word for ImageType": once("00080008", "CS", "ImageType"),
    "with a word for RescaleType": once("00281054", "LO", "RescaleType"),
    "with a word for PhotometricInterpretation": once("00280004", "CS", "PhotometricInterpretation"),
    "with a word for NumberOfFrames": once("00280008", "IS", "NumberOfFrames"),
    "with a word for Rows": once("00280010", "US", "Rows"),
    "with a word for InstanceNumber": once("00200013", "IS", "InstanceNumber"),
    "with a word for AcquisitionNumber": once("00200012", "IS", "AcquisitionNumber"),
    "with a word for KVP": once("00180060", "DS", "KVP"),
    "with a word for BurnedInAnnotation": once("00280301", "CS", "BurnedInAnnotation"),
    "of a private transfer syntax": () => ({ syntax: { uid: canaries.uid("TransferSyntaxUID") } }),
    "of an unreadable JPEG 2000": () => ({
      syntax: "j2k",
      fragments: [Buffer.from(canaries.word("codestream"))],
    }),
  };
};

/** DICOM: a folder of six slices for each kind, in a folder and under names that are canaries too. */
export function dicomScans(canaries: Canaries): readonly CanaryScan[] {
  const shared = identifying(canaries);
  const preamble = canaries.word("preamble");
  return Object.entries(dicomKinds(canaries)).map(([kind, change]) => ({
    kind: `a DICOM series ${kind}`,
    isFolder: true,
    files: seriesSpecs(6, change).map((spec, z) => {
      const { alone }: { readonly alone?: Elements } = change(z);
      const elements = {
        ...shared,
        "00080018": ["UI", canaries.uid(`${kind}, SOPInstanceUID of ${z}`)] as const,
        ...alone,
      };
      const file = dicomFile({ ...spec, elements });
      if (file.length > 132 && file.toString("latin1", 128, 132) === "DICM")
        file.write(preamble, 0, "latin1");
      return [
        `${canaries.word(`${kind}, folder of ${z}`)}/${canaries.word(`${kind}, file ${z}`)}.dcm`,
        file,
      ] as const;
    }),
  }));
}

/** Where the free texts of a NIfTI header lie, in either version. */
const niftiTexts: Readonly<Record<1 | 2, readonly (readonly [name: string, at: number, length: number])[]>> =
  {
    1: [
      ["data_type", 4, 10],
      ["db_name", 14, 18],
      ["descrip", 148, 80],
      ["aux_file", 228, 24],
      ["intent_name", 328, 16],
    ],
    2: [
      ["descrip", 240, 80],
      ["aux_file", 320, 24],
      ["intent_name", 508, 16],
    ],
  };

/** NIfTI: a file for each kind, its texts and an extension full of canaries. */
export function niftiScans(canaries: Canaries): readonly CanaryScan[] {
  const body = bodyVoxels(16, 12, 6);
  const kinds: Readonly<Record<string, Partial<NiftiSpec> & { readonly cut?: number }>> = {
    good: {},
    gzipped: { gzip: true },
    "of version 2": { version: 2 },
    "not in HU": { values: flat(body, 8192) },
    "cut short": { cut: 200 },
    "cut in the header": { cut: 2420 },
    "cut as gzip": { gzip: true, cut: 900 },
    "of another datatype": { patch: (view) => view.setInt16(70, 128, true) },
    "without a place": { sformCode: 0 },
    "with a form code that there is not": { sformCode: 99 },
    "of two volumes": { dims: [16, 12, 3, 2] },
    "that declares another intent": { patch: (view) => view.setInt16(68, 1002, true) },
    "with a slope that is no number": { slope: Number.POSITIVE_INFINITY },
    "without its magic": { patch: (view) => view.setInt32(344, 0x41424344, true) },
  };
  return Object.entries(kinds).map(([kind, { cut = 0, patch, ...change }]) => {
    const version = change.version ?? 1;
    const extension = Buffer.alloc(64);
    extension.writeInt32LE(64, 0);
    extension.writeInt32LE(6, 4);
    extension.write(canaries.word(`${kind}, extension`), 8, "latin1");
    const file = niftiFile({
      dims: [16, 12, 6],
      values: body,
      extension,
      ...change,
      patch: (view, little) => {
        for (const [name, at, length] of niftiTexts[version]) {
          const word = canaries.word(`${kind}, ${name}`, Math.min(14, length));
          [...word].forEach((letter, index) => {
            view.setUint8(at + index, letter.charCodeAt(0));
          });
        }
        patch?.(view, little);
      },
    });
    const name = `${canaries.word(`${kind}, folder`)}/${canaries.word(`${kind}, file`)}.nii${change.gzip === true ? ".gz" : ""}`;
    return {
      kind: `a NIfTI ${kind}`,
      isFolder: false,
      files: [[name, file.subarray(0, file.length - cut)] as const],
    };
  });
}

interface HeaderAndVoxels {
  readonly header: Buffer;
  readonly voxels: Buffer;
}

/** One file of a text header and voxels, in a folder and under a name that are canaries. */
function plainScan(
  canaries: Canaries,
  kind: string,
  extension: string,
  parts: HeaderAndVoxels,
  cut = 0,
): CanaryScan {
  const bytes = Buffer.concat([parts.header, parts.voxels]);
  const name = `${canaries.word(`${kind}, folder`)}/${canaries.word(`${kind}, file`)}${extension}`;
  return { kind, isFolder: false, files: [[name, bytes.subarray(0, bytes.length - cut)]] };
}

/** MetaImage: comments, names, keys that nobody knows, and values that are words where numbers belong. */
export function metaImageScans(canaries: Canaries): readonly CanaryScan[] {
  const word = (where: string): string => canaries.word(`MetaImage, ${where}`);
  const kinds: Readonly<Record<string, MetaImageSpec & { readonly cut?: number; readonly add?: number }>> = {
    good: {},
    compressed: { compressed: true },
    "not in HU": { add: 8192 },
    "cut short": { cut: 100 },
    "with a word for ElementType": { fields: { ElementType: word("ElementType") } },
    "with a word for DimSize": { fields: { DimSize: word("DimSize") } },
    "with a word for TransformMatrix": { fields: { TransformMatrix: word("TransformMatrix") } },
    "with a word for ElementSpacing": { fields: { ElementSpacing: `1 1 ${word("ElementSpacing")}` } },
    "with a word for Modality": { fields: { Modality: word("Modality") } },
    "with a word for AnatomicalOrientation": {
      fields: { AnatomicalOrientation: word("AnatomicalOrientation") },
    },
    "with its voxels in a file that is not there": { dataFile: `${word("ElementDataFile")}.raw` },
  };
  return Object.entries(kinds).map(([kind, { cut, add = 0, ...spec }]) => {
    const values = storedBody().values;
    const body: StoredBody = storedBody([0, 1, 2], [], {
      text: word(`${kind}, Comment`),
      values: flat(values, add),
    });
    const fields = {
      PatientName: word(`${kind}, PatientName`),
      StudyDate: word(`${kind}, StudyDate`),
      ...spec.fields,
    };
    return plainScan(canaries, `a MetaImage ${kind}`, ".mha", metaImageFile(body, { ...spec, fields }), cut);
  });
}

/** NRRD: comments, key:=value pairs, content, and words where numbers belong. */
export function nrrdScans(canaries: Canaries): readonly CanaryScan[] {
  const word = (where: string): string => canaries.word(`NRRD, ${where}`);
  const kinds: Readonly<Record<string, NrrdSpec & { readonly cut?: number; readonly add?: number }>> = {
    good: {},
    gzipped: { gzip: true },
    "not in HU": { add: 8192 },
    "cut short": { cut: 100 },
    "with a word for type": { fields: { type: word("type") } },
    "with a word for sizes": { fields: { sizes: word("sizes") } },
    "with a word for encoding": { fields: { encoding: word("encoding") } },
    "with a word for space": { space: word("space") },
    "with a word for space directions": { fields: { "space directions": word("space directions") } },
    "with a word for kinds": { fields: { kinds: `domain domain ${word("kinds")}` } },
    "with a field that there is not": { lines: [`${word("field")}: ${word("its value")}`] },
    "with its voxels in a file that is not there": { fields: { "data file": `${word("data file")}.raw` } },
  };
  return Object.entries(kinds).map(([kind, { cut, add = 0, ...spec }]) => {
    const body = storedBody([0, 1, 2], [], {
      text: word(`${kind}, content`),
      values: flat(storedBody().values, add),
    });
    return plainScan(canaries, `an NRRD ${kind}`, ".nrrd", nrrdFile(body, spec), cut);
  });
}

/** numpy: an array has no texts but its names and what stands in its dict. */
export function npyScans(canaries: Canaries): readonly CanaryScan[] {
  const word = (where: string): string => canaries.word(`npy, ${where}`);
  const dicts: Readonly<Record<string, string | undefined>> = {
    "without a place": undefined,
    "with a word for descr": `{'descr': '${word("descr")}', 'fortran_order': False, 'shape': (10, 12, 14), }`,
    "with a word for a key": `{'${word("key")}': '<i2', 'fortran_order': False, 'shape': (10, 12, 14), }`,
    "with a word for shape": `{'descr': '<i2', 'fortran_order': False, 'shape': (${word("shape")},), }`,
  };
  return Object.entries(dicts).map(([kind, dict]) =>
    plainScan(canaries, `an array ${kind}`, ".npy", {
      header: npyFile(storedBody(), dict === undefined ? {} : { dict }),
      voxels: Buffer.alloc(0),
    }),
  );
}
