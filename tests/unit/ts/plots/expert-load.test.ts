import { renderExpertLoad } from "../../../../ts/plots/expert-load.ts";
import { textsOf } from "./well-formed.ts";

const layers = [
  {
    site: "vision.blocks.2.mlp",
    rows: [
      { task: "report", tokens: [100, 300, 500, 100] },
      { task: "closed-vqa", tokens: [400, 400, 198, 2] },
    ],
  },
  {
    site: "vision.blocks.3.mlp",
    rows: [
      { task: "report", tokens: [250, 250, 250, 250] },
      { task: "closed-vqa", tokens: [0, 0, 0, 0] },
    ],
  },
];

describe("the plot of expert load", () => {
  it("has a number for every task and expert of every layer, with names", () => {
    const texts = textsOf(renderExpertLoad({ title: "load", note: "stage specific", layers }));
    expect(texts).toEqual(
      expect.arrayContaining([
        "load",
        "stage specific",
        "vision.blocks.2.mlp",
        "vision.blocks.3.mlp",
        "report",
        "closed-vqa",
        "expert 0",
        "expert 3",
        "10.0%",
        "30.0%",
        "50.0%",
        "40.0%",
        "19.8%",
        "0.2%",
        "busiest 2.00 x even",
        "1K tokens",
      ]),
    );
    expect(texts.filter((text) => text === "25.0%")).toHaveLength(4);
    expect(texts).toContain(
      "share of a task's image tokens that each expert received; an even share is 25.0%",
    );
  });

  it("says so where a task has no tokens, instead of dividing by zero", () => {
    const svg = renderExpertLoad({ title: "load", note: "n", layers });
    expect(textsOf(svg).filter((text) => text === "no tokens of this task")).toHaveLength(1);
    expect(svg).not.toMatch(/NaN|Infinity/);
  });

  it("rings an expert below a tenth of the even share, and no other", () => {
    const svg = renderExpertLoad({ title: "load", note: "n", layers });
    // One for the expert with 0.2%, one in the legend.
    expect(svg.match(/class="alarm"/g)).toHaveLength(2);
  });

  it("keeps the numbers of many experts as tooltips", () => {
    const svg = renderExpertLoad({
      title: "load",
      note: "n",
      layers: [
        {
          site: "vision.blocks.0.mlp",
          rows: [{ task: "shared", tokens: Array.from({ length: 64 }, (_, expert) => expert + 1) }],
        },
      ],
    });
    textsOf(svg);
    expect(svg).toContain("<title>shared, expert 63: 64 tokens, 3.1%</title>");
  });

  it("paints more tokens darker", () => {
    const fills = [
      ...renderExpertLoad({
        title: "load",
        note: "n",
        layers: [{ site: "vision.blocks.0.mlp", rows: [{ task: "shared", tokens: [10, 20, 30, 40] }] }],
      }).matchAll(/fill="rgb\((\d+) (\d+) (\d+)\)"/g),
    ]
      .slice(0, 4)
      .map(([, r, g, b]) => Number(r) + Number(g) + Number(b));
    expect(fills).toEqual([...fills].sort((a, b) => b - a));
    expect(new Set(fills).size).toBe(4);
  });
});
