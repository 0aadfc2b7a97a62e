import type { PhantomScan } from "../../../../../../ts/data/phantom/draw/scan.ts";
import { scanPhantom, scanPhantomSlice, withNoise } from "../../../../../../ts/data/phantom/draw/scan.ts";
import { createRandom } from "../../../../../../ts/data/phantom/random.ts";
import { phantomBody } from "../../../../../../ts/data/phantom/truth/anatomy.ts";
import type { PhantomTruth } from "../../../../../../ts/data/phantom/truth/facts.ts";
import { factClasses, phantomTruth } from "../../../../../../ts/data/phantom/truth/facts.ts";
import type { Structure } from "../../../../../../ts/data/phantom/truth/structures.ts";
import { structureId } from "../../../../../../ts/data/phantom/truth/structures.ts";

const size = [16, 48, 48] as const;

interface Seen {
  readonly count: number;
  readonly meanHu: number;
  readonly centreMm: readonly [number, number, number];
}

/** Voxels, mean HU and centre in the world of one structure. */
function look(scan: PhantomScan, structure: Structure): Seen {
  const id = structureId(structure);
  const {
    originMm,
    stepsMm: [u, v, w],
    shapeDHW: [, height, width],
  } = scan.grid;
  let count = 0,
    hu = 0;
  const sum = [0, 0, 0];
  scan.structureIds.forEach((found, at) => {
    if (found !== id) return;
    count += 1;
    hu += scan.voxels[at] as number;
    const i = at % width,
      j = Math.floor(at / width) % height,
      k = Math.floor(at / (width * height));
    for (let a = 0; a < 3; a += 1)
      sum[a] =
        (sum[a] as number) +
        (originMm[a] as number) +
        i * (u[a] as number) +
        j * (v[a] as number) +
        k * (w[a] as number);
  });
  return {
    count,
    meanHu: hu / count,
    centreMm: sum.map((value) => value / count) as [number, number, number],
  };
}

const withFacts = (seed: number, facts: Partial<PhantomTruth>): PhantomTruth => ({
  ...phantomTruth(seed, "axial"),
  ...facts,
});

describe("scanPhantom", () => {
  it("gives the same voxels for the same truth and others for another seed", () => {
    const first = scanPhantom(phantomTruth(42), size),
      again = scanPhantom(phantomTruth(42), size);
    expect(Buffer.from(first.voxels.buffer).equals(Buffer.from(again.voxels.buffer))).toBe(true);
    expect(
      Buffer.from(first.voxels.buffer).equals(Buffer.from(scanPhantom(phantomTruth(43), size).voxels.buffer)),
    ).toBe(false);
  });

  it.each(factClasses.plane)(
    "puts liver and right kidney at patient right (+x), spleen and left kidney at patient left in %s stacks",
    (plane) => {
      for (const seed of [11, 12, 13]) {
        const scan = scanPhantom({ ...phantomTruth(seed, plane), missingOrgan: "none" }, size);
        expect(look(scan, "liver").centreMm[0]).toBeGreaterThan(30);
        expect(look(scan, "rightKidney").centreMm[0]).toBeGreaterThan(25);
        expect(look(scan, "rightLung").centreMm[0]).toBeGreaterThan(40);
        expect(look(scan, "spleen").centreMm[0]).toBeLessThan(-60);
        expect(look(scan, "leftKidney").centreMm[0]).toBeLessThan(-25);
        expect(look(scan, "leftLung").centreMm[0]).toBeLessThan(-40);
        expect(look(scan, "leftLung").centreMm[2]).toBeGreaterThan(look(scan, "liver").centreMm[2]);
        expect(look(scan, "bone").centreMm[1]).toBeLessThan(look(scan, "liver").centreMm[1]);
      }
    },
  );

  it("has HU where physics puts them: air, fat, lung, soft tissue and bone", () => {
    const scan = scanPhantom(phantomTruth(5, "axial"), size);
    expect(look(scan, "air").meanHu).toBeCloseTo(-1000, 0);
    expect(Math.abs(look(scan, "fat").meanHu - -97)).toBeLessThan(5);
    expect(Math.abs(look(scan, "leftLung").meanHu - -850)).toBeLessThan(25);
    expect(Math.abs(look(scan, "soft").meanHu - 40)).toBeLessThan(15);
    expect(look(scan, "bone").meanHu).toBeGreaterThan(200);
  });

  it("enhances vessels, kidneys and liver as the phase says", () => {
    const seen = Object.fromEntries(
      factClasses.phase.map((phase) => {
        const scan = scanPhantom(withFacts(21, { phase, lesionOrgan: "spleen", missingOrgan: "none" }), size);
        return [
          phase,
          {
            vessel: look(scan, "vessel").meanHu,
            kidney: look(scan, "leftKidney").meanHu,
            liver: look(scan, "liver").meanHu,
          },
        ];
      }),
    );
    const vessel = factClasses.phase.map((phase) => seen[phase]?.vessel ?? Number.NaN);
    for (const [at, expected] of [40, 320, 165, 95].entries())
      expect(Math.abs((vessel[at] as number) - expected)).toBeLessThan(3);
    expect(seen["portal venous"]?.liver).toBeGreaterThan((seen.arterial?.liver ?? Number.NaN) + 30);
    expect(seen.arterial?.kidney).toBeGreaterThan((seen["non-contrast"]?.kidney ?? Number.NaN) + 80);
  });

  it.each(factClasses.lesionType)("shows a %s in every organ, large enough and with its HU", (lesionType) => {
    const expected = { cyst: [-35, -5], mass: [240, 280], calcification: [780, 820], abscess: [-450, -50] }[
      lesionType
    ] as [number, number];
    for (const lesionOrgan of factClasses.lesionOrgan) {
      for (const seed of [1, 2, 3]) {
        const scan = scanPhantom(withFacts(seed, { lesionOrgan, lesionType, missingOrgan: "none" }), size);
        const lesion = look(scan, lesionType);
        expect(lesion.count).toBeGreaterThan(30);
        expect(lesion.meanHu).toBeGreaterThan(expected[0]);
        expect(lesion.meanHu).toBeLessThan(expected[1]);
        const nearest = factClasses.lesionOrgan
          .map((organ) => ({ organ, away: distance(lesion.centreMm, organCentre(seed, organ)) }))
          .sort((a, b) => a.away - b.away);
        expect(nearest[0]?.organ).toBe(lesionOrgan);
      }
    }
  });

  it("leaves out exactly the missing organ", () => {
    for (const missingOrgan of factClasses.missingOrgan) {
      const scan = scanPhantom(withFacts(8, { missingOrgan, lesionOrgan: "liver" }), size);
      const present = {
        spleen: look(scan, "spleen").count,
        "left kidney": look(scan, "leftKidney").count,
        "right kidney": look(scan, "rightKidney").count,
      };
      for (const [organ, count] of Object.entries(present)) {
        if (organ === missingOrgan) expect(count).toBe(0);
        else expect(count).toBeGreaterThan(60);
      }
    }
  });

  it("shows opacity on the side the truth says", () => {
    for (const opacitySide of factClasses.opacitySide) {
      const scan = scanPhantom(withFacts(9, { opacitySide }), size);
      expect(look(scan, "leftOpacity").count > 100).toBe(opacitySide === "left" || opacitySide === "both");
      expect(look(scan, "rightOpacity").count > 100).toBe(opacitySide === "right" || opacitySide === "both");
    }
  });

  it("shows the left granuloma higher exactly when the truth says so", () => {
    for (const seed of [31, 32, 33, 34]) {
      for (const granulomaHigher of factClasses.granulomaHigher) {
        const scan = scanPhantom(withFacts(seed, { granulomaHigher }), size);
        const left = look(scan, "leftGranuloma"),
          right = look(scan, "rightGranuloma");
        if (granulomaHigher === "none") expect([left.count, right.count]).toEqual([0, 0]);
        else {
          expect(Math.min(left.count, right.count)).toBeGreaterThan(12);
          expect(left.centreMm[0]).toBeLessThan(right.centreMm[0]);
          expect(Math.sign(Math.round(left.centreMm[2] - right.centreMm[2]))).toBe(
            { left: 1, right: -1, same: 0 }[granulomaHigher],
          );
        }
      }
    }
  });

  it("shows spots for a vessel and for nodules, a ring of soft tissue around air for a cavity, and nothing for none", () => {
    const counts = factClasses.vesselOrNodules.map((vesselOrNodules) => {
      const scan = scanPhantom(withFacts(35, { vesselOrNodules }), size);
      const cavity = [...scan.voxels].filter((_, at) =>
        ["leftCavity", "rightCavity"].some(
          (name) => scan.structureIds[at] === structureId(name as Structure),
        ),
      );
      return {
        spots: look(scan, "leftSpot").count + look(scan, "rightSpot").count,
        wall: cavity.filter((hu) => hu > 0).length,
        air: cavity.filter((hu) => hu < -700).length,
      };
    });
    const [vessel, nodules, cavity, none] = counts;
    expect(vessel?.spots).toBeGreaterThan(30);
    expect(nodules).toEqual(vessel);
    expect(cavity?.spots).toBe(0);
    expect(cavity?.wall).toBeGreaterThan(30);
    expect(cavity?.air).toBeGreaterThan(8);
    expect(none).toEqual({ spots: 0, wall: 0, air: 0 });
  });

  it("adds noise of 5 to 10 HU", () => {
    for (const seed of [1, 2, 3, 4]) {
      const scan = scanPhantom(phantomTruth(seed, "axial"), size);
      const air = [...scan.voxels].filter((_, at) => scan.structureIds[at] === 0);
      const deviation = Math.sqrt(air.reduce((sum, hu) => sum + (hu + 1000) ** 2, 0) / air.length);
      expect(deviation).toBeGreaterThan(4.8);
      expect(deviation).toBeLessThan(10.2);
    }
  });
});

describe("the chest of an axial stack", () => {
  const chestSlices = (truth: PhantomTruth, depth: number): string[] => {
    const scan = scanPhantom(truth, [depth, 48, 48]);
    const slice = (k: number): string =>
      Buffer.from(scan.structureIds.subarray(k * 2304, (k + 1) * 2304)).toString("base64");
    return Array.from({ length: depth / 2 }, (_, n) => slice(depth / 2 + n));
  };

  it("is alike in every slice when there are no findings of order, so that nothing tells the level", () => {
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      for (const depth of [16, 32]) {
        const truth = withFacts(seed, {
          granulomaHigher: "none",
          vesselOrNodules: "none",
          lesionOrgan: "liver",
          opacitySide: "both",
        });
        expect(new Set(chestSlices(truth, depth)).size).toBe(1);
      }
    }
  });

  it("shows the same slices in another order for a vessel and for nodules of one seed", () => {
    for (const seed of [1, 2, 3, 4]) {
      const vessel = chestSlices(withFacts(seed, { granulomaHigher: "none", vesselOrNodules: "vessel" }), 16);
      const nodules = chestSlices(
        withFacts(seed, { granulomaHigher: "none", vesselOrNodules: "nodules" }),
        16,
      );
      expect([...vessel].sort()).toEqual([...nodules].sort());
      expect(vessel).not.toEqual(nodules);
    }
  });

  it("shows left and right granulomas in slices that differ by side alone, whichever is higher", () => {
    const counts = (granulomaHigher: "left" | "right"): string[] => {
      const scan = scanPhantom(withFacts(3, { granulomaHigher, vesselOrNodules: "none" }), size);
      const ids = [structureId("leftGranuloma"), structureId("rightGranuloma")];
      return Array.from({ length: 8 }, (_, n) =>
        ids
          .map(
            (id) =>
              scan.structureIds.subarray((8 + n) * 2304, (9 + n) * 2304).filter((found) => found === id)
                .length,
          )
          .join("/"),
      );
    };
    expect(counts("left").sort()).toEqual(counts("right").sort());
  });
});

describe("scanPhantomSlice", () => {
  it("equals the slice of the stack at the same place, without noise", () => {
    for (const plane of factClasses.plane) {
      const truth = phantomTruth(17, plane);
      const stack = scanPhantom(truth, size);
      const [w] = [stack.grid.stepsMm[2]];
      const middle = ([0, 1, 2] as const).map(
        (a) =>
          stack.grid.originMm[a] + 23.5 * (stack.grid.stepsMm[0][a] + stack.grid.stepsMm[1][a]) + 7 * w[a],
      ) as [number, number, number];
      const slice = scanPhantomSlice(truth, [48, 48], () => middle);
      expect(
        Buffer.from(slice.structureIds).equals(Buffer.from(stack.structureIds.subarray(7 * 2304, 8 * 2304))),
      ).toBe(true);
      expect(slice.grid.shapeDHW).toEqual([1, 48, 48]);
    }
  });
});

describe("withNoise", () => {
  it("has mean 0, deviation as asked and about 4.6 % beyond two deviations, as a normal has", () => {
    const noise = withNoise(new Float32Array(200_000), 100, createRandom(1, "noise"));
    const mean = noise.reduce((sum, value) => sum + value, 0) / noise.length;
    const deviation = Math.sqrt(noise.reduce((sum, value) => sum + (value - mean) ** 2, 0) / noise.length);
    expect(Math.abs(mean)).toBeLessThan(2);
    expect(Math.abs(deviation - 100)).toBeLessThan(1.5);
    const beyond = noise.filter((value) => Math.abs(value) > 200).length / noise.length;
    expect(Math.abs(beyond - 0.0455)).toBeLessThan(0.006);
  });
});

function organCentre(seed: number, organ: PhantomTruth["lesionOrgan"]): readonly [number, number, number] {
  const structure = {
    liver: "liver",
    spleen: "spleen",
    "left kidney": "leftKidney",
    "right kidney": "rightKidney",
  }[organ];
  const body = phantomBody(withFacts(seed, { missingOrgan: "none" }));
  return (
    body.solids.find((solid) => solid.structure === structure)?.centreMm ?? [
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ]
  );
}

function distance(a: readonly [number, number, number], b: readonly [number, number, number]): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}
