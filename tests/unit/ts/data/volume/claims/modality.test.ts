import { modalityOf } from "../../../../../../ts/data/volume/claims/modality.ts";

describe("modalityOf", () => {
  it.each([
    ["MR", "an MR"],
    [" mri ", "an MR"],
    ["DWMRI", "a diffusion MR"],
    ["MET_MOD_MR", "an MR"],
    ["MET_MOD_NM", "nuclear medicine"],
    ["MET_MOD_PET", "a PET"],
    ["pt", "a PET"],
    ["SEG", "a segmentation"],
  ])("%s is no CT", (word, what) => {
    expect(modalityOf(word)).toBe(what);
  });

  it.each(["CT", "ct", "MET_MOD_CT", "MET_MOD_OTHER", "MET_MOD_UNKNOWN", "", "CANARY"])(
    "%j says nothing against CT",
    (word) => {
      expect(modalityOf(word)).toBeUndefined();
    },
  );
});
