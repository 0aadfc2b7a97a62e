const constBits = 13;

/**
 * Inverse DCT of one block, in the integers of libjpeg's accurate method, so that its samples are the same.
 *
 * @param block - 64 coefficients by place; overwritten.
 * @param quantization - 64 factors by place.
 * @param bits - precision, 8 or 12.
 * @param out - receives 8 x 8 samples in 0 .. 2^bits - 1 from `at`, `stride` apart from row to row.
 */
export function inverseDct(
  block: Int32Array,
  quantization: Uint16Array,
  bits: number,
  out: Uint16Array,
  at: number,
  stride: number,
): void {
  const passBits = bits === 8 ? 2 : 1;
  for (let i = 0; i < 64; i++) block[i] = Math.imul(block[i] ?? 0, quantization[i] ?? 0);
  for (let column = 0; column < 8; column++) transform(block, column, 8, constBits - passBits);
  for (let row = 0; row < 8; row++) transform(block, 8 * row, 1, constBits + passBits + 3);
  const centre = 1 << (bits - 1);
  const top = 2 ** bits - 1;
  for (let i = 0; i < 64; i++) {
    const value = (block[i] ?? 0) + centre;
    out[at + (i >> 3) * stride + (i & 7)] = value < 0 ? 0 : value > top ? top : value;
  }
}

/** Eight numbers in one direction (Loeffler, Ligtenberg and Moschytz), each rounded to `descale` bits less. */
function transform(block: Int32Array, at: number, step: number, descale: number): void {
  const x = (index: number): number => block[at + index * step] ?? 0;
  const { imul } = Math;
  const half = imul(x(2) + x(6), 4433);
  const even2 = half + imul(x(6), -15137);
  const even3 = half + imul(x(2), 6270);
  const even0 = (x(0) + x(4)) << constBits;
  const even1 = (x(0) - x(4)) << constBits;
  const [odd0, odd1, odd2, odd3] = [x(7), x(5), x(3), x(1)];
  const turn = imul(odd0 + odd2 + odd1 + odd3, 9633);
  const z1 = imul(odd0 + odd3, -7373);
  const z2 = imul(odd1 + odd2, -20995);
  const z3 = imul(odd0 + odd2, -16069) + turn;
  const z4 = imul(odd1 + odd3, -3196) + turn;
  const a0 = imul(odd0, 2446) + z1 + z3;
  const a1 = imul(odd1, 16819) + z2 + z4;
  const a2 = imul(odd2, 25172) + z2 + z3;
  const a3 = imul(odd3, 12299) + z1 + z4;
  const round = 1 << (descale - 1);
  const put = (index: number, sum: number): void => {
    block[at + index * step] = (sum + round) >> descale;
  };
  put(0, even0 + even3 + a3);
  put(7, even0 + even3 - a3);
  put(1, even1 + even2 + a2);
  put(6, even1 + even2 - a2);
  put(2, even1 - even2 + a1);
  put(5, even1 - even2 - a1);
  put(3, even0 - even3 + a0);
  put(4, even0 - even3 - a0);
}
