import { createRandom } from "../../../../../../ts/data/phantom/random.ts";
import { factClasses } from "../../../../../../ts/data/phantom/truth/facts.ts";
import type { OrderPlacement, Span } from "../../../../../../ts/data/phantom/truth/order-placement.ts";
import {
  drawOrderPlacement,
  plateauLevels,
} from "../../../../../../ts/data/phantom/truth/order-placement.ts";

type Truth = Parameters<typeof drawOrderPlacement>[0];

const covers = (span: Span | null, level: number): boolean =>
  span !== null && level >= span[0] && level < span[0] + span[1];

/** What each level shows, bottom first: l and r granulomas, v for a piece of the line. */
function levelsOf(placement: OrderPlacement): string[] {
  return Array.from({ length: plateauLevels }, (_, level) =>
    [
      covers(placement.left, level) ? "l" : "",
      covers(placement.right, level) ? "r" : "",
      placement.line.some((span) => covers(span, level)) ? "v" : "",
    ].join(""),
  );
}

function draw(truth: Truth, count: number, seed = 1): string[][] {
  const random = createRandom(seed, "facts");
  return Array.from({ length: count }, () => levelsOf(drawOrderPlacement(truth, random)));
}

/** Frequency of each multiset of slices, that is of what is left of a stack when its order is lost. */
function multisets(stacks: readonly string[][]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const stack of stacks) {
    const key = [...stack].sort().join("|");
    counts.set(key, (counts.get(key) ?? 0) + 1 / stacks.length);
  }
  return counts;
}

const draws = 4000;

/** Multisets whose share differs by more than five standard errors of the difference. */
function unlike(a: Map<string, number>, b: Map<string, number>): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((key) => {
    const p = a.get(key) ?? 0,
      q = b.get(key) ?? 0,
      mean = (p + q) / 2;
    return Math.abs(p - q) > 5 * Math.sqrt((2 * mean * (1 - mean)) / draws);
  });
}

describe("drawOrderPlacement", () => {
  it.each(factClasses.vesselOrNodules)(
    "shows the same multisets of slices for left higher and right higher beside %s",
    (kind) => {
      const left = multisets(draw({ granulomaHigher: "left", vesselOrNodules: kind }, draws, 1));
      const right = multisets(draw({ granulomaHigher: "right", vesselOrNodules: kind }, draws, 2));
      expect(unlike(left, right)).toEqual([]);
    },
  );

  it.each(factClasses.granulomaHigher)(
    "shows the same multisets of slices for a vessel and for nodules with granulomas %s",
    (higher) => {
      const vessel = multisets(draw({ granulomaHigher: higher, vesselOrNodules: "vessel" }, draws, 3));
      const nodules = multisets(draw({ granulomaHigher: higher, vesselOrNodules: "nodules" }, draws, 4));
      expect(unlike(vessel, nodules)).toEqual([]);
    },
  );

  it("puts the higher granuloma above an empty level on the side the truth says, and both on one level for same", () => {
    for (const higher of ["left", "right"] as const) {
      for (const stack of draw({ granulomaHigher: higher, vesselOrNodules: "vessel" }, 500)) {
        const at = (side: string): number[] =>
          stack.flatMap((level, index) => (level.includes(side) ? [index] : []));
        const upper = at(higher === "left" ? "l" : "r"),
          lower = at(higher === "left" ? "r" : "l");
        expect([upper.length, lower.length]).toEqual([2, 2]);
        expect(Math.min(...upper) - Math.max(...lower)).toBeGreaterThanOrEqual(2);
      }
    }
    for (const stack of draw({ granulomaHigher: "same", vesselOrNodules: "none" }, 300)) {
      expect(stack.filter((level) => level === "lr").length).toBe(2);
    }
  });

  it("fills four levels in a row for a vessel and a cavity, and two and two with three empty ones between for nodules", () => {
    const shape = (kind: Truth["vesselOrNodules"]): Set<string> =>
      new Set(
        draw({ granulomaHigher: "none", vesselOrNodules: kind }, 300).map((stack) =>
          stack
            .map((level) => level || "-")
            .join("")
            .replace(/^-+|-+$/g, ""),
        ),
      );
    expect(shape("vessel")).toEqual(new Set(["vvvv"]));
    expect(shape("cavity")).toEqual(new Set(["vvvv"]));
    expect(shape("nodules")).toEqual(new Set(["vv---vv"]));
    expect(shape("none")).toEqual(new Set([""]));
  });

  it("turns left higher into right higher when the slices are flipped", () => {
    const flip = (stack: readonly string[]): string => [...stack].reverse().join("|");
    const places = (higher: "left" | "right"): Set<string> =>
      new Set(
        draw({ granulomaHigher: higher, vesselOrNodules: "none" }, 3000).map((stack) => stack.join("|")),
      );
    const flipped = new Set(draw({ granulomaHigher: "left", vesselOrNodules: "none" }, 3000).map(flip));
    expect(flipped).toEqual(places("right"));
    expect(flipped.isDisjointFrom(places("left"))).toBe(true);
  });

  it("puts nothing into a stack without facts of order", () => {
    expect(
      drawOrderPlacement({ granulomaHigher: null, vesselOrNodules: null }, createRandom(1, "facts")),
    ).toEqual({ left: null, right: null, line: [] });
  });
});
