import { evaluateRun } from "../../../../ts/run/evaluate/evaluate.ts";
import { confusionOf, promptOf, recordRoutes, routeOfRow } from "../../../../ts/run/routes.ts";
import { trainAttempt } from "../../../../ts/run/train/attempt.ts";
import { readEvents } from "../../../../ts/track/read/index.ts";
import { itemsOf, newJob } from "./fixtures.ts";

describe("the routes of items", () => {
  it("are asked for by words and choices, with id, label and use beside them", () => {
    const [report, closed] = itemsOf("a");
    if (report === undefined || closed === undefined) throw new RangeError("no items");
    expect(promptOf(report, "evaluate")).toEqual({
      text: "Write a report.",
      item: { id: "a-r", task: "report", use: "evaluate" },
    });
    expect(promptOf(closed, "train")).toMatchObject({ choices: closed.choices, item: { use: "train" } });
  });

  it("are counted label by label", () => {
    const routes = [
      { label: "report", routed: "report" },
      { label: "open-vqa", routed: "closed-vqa" },
      { label: "open-vqa", routed: "open-vqa" },
      { label: "open-vqa", routed: "closed-vqa" },
    ];
    expect(confusionOf(routes)).toEqual({
      report: { report: 1 },
      "open-vqa": { "closed-vqa": 2, "open-vqa": 1 },
    });
    expect(confusionOf([])).toEqual({});
  });

  it("are read from a line of predictions, and from one without a route", () => {
    const row = { id: "q", task: "report", route: { task: "open-vqa", confidence: 1, fallback: false } };
    expect(routeOfRow(row)).toEqual({ label: "report", routed: "open-vqa" });
    expect(routeOfRow({ id: "q", task: "report" })).toEqual({ label: "report", routed: "none" });
  });
});

describe("the record of routes", () => {
  it("has the rule and the counts of every stage that trains language and of the evaluation, once", async () => {
    const test = await newJob({ set: ["router.route=oracle"] });
    const attempt = await test.attempt();
    await trainAttempt(attempt);
    await evaluateRun(attempt);
    await evaluateRun(attempt);
    const events = await readEvents(test.job.owned.paths.events, "routes");
    expect(events.map(({ key }) => key)).toEqual(["flat", "shared", "specific", "evaluation"]);
    const diagonal = (each: number) => ({
      report: { report: each },
      "closed-vqa": { "closed-vqa": each },
      "open-vqa": { "open-vqa": each },
    });
    expect(events.slice(1).map(({ data }) => data)).toEqual(
      [5, 5, 3].map((each) => ({ rule: "oracle", confusion: diagonal(each) })),
    );
  });

  it("refuses other counts under a key that stands already", async () => {
    const { job } = await newJob();
    await recordRoutes(job, "shared", { report: { report: 1 } });
    await expect(recordRoutes(job, "shared", { report: { report: 2 } })).rejects.toMatchObject({
      code: "REPLAY_DIVERGED",
    });
  });
});
