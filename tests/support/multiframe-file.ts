// Writes enhanced multi-frame CT objects for tests: functional groups as sequences of one item.
import { type DicomSpec, dicomFile, writeElement } from "./dicom-file.ts";

/** Elements of a group by tag. */
type GroupElements = { readonly [tag: string]: readonly [vr: string, value: string | Uint8Array] };
/** Groups by the tag of their sequence; null leaves one out. */
export type Groups = { readonly [tag: string]: GroupElements | null };

export interface MultiframeSpec extends DicomSpec {
  readonly shared?: Groups;
  /** One entry a frame. */
  readonly frames: readonly Groups[];
  /** NumberOfFrames, where it is not the number of entries. */
  readonly stated?: number;
}

export const enhancedStorage = "1.2.840.10008.5.1.4.1.1.2.1";
export const legacyStorage = "1.2.840.10008.5.1.4.1.1.2.2";
/** The tags of the groups that every frame needs. */
export const measures = "00289110";
export const position = "00209113";
export const orientation = "00209116";
export const rescale = "00289145";
export const content = "00209111";
export const frameType = "00189329";

export const placeAt = (x: number, y: number, z: number): Groups => ({
  [position]: { "00200032": ["DS", `${x}\\${y}\\${z}`] },
});

const defaults: Groups = {
  [measures]: { "00280030": ["DS", "0.5\\0.75"], "00180050": ["DS", "3"] },
  [orientation]: { "00200037": ["DS", "1\\0\\0\\0\\1\\0"] },
  [rescale]: { "00281052": ["DS", "-1024"], "00281053": ["DS", "1"], "00281054": ["LO", "HU"] },
};

/** A whole file; what a slice states at its top level is left out. */
export function multiframeFile(spec: MultiframeSpec): Buffer {
  const { shared, frames, stated, ...rest } = spec;
  return dicomFile({
    sopClass: enhancedStorage,
    ...rest,
    elements: {
      "00180050": null,
      "00181210": null,
      "00200012": null,
      "00200032": null,
      "00200037": null,
      "00280008": ["IS", String(stated ?? frames.length)],
      "00280030": null,
      "00281052": null,
      "00281053": null,
      "52009229": ["SQ", item(groups({ ...defaults, ...shared }))],
      "52009230": ["SQ", Buffer.concat(frames.map((frame) => item(groups(frame))))],
      ...rest.elements,
    },
  });
}

function groups(all: Groups): Buffer {
  return Buffer.concat(
    Object.entries(all)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([tag, elements]) =>
        elements === null
          ? []
          : [
              writeElement(
                tag,
                "SQ",
                item(
                  Buffer.concat(
                    Object.entries(elements)
                      .sort(([a], [b]) => (a < b ? -1 : 1))
                      .map(([inner, [vr, value]]) => writeElement(inner, vr, value, "explicit")),
                  ),
                ),
                "explicit",
              ),
            ],
      ),
  );
}

function item(body: Buffer): Buffer {
  const header = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0]);
  header.writeUInt32LE(body.length, 4);
  return Buffer.concat([header, body]);
}
