import { labelItem, reportItem } from "../../../../../../../ts/data/sources/layouts/ct-rate/items.ts";
import { rateVolume } from "../../../../../../../ts/data/sources/layouts/ct-rate/names.ts";

const volume = rateVolume("valid_2_a_1");
if (volume === undefined) throw new Error("no volume");
const row = (values: Readonly<Record<string, string>>) => ({ place: { table: "t", row: 5 }, values });

describe("the report of a row", () => {
  it.each([
    [{ Findings_EN: " F. ", Impressions_EN: "I." }, "F.\nI."],
    [{ Findings_EN: "F.", Impressions_EN: "" }, "F."],
    [{ Findings_EN: "", Impressions_EN: "I." }, "I."],
    [{ Findings_EN: " ", Impressions_EN: "" }, ""],
  ])("of %j is findings, then impression, as far as they are there", (values, target) => {
    expect(reportItem(row(values), volume)).toEqual({
      id: "valid_2_a_1/report",
      case: "valid_2_a_1",
      task: "report",
      question: null,
      target,
      split: "validation",
      extra: {},
      place: { table: "t", row: 5 },
    });
  });

  it("keeps what the report is of", () => {
    const values = { Findings_EN: "F.", ClinicalInformation_EN: "Cough.", Technique_EN: "" };
    expect(reportItem(row(values), volume).extra).toEqual({ ClinicalInformation_EN: "Cough." });
  });
});

describe("the labels of a row", () => {
  it("are the columns of 1, however the number is written", () => {
    const values = { VolumeName: "x", Emphysema: "1", "Lung nodule": "0.0", Effusion: " 1.0 " };
    expect(labelItem(row(values), volume)).toMatchObject({
      type: "abnormality",
      question: "Which of these are seen: Emphysema, Lung nodule, Effusion?",
      target: "Emphysema, Effusion",
      labels: ["Emphysema", "Effusion"],
    });
  });

  it("are told where one is neither 0 nor 1", () => {
    const values = { VolumeName: "x", Emphysema: "", "Lung nodule": "0", Effusion: "0.7", Mass: "10" };
    expect(labelItem(row(values), volume)).toEqual({ malformed: ["Emphysema", "Effusion", "Mass"] });
  });
});
