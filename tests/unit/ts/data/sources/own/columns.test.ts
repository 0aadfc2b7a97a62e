import { takeColumns } from "../../../../../../ts/data/sources/own/columns.ts";

const taken = (...header: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(takeColumns(header).taken);

describe("the columns of a table of one's own", () => {
  it("are taken by our names, in any order and spelling of case, spaces and marks", () => {
    expect(taken("Report", " IMAGE ", "Patient_ID")).toEqual({
      report: "Report",
      image: " IMAGE ",
      patient: "Patient_ID",
    });
  });

  it.each([
    ["File Name", "image"],
    ["filename", "image"],
    ["scan_path", "image"],
    ["VolumeName", "image"],
    ["subject", "patient"],
    ["MRN", "patient"],
    ["Findings", "report"],
    ["Befund", "report"],
    ["query", "question"],
    ["options", "choices"],
    ["ground-truth", "answer"],
    ["Question Type", "type"],
    ["fold", "split"],
    ["study", "case"],
    ["qid", "id"],
    ["Series ID", "series"],
  ])("are taken by a name that everybody has for them: %s is %s", (name, ours) => {
    expect(taken(name)).toEqual({ [ours]: name });
  });

  it("are not taken by a name that is only near: what may have been meant is told", () => {
    const { taken: none, kept } = takeColumns(["reprot", "anwser", "imagee"]);
    expect([...none]).toEqual([]);
    expect(kept).toEqual([
      { name: "reprot", meant: "report" },
      { name: "anwser", meant: "answer" },
      { name: "imagee", meant: "image" },
    ]);
  });

  it("are kept where nothing of ours is near", () => {
    expect(takeColumns(["age", "scanner model", "report"]).kept).toEqual([
      { name: "age", meant: null },
      { name: "scanner model", meant: null },
    ]);
  });

  it("are not near one that is there already", () => {
    expect(takeColumns(["report", "reports"]).kept).toEqual([{ name: "reports", meant: null }]);
  });

  it("are our own where two names would do, and none where that does not decide", () => {
    expect(taken("findings", "report")).toEqual({ report: "report" });
    const { taken: none, unclear } = takeColumns(["findings", "description"]);
    expect([...none]).toEqual([]);
    expect(unclear).toEqual([{ column: "report", names: ["findings", "description"] }]);
  });

  it("hold the options of a question one by one, in the order of their letters", () => {
    const { options, kept } = takeColumns(["Choice B", "Choice A", "option_c", "question"]);
    expect(options).toEqual(["Choice A", "Choice B", "option_c"]);
    expect(kept).toEqual([]);
  });

  it("hold them as a list where there is a column of lists, and one alone is no list", () => {
    expect(takeColumns(["choices", "Choice A", "Choice B"]).options).toEqual([]);
    expect(takeColumns(["Choice A"]).options).toEqual([]);
  });

  it("without a name are nothing", () => {
    const { taken: none, kept } = takeColumns(["", " "]);
    expect([[...none], kept]).toEqual([[], []]);
  });
});
