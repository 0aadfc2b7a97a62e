import { rateVolume } from "../../../../../../../ts/data/sources/layouts/ct-rate/names.ts";

describe("a name of CT-RATE", () => {
  it("says patient, scan, reconstruction, folder and split", () => {
    expect(rateVolume("valid_1067_d_1.nii.gz")).toEqual({
      id: "valid_1067_d_1",
      patient: "valid_1067",
      scan: "valid_1067_d",
      path: "valid_1067/valid_1067_d/valid_1067_d_1.nii.gz",
      split: "validation",
    });
    expect(rateVolume("train_1_a_12")).toMatchObject({ id: "train_1_a_12", split: "train" });
  });

  it.each(["test_1_a_1", "train_1_a", "train_a_1_1", "train_1_a_1.npy", "", "x/train_1_a_1", "train_1_A_1"])(
    "is not %j",
    (name) => {
      expect(rateVolume(name)).toBeUndefined();
    },
  );
});
