/** Where four lines of voxels begin, near and far along D, above and below along H. */
export type Corners = readonly [nearAbove: number, nearBelow: number, farAbove: number, farBelow: number];

/** How far between near and far, above and below: 0..1. */
interface Parts {
  readonly z: number;
  readonly y: number;
}

/** Mixes four lines into one, at the places `first` to `last` of it. */
export type Mixer = (corners: Corners, parts: Parts, first: number, last: number) => void;

/**
 * Readies the mixing of four lines of voxels into one, first along H and then along D, in float64.
 *
 * @param step - from a voxel of a line to the next, 0 or above.
 * @param mixed - receives the line.
 */
export function mixerOf(voxels: Int16Array | Float32Array, step: number, mixed: Float64Array): Mixer {
  const mix = isInt16(voxels) ? int16Mixer(voxels, step, mixed) : floatMixer(voxels, step, mixed);
  return (corners, parts, first, last) => {
    if (parts.z !== 0 || parts.y !== 0) {
      mix(corners, parts, first, last);
      return;
    }
    let at = corners[0] + first * step;
    for (let x = first; x <= last; x++, at += step) mixed[x] = voxels[at] ?? 0;
  };
}

function isInt16(voxels: Int16Array | Float32Array): voxels is Int16Array {
  return voxels.BYTES_PER_ELEMENT === 2;
}

/** Differences of two int16 are whole numbers: told so, V8 subtracts before it converts, in a third of the time. */
function int16Mixer(voxels: Int16Array, step: number, mixed: Float64Array): Mixer {
  return ([nearAbove, nearBelow, farAbove, farBelow], { z, y }, first, last) => {
    let at = first * step;
    for (let x = first; x <= last; x++, at += step) {
      const near = voxels[nearAbove + at] ?? 0;
      const far = voxels[farAbove + at] ?? 0;
      const nearMixed = near + y * (((voxels[nearBelow + at] ?? 0) - near) | 0);
      mixed[x] = nearMixed + z * (far + y * (((voxels[farBelow + at] ?? 0) - far) | 0) - nearMixed);
    }
  };
}

function floatMixer(voxels: Float32Array, step: number, mixed: Float64Array): Mixer {
  return ([nearAbove, nearBelow, farAbove, farBelow], { z, y }, first, last) => {
    let at = first * step;
    for (let x = first; x <= last; x++, at += step) {
      const near = voxels[nearAbove + at] ?? 0;
      const far = voxels[farAbove + at] ?? 0;
      const nearMixed = near + y * ((voxels[nearBelow + at] ?? 0) - near);
      mixed[x] = nearMixed + z * (far + y * ((voxels[farBelow + at] ?? 0) - far) - nearMixed);
    }
  };
}
