/**
 * Sizes of the waves of k / length cycles a place in `values`, k = 0..length / 2, by a radix-2 Fourier transform.
 *
 * @param length - of the transform, a power of two and at least that of `values`, which count as 0 beyond their end.
 */
export function spectrum(values: Float64Array, length: number): Float64Array {
  const [real, imaginary] = [reversed(values, length), new Float64Array(length)];
  for (let half = 1; half < length; half *= 2) {
    const [cosine, sine] = [Math.cos(Math.PI / half), -Math.sin(Math.PI / half)];
    let [c, s] = [1, 0];
    for (let place = 0; place < half; place++) {
      for (let at = place; at < length; at += 2 * half) {
        const [a, b] = [real[at + half] ?? 0, imaginary[at + half] ?? 0];
        const [x, y] = [a * c - b * s, a * s + b * c];
        real[at + half] = (real[at] ?? 0) - x;
        imaginary[at + half] = (imaginary[at] ?? 0) - y;
        real[at] = (real[at] ?? 0) + x;
        imaginary[at] = (imaginary[at] ?? 0) + y;
      }
      [c, s] = [c * cosine - s * sine, c * sine + s * cosine];
    }
  }
  return Float64Array.from({ length: length / 2 + 1 }, (_, at) =>
    Math.hypot(real[at] ?? 0, imaginary[at] ?? 0),
  );
}

/** The values in the order of their places' bits read backwards. */
function reversed(values: Float64Array, length: number): Float64Array {
  const ordered = new Float64Array(length);
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
  return ordered;
}
