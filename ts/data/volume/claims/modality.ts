/** Codes of DICOM's Modality, and what programs write for them, that stand for no CT. */
const modalities: ReadonlyMap<string, string> = new Map([
  ["MR", "an MR"],
  ["MRI", "an MR"],
  ["DWMRI", "a diffusion MR"],
  ["PT", "a PET"],
  ["PET", "a PET"],
  ["NM", "nuclear medicine"],
  ["US", "ultrasound"],
  ["SEG", "a segmentation"],
  ["RTSTRUCT", "a segmentation"],
  ["RTDOSE", "a dose"],
]);

/** What a header's word for the modality declares the voxels to be; undefined for CT and for words of no known meaning. */
export function modalityOf(word: string): string | undefined {
  return modalities.get(
    word
      .trim()
      .toUpperCase()
      .replace(/^MET_MOD_/, ""),
  );
}
