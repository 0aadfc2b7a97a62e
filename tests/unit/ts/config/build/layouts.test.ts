import {
  amosMm,
  chatMessages,
  clinFusion,
  ctRate,
  deepTumorVqa,
  m3d,
  ownTables,
  radGenome,
  threeDRad,
} from "../../../../../ts/config/build/layouts.ts";
import { dataOption } from "../../../../../ts/schema/options/data.ts";
import { groupSchema } from "../../../../../ts/schema/options/zod.ts";
import { layoutNames } from "../../../../../ts/schema/tables/layouts.ts";

const options = { sizeDHW: [32, 256, 256], windowHu: { low: -1000, high: 1000 } } as const;

/** Every builder's data set, by what it is of. */
const data = [
  m3d("d", "cap", options),
  m3d("d", "vqa", options),
  ctRate("d", "v2", options),
  ctRate("d", "v1", options),
  radGenome("d", options),
  threeDRad("d", { ...options, scans: "ct-rate" }),
  amosMm("d", options),
  deepTumorVqa("d", options),
  clinFusion("d", options),
  chatMessages("d", options),
  ownTables("d", { ...options, columns: { report: "Befund" } }),
];

const resolved = (value: object): Record<string, unknown> =>
  (
    groupSchema({ data: dataOption }).parse({ data: JSON.parse(JSON.stringify(value)) }) as {
      data: Record<string, unknown>;
    }
  ).data;

describe("the builders of data sets", () => {
  it("cover every layout but the one that ctFolder reads", () => {
    expect(data.map(({ layout }) => layout)).toEqual(layoutNames.filter((name) => name !== "phantom"));
  });

  it("write down what was written, and no default", () => {
    expect(JSON.parse(JSON.stringify(data[0]))).toEqual({
      ...options,
      kind: "layout",
      layout: "m3d-cap",
      path: "d",
    });
    expect(data.at(-1)).toMatchObject({ layout: "table", columns: { report: "Befund" } });
    expect(Object.keys(data[0] ?? {})).not.toContain("split");
  });

  it("resolve to pictures where the volumes are pictures, and to HU elsewhere", () => {
    expect(data.map((one) => resolved(one).intensity)).toEqual([
      "picture",
      "picture",
      ...Array.from({ length: 9 }, () => "hu"),
    ]);
    expect(resolved(ownTables("d", { ...options, intensity: "picture" })).intensity).toBe("picture");
  });

  it("take shares in place of the data set's splits, as data of their own", () => {
    const shares = { train: 0.8, validation: 0.1, test: 0.1, by: "patient" } as const;
    const drawn = m3d("d", "cap", options).split(shares);
    expect(drawn).toEqual({ ...options, kind: "layout", layout: "m3d-cap", path: "d", split: shares });
    expect(resolved(drawn)).toMatchObject({ split: shares });
    expect(JSON.stringify(data[0])).not.toContain("patient");
  });
});
