import { renderLossCurves } from "../../../../ts/plots/loss-curve.ts";
import { textsOf } from "./well-formed.ts";

const decay = (steps: number, from: number, to: number) =>
  Array.from({ length: steps }, (_, step) => ({
    step,
    value: to + (from - to) * Math.exp((-5 * step) / steps),
  }));
const stages = [
  {
    name: "pretrain",
    steps: 300,
    series: [
      { name: "loss", points: decay(300, 6, 1.5) },
      { name: "patches", points: decay(300, 3, 0.5) },
    ],
  },
  { name: "shared", steps: 200, series: [{ name: "loss", points: decay(120, 2, 0.75) }] },
];

describe("the plot of loss", () => {
  it("has a title, both axes with their units, ticks, a legend and every stage with its planned steps", () => {
    const texts = textsOf(renderLossCurves({ title: "phantom, seed 7", unit: "nats per token", stages }));
    expect(texts).toEqual(
      expect.arrayContaining([
        "phantom, seed 7",
        "loss (nats per token)",
        "optimizer step, counted over all stages",
        "pretrain (300 steps)",
        "shared (200 steps)",
        "0",
        "100",
        "200",
        "300",
        "400",
        "500",
        "loss, each step",
        "loss, centred mean",
        "patches",
      ]),
    );
  });

  it("writes the value at the end of each stage", () => {
    const texts = textsOf(renderLossCurves({ title: "t", unit: "nats", stages }));
    // Means of the last 6 and the last 3 steps: 1.5 + 4.5 e^(-4.94), 0.75 + 1.25 e^(-4.92).
    expect(texts).toContain("1.53");
    expect(texts).toContain("0.759");
  });

  it("marks each boundary between stages once, at its step", () => {
    const svg = renderLossCurves({ title: "t", unit: "nats", stages });
    const boundaries = [...svg.matchAll(/<line x1="([\d.]+)" x2="\1" [^>]*class="edge"/g)];
    expect(boundaries).toHaveLength(1);
    // 300 of 500 steps over 76..930 pixels.
    expect(Number(boundaries[0]?.[1])).toBeCloseTo(76 + (300 / 500) * (930 - 76), 1);
  });

  it("marks and counts values that are not finite instead of leaving them out", () => {
    const broken = [
      {
        name: "shared",
        steps: 10,
        series: [
          {
            name: "loss",
            points: [
              { step: 0, value: 1 },
              { step: 1, value: Number.NaN },
              { step: 2, value: Number.POSITIVE_INFINITY },
              { step: 3, value: 2 },
            ],
          },
        ],
      },
    ];
    const svg = renderLossCurves({ title: "t", unit: "nats", stages: broken });
    expect(textsOf(svg)).toContain("not finite (2)");
    expect(svg.match(/class="bad"/g)).toHaveLength(3);
    expect(svg).not.toMatch(/NaN|Infinity/);
  });

  it("draws what was measured at some steps alone as dots at its values, none of them smoothed", () => {
    const looks = [10, 50, 90].map((step, at) => ({ step, value: 4 - at }));
    const svg = renderLossCurves({
      title: "t",
      unit: "nats",
      stages: [
        {
          name: "shared",
          steps: 100,
          series: [
            { name: "loss", points: decay(100, 5, 1) },
            { name: "validation", points: looks, sparse: true },
          ],
        },
      ],
    });
    expect(textsOf(svg)).toContain("validation");
    const dots = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)" [^>]*class="dot s1"/g)];
    const places = dots.map(([, cx, cy]) => [Number(cx), Number(cy)] as const);
    // 100 steps over 76..930 pixels; equal distances of loss are equal heights.
    for (const [at, [cx]] of places.entries())
      expect(cx).toBeCloseTo(76 + ((looks[at]?.step ?? 0) / 100) * (930 - 76), 1);
    const [first, second, third] = places.map(([, cy]) => cy);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(0);
    expect((third ?? 0) - (second ?? 0)).toBeCloseTo((second ?? 0) - (first ?? 0), 1);
  });

  it("is logarithmic, and says so, where values span more than a factor of 30", () => {
    expect(
      textsOf(
        renderLossCurves({
          title: "t",
          unit: "nats",
          stages: [{ name: "shared", steps: 500, series: [{ name: "loss", points: decay(500, 9, 0.02) }] }],
        }),
      ),
    ).toContain("loss (nats, log scale)");
  });

  it("says so where nothing is recorded yet", () => {
    expect(
      textsOf(
        renderLossCurves({ title: "t", unit: "nats", stages: [{ name: "shared", steps: 100, series: [] }] }),
      ),
    ).toContain("no loss recorded yet");
  });

  it("shows names as text, never as markup", () => {
    const svg = renderLossCurves({
      title: '<script>alert("x")</script> & co \u001b[31m',
      unit: "a<b",
      stages: [{ name: "x<y", steps: 50, series: [{ name: "<b>", points: decay(50, 2, 1) }] }],
    });
    textsOf(svg);
    expect(svg).not.toContain("<script");
    expect(svg).not.toContain("\u001b");
  });

  it("stays small for many steps", () => {
    expect(
      renderLossCurves({
        title: "t",
        unit: "nats",
        stages: [
          { name: "shared", steps: 200_000, series: [{ name: "loss", points: decay(200_000, 9, 1) }] },
        ],
      }).length,
    ).toBeLessThan(200_000);
  });
});
