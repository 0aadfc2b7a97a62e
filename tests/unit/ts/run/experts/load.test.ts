import fc from "fast-check";
import {
  addLoad,
  changesBetween,
  type ExpertLook,
  type Load,
  lookAt,
} from "../../../../../ts/run/experts/load.ts";
import { caught } from "../../../../support/caught.ts";

const rule = { every: 10, deadBelow: 0.1, hotAbove: 2 };
const place = { sites: ["vision.blocks.3.mlp", "vision.blocks.4.mlp"], groups: ["report", "closed-vqa"] };

/** A load of which nobody told body and air apart. */
const all = (tokens: Load) => ({ tokens, body: null });

describe("addLoad", () => {
  it("adds expert by expert", () => {
    expect(addLoad([[[1, 2]], [[3, 4]]], [[[10, 20]], [[30, 40]]])).toEqual([[[11, 22]], [[33, 44]]]);
  });

  it("takes loads of two shapes for a bug of ours", async () => {
    expect((await caught(() => addLoad([[[1, 2]]], [[[1]]]))).code).toBe("INTERNAL");
  });
});

describe("lookAt", () => {
  it("tells shares, entropy, and who is dead or hot by the rule, site by site and group by group", () => {
    const looks = lookAt(
      all([
        [
          [25, 25, 25, 25],
          [60, 38, 1, 1],
        ],
      ]),
      place,
      rule,
    );
    expect(looks).toEqual([
      {
        site: "vision.blocks.3.mlp",
        group: "report",
        shares: [0.25, 0.25, 0.25, 0.25],
        body: null,
        entropy: expect.closeTo(1, 12),
        dead: [],
        hot: [],
      },
      {
        site: "vision.blocks.3.mlp",
        group: "closed-vqa",
        shares: [0.6, 0.38, 0.01, 0.01],
        body: null,
        entropy: expect.closeTo(
          (-0.6 * Math.log(0.6) - 0.38 * Math.log(0.38) - 0.02 * Math.log(0.01)) / Math.log(4),
          12,
        ),
        dead: [2, 3],
        hot: [0],
      },
    ]);
  });

  it("calls none dead or hot at 0, and none at the very bound", () => {
    const [look] = lookAt(all([[[100, 0, 0, 0]]]), place, { ...rule, deadBelow: 0, hotAbove: 0 });
    expect(look).toMatchObject({ dead: [], hot: [], entropy: 0 });
    const [bound] = lookAt(all([[[50, 45, 2.5, 2.5]]]), place, rule);
    expect(bound).toMatchObject({ dead: [], hot: [] });
  });

  it("leaves out a group that no item was of, and knows no entropy of a lone expert", () => {
    const looks = lookAt(
      all([
        [
          [0, 0],
          [3, 1],
        ],
        [[5], [0]],
      ]),
      place,
      rule,
    );
    expect(looks.map(({ site, group, entropy }) => [site, group, entropy])).toEqual([
      ["vision.blocks.3.mlp", "closed-vqa", expect.closeTo(0.8113, 4)],
      ["vision.blocks.4.mlp", "report", null],
    ]);
  });

  it("judges by the tokens of a body where these are told apart, and tells both", () => {
    const tokens = [[[70, 10, 10, 10]]],
      body = [[[1, 9, 10, 0]]];
    const [look] = lookAt({ tokens, body }, place, rule);
    expect(look).toMatchObject({
      shares: [0.7, 0.1, 0.1, 0.1],
      body: [0.05, 0.45, 0.5, 0],
      dead: [3],
      hot: [],
    });
    expect(lookAt({ tokens, body: [[[0, 0, 0, 0]]] }, place, rule)[0]).toMatchObject({
      body: null,
      hot: [0],
      dead: [],
    });
  });

  it("tells shares that sum to 1 and an entropy between 0 and 1, whatever the load", () => {
    const tokens = fc.array(fc.integer({ min: 0, max: 1e9 }), { minLength: 2, maxLength: 16 });
    fc.assert(
      fc.property(tokens, (group) => {
        const [look] = lookAt(all([[group]]), place, rule);
        if (look === undefined) return group.every((one) => one === 0);
        expect(look.shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
        expect(look.entropy).toBeGreaterThanOrEqual(0);
        expect(look.entropy).toBeLessThanOrEqual(1 + 1e-12);
        expect(look.dead.filter((one) => look.hot.includes(one))).toEqual([]);
        return true;
      }),
      { seed: 77 },
    );
  });
});

describe("changesBetween", () => {
  const look = (change: Partial<ExpertLook>): ExpertLook => ({
    site: "vision.blocks.3.mlp",
    group: "shared",
    shares: [0.001, 0.699, 0.2, 0.1],
    body: null,
    entropy: 0.6,
    dead: [],
    hot: [],
    ...change,
  });

  it("tells who became dead or hot, once", () => {
    const now = [look({ dead: [0], hot: [1] })];
    expect(changesBetween([], now)).toEqual([
      "expert 0 of vision.blocks.3.mlp (shared) is dead: 0.1 % of the tokens, an even share is 25.0 %",
      "expert 1 of vision.blocks.3.mlp (shared) is hot: 69.9 % of the tokens, an even share is 25.0 %",
    ]);
    expect(changesBetween(now, now)).toEqual([]);
  });

  it("tells shares of a body's tokens as such", () => {
    const now = [look({ body: [0, 0.5, 0.25, 0.25], dead: [0] })];
    expect(changesBetween([], now)).toEqual([
      "expert 0 of vision.blocks.3.mlp (shared) is dead: 0.0 % of the tokens of a body, an even share is 25.0 %",
    ]);
  });

  it("tells who is so no more, and keeps sites and groups apart", () => {
    expect(changesBetween([look({ dead: [0] })], [look({})])).toEqual([
      "expert 0 of vision.blocks.3.mlp (shared) is dead no more: 0.1 % of the tokens, an even share is 25.0 %",
    ]);
    const other = look({ group: "report", dead: [0] });
    expect(changesBetween([look({ dead: [0] })], [other])).toHaveLength(1);
    expect(changesBetween([look({ dead: [0] })], [])).toEqual([]);
  });
});
