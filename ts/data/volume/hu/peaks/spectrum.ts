/** Memory of one transform after another. */
let room = { real: new Float64Array(0), imaginary: new Float64Array(0) };

/**
 * Sizes of the waves of k / length cycles a place in `values`, k = 0..length / 2, by a radix-2 Fourier transform.
 *
 * @param length - of the transform, a power of two and at least that of `values`, which count as 0 beyond their end.
 */
export function spectrum(values: Float64Array, length: number): Float64Array {
  if (room.real.length < length)
    room = { real: new Float64Array(length), imaginary: new Float64Array(length) };
  const real = room.real.subarray(0, length);
  const imaginary = room.imaginary.subarray(0, length).fill(0);
  reverse(values, real);
  for (let half = 1; half < length; half *= 2) step(real, imaginary, half);
  const sizes = new Float64Array(length / 2 + 1);
  for (let at = 0; at < sizes.length; at++) {
    const a = real[at] ?? 0;
    const b = imaginary[at] ?? 0;
    sizes[at] = Math.sqrt(a * a + b * b);
  }
  return sizes;
}

/**
 * Joins the transforms of `half` places to those of twice as many.
 *
 * Nothing is destructured in the loops: V8 made every number an object of its own then, and took thrice the time.
 */
function step(real: Float64Array, imaginary: Float64Array, half: number): void {
  const cosine = Math.cos(Math.PI / half);
  const sine = -Math.sin(Math.PI / half);
  let c = 1;
  let s = 0;
  for (let place = 0; place < half; place++) {
    for (let at = place; at < real.length; at += 2 * half) {
      const a = real[at + half] ?? 0;
      const b = imaginary[at + half] ?? 0;
      const x = a * c - b * s;
      const y = a * s + b * c;
      real[at + half] = (real[at] ?? 0) - x;
      imaginary[at + half] = (imaginary[at] ?? 0) - y;
      real[at] = (real[at] ?? 0) + x;
      imaginary[at] = (imaginary[at] ?? 0) + y;
    }
    const turned = c * cosine - s * sine;
    s = c * sine + s * cosine;
    c = turned;
  }
}

/** Writes the values in the order of their places' bits read backwards, 0 beyond their end. */
function reverse(values: Float64Array, ordered: Float64Array): void {
  const { length } = ordered;
  let to = 0;
  for (let at = 0; at < length; at++) {
    ordered[to] = values[at] ?? 0;
    let bit = length >> 1;
    while (bit > 0 && (to & bit) !== 0) {
      to ^= bit;
      bit >>= 1;
    }
    to |= bit;
  }
}
