import {
  controlNames,
  isBeside,
  metricBeside,
  slicesAsked,
} from "../../../../../ts/schema/answers/control.ts";
import { metricNames, metricRow } from "../../../../../ts/schema/task.ts";

describe("what is scored beside the held-out volumes", () => {
  it("has a metric of its own, told from every metric of the volumes", () => {
    for (const beside of [...controlNames, ...slicesAsked]) {
      expect(isBeside(metricBeside("accuracy.macro", beside))).toBe(true);
      expect(metricBeside("type.plane", beside)).toBe(`type.plane.${beside}`);
    }
    const own = metricNames.flatMap((name) => [
      name,
      ...metricRow(name).statistics.map((one) => `${name}.${one}`),
    ]);
    for (const metric of [...own, "type.plane", "unparsed", "blank"]) expect(isBeside(metric)).toBe(false);
  });
});
