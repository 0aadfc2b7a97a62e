import { ReadLog } from "../../../../../ts/data/volume/log.ts";

describe("ReadLog", () => {
  it("keeps decisions and oddities in the order they came, with their facts", () => {
    const log = new ReadLog();
    log.step("affine", { source: "sform" });
    log.warn("AXES_NOT_SQUARE", "two axes are 0.3 degrees off");
    log.step("orient", { from: "LPS", flipped: [true, true, false] });
    expect(log.steps).toEqual([
      { step: "affine", source: "sform" },
      { step: "orient", from: "LPS", flipped: [true, true, false] },
    ]);
    expect(log.warnings).toEqual([{ code: "AXES_NOT_SQUARE", message: "two axes are 0.3 degrees off" }]);
  });

  it("passes on how far a read is, and tells a trial aside nothing of it", () => {
    const heard: number[] = [];
    const log = new ReadLog({ onProgress: ({ done }) => heard.push(done) });
    log.progress({ what: "bytes", done: 5, total: 9 });
    log.aside().progress({ what: "bytes", done: 6, total: 9 });
    new ReadLog().progress({ what: "files", done: 1, total: 2 });
    expect(heard).toEqual([5]);
  });

  it("knows nothing of a scan before it is told, and shares nothing with another log", () => {
    const [log, other] = [new ReadLog(), new ReadLog()];
    log.facts.format = "nifti";
    log.warn("A", "a");
    expect([other.facts, other.steps, other.warnings]).toEqual([{}, [], []]);
  });

  it("has somebody to show voxels to only when it was made with one, and no trial has", () => {
    const seen: unknown[] = [];
    const log = new ReadLog({ onVoxels: (volume) => seen.push(volume) });
    const volume = { voxels: new Int16Array(1), shapeDHW: [1, 1, 1], spacingMmDHW: [1, 1, 1] } as const;
    log.onVoxels?.(volume);
    log.aside().onVoxels?.(volume);
    new ReadLog().onVoxels?.(volume);
    expect(seen).toEqual([volume]);
  });
});
