import { createHash } from "node:crypto";
import {
  type AskedItem,
  askedOf,
  askedSchema,
  askedSignature,
  holdToAsked,
} from "../../../../ts/eval/asked.ts";
import { caught } from "../../../support/caught.ts";

const open: AskedItem = {
  id: "1",
  case: "c1",
  subject: "p1",
  task: "open-vqa",
  type: "organ",
  target: "liver",
};
const closed: AskedItem = {
  id: "1",
  case: "c2",
  task: "closed-vqa",
  type: ["side", "organ"],
  choices: ["left", "right"],
  target: "B",
};

describe("the items that a run was to answer", () => {
  it("are counted, with SHA-256 over their sorted lines of JSON", () => {
    const lines = [
      '["closed-vqa","1","c2",null,["organ","side"],["left","right"],"B"]',
      '["open-vqa","1","c1","p1",["organ"],null,"liver"]',
    ];
    const digest = createHash("sha256")
      .update(`${lines.join("\n")}\n`)
      .digest("hex");
    expect(askedOf([open, closed])).toEqual({ format: "tomoe.expected/1", items: 2, digest });
    expect(askedSchema.parse(askedOf([open]))).toEqual(askedOf([open]));
  });

  it("are the same in another order, and whatever was predicted", () => {
    const answered = {
      ...closed,
      prediction: "left",
      route: { task: "closed-vqa" },
      type: ["organ", "side"],
    };
    expect(askedOf([answered, open])).toEqual(askedOf([open, closed]));
  });

  it.each<[string, Partial<AskedItem>]>([
    ["id", { id: "2" }],
    ["case", { case: "c9" }],
    ["patient", { subject: "p9" }],
    ["no patient", { subject: undefined }],
    ["task", { task: "report" }],
    ["type", { type: "phase" }],
    ["a second type", { type: ["organ", "phase"] }],
    ["options", { choices: ["liver", "spleen"] }],
    ["target", { target: "Liver" }],
  ])("are others with another %s", (_name, change) => {
    expect(askedOf([{ ...open, ...change }]).digest).not.toBe(askedOf([open]).digest);
  });

  it("tell where one field ends and the next begins", () => {
    const [one, other] = [
      { ...open, id: "1", case: "1c" },
      { ...open, id: "11", case: "c" },
    ];
    expect(askedOf([one]).digest).not.toBe(askedOf([other]).digest);
  });

  it("stand in a signature as n of N with the beginning of the digest", () => {
    const asked = askedOf([open, closed]);
    expect(askedSignature(asked)).toBe(`2 of 2@${asked.digest.slice(0, 16)}`);
  });
});

describe("predictions held to what was asked", () => {
  const asked = askedOf([open, closed]);

  it("may be in any order", () => {
    expect(() => holdToAsked([closed, open], asked)).not.toThrow();
  });

  it("are refused where one is missing or too many, with both counts", async () => {
    for (const [rows, given] of [
      [[open], 1],
      [[open, closed, { ...open, id: "3" }], 3],
      [[], 0],
    ] as const) {
      const error = await caught(() => holdToAsked(rows, asked));
      expect(error).toMatchObject({ code: "DATA_PREDICTIONS", details: { given, expected: 2 } });
      expect(error.message).toContain(`${given} rows for 2 items`);
    }
  });

  it("are refused where one is altered or foreign and the count is right", async () => {
    const error = await caught(() => holdToAsked([open, { ...closed, target: "A" }], asked));
    expect(error.code).toBe("DATA_PREDICTIONS");
    expect(error.message).toContain("one or more are altered");
    expect(error.hint).toContain("changed after it ended");
  });
});
