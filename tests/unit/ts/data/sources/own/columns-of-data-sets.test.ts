// Headers as they are met, and what is taken of each.
import { takeColumns } from "../../../../../../ts/data/sources/own/columns.ts";

interface Header {
  readonly of: string;
  readonly header: readonly string[];
  readonly taken: Readonly<Record<string, string>>;
  /** Columns that are kept, with what may have been meant. */
  readonly kept?: Readonly<Record<string, string | null>>;
}

const headers: readonly Header[] = [
  {
    of: "our own words",
    header: [
      "id",
      "case",
      "patient",
      "image",
      "series",
      "split",
      "report",
      "question",
      "choices",
      "answer",
      "type",
    ],
    taken: {
      id: "id",
      case: "case",
      patient: "patient",
      image: "image",
      series: "series",
      split: "split",
      report: "report",
      question: "question",
      choices: "choices",
      answer: "answer",
      type: "type",
    },
  },
  {
    of: "CT-RATE's reports",
    header: ["VolumeName", "ClinicalInformation_EN", "Technique_EN", "Findings_EN", "Impressions_EN"],
    taken: { image: "VolumeName" },
    kept: { ClinicalInformation_EN: null, Technique_EN: null, Findings_EN: null, Impressions_EN: null },
  },
  {
    of: "a registry",
    header: ["MRN", "Accession", "File Path", "Description", "Reader"],
    taken: { patient: "MRN", case: "Accession", image: "File Path", report: "Description" },
  },
  {
    of: "a table of questions with a slip",
    header: ["scan", "qestion", "choises", "answer"],
    taken: { image: "scan", answer: "answer" },
    kept: { qestion: null, choises: "choices" },
  },
  {
    of: "a cohort with parts of its own",
    header: ["subject_id", "scan_id", "nifti", "fold", "age", "sex"],
    taken: { patient: "subject_id", case: "scan_id", image: "nifti", split: "fold" },
    kept: { age: null, sex: null },
  },
  {
    of: "a table in capitals, with blanks",
    header: [" IMAGE PATH ", "QUESTION TYPE", "PROMPT", "RESPONSE"],
    taken: { image: " IMAGE PATH ", type: "QUESTION TYPE", question: "PROMPT", answer: "RESPONSE" },
  },
];

describe("the header of a table", () => {
  it.each(headers)("of $of is taken by its words alone", ({ header, taken, kept = {} }) => {
    const result = takeColumns(header);
    expect(Object.fromEntries(result.taken)).toEqual(taken);
    for (const [name, meant] of Object.entries(kept)) {
      const found = result.kept.find((one) => one.name === name);
      expect(found).toBeDefined();
      if (meant !== null) expect(found?.meant).toBe(meant);
    }
  });

  it.each(headers)("of $of is taken the same in any order", ({ header, taken }) => {
    for (let turn = 1; turn < header.length; turn++) {
      const turned = [...header.slice(turn), ...header.slice(0, turn)];
      expect(Object.fromEntries(takeColumns(turned).taken)).toEqual(taken);
    }
  });

  it.each(headers)("of $of loses no column: each is taken, kept or told", ({ header }) => {
    const { taken, kept, unclear, options } = takeColumns(header);
    const told = [
      ...taken.values(),
      ...kept.map(({ name }) => name),
      ...unclear.flatMap(({ names }) => names),
      ...options,
    ];
    expect([...told].sort()).toEqual([...header].sort());
  });
});
