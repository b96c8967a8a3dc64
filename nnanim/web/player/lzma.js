// Unpacks LZMA (Igor Pavlov's): a range coder of single bits, whose odds are learnt, and copies of what was before.
// Literals know three bits of the byte before, and no place: lc = 3, lp = 0, pb = 0.

const RARE = 1 << 24;

/** Where the odds of each kind of decision begin. */
const MATCH = 0, REP = 12, REP0 = 24, REP1 = 36, REP2 = 48, LONG = 60, SLOT = 72, FAR = 328, ALIGN = 443,
  LENGTH = 459, REP_LENGTH = 733, LITERAL = 1007, COUNT = LITERAL + (0x300 << 3);

/**
 * @param {Uint8Array} packed
 * @param {number} size of what is in it
 * @returns {Uint8Array}
 * @throws {Error} it is damaged
 */
export function unpackLzma(packed, size) {
  const out = new Uint8Array(size), odds = new Uint16Array(COUNT).fill(1024), last = [0, 0, 0, 0];
  // Range and code in an array: as variables that functions share, numbers of 32 bits would be boxed.
  const coder = new Uint32Array([0xffffffff, 0]);
  let at = 1, place = 0, state = 0;
  while (at < 5) coder[1] = (coder[1] << 8) | packed[at++];

  const narrow = (range, code, is) => {
    if (range < RARE) {
      coder[0] = range << 8;
      coder[1] = (code << 8) | packed[at++];
    } else {
      coder[0] = range;
      coder[1] = code;
    }
    return is;
  };
  const bit = (which) => {
    const odd = odds[which], range = coder[0], code = coder[1], bound = (range >>> 11) * odd;
    if (code < bound) {
      odds[which] = odd + ((2048 - odd) >> 5);
      return narrow(bound, code, 0);
    }
    odds[which] = odd - (odd >> 5);
    return narrow(range - bound, code - bound, 1);
  };
  /** Some bits, the highest one first; or the lowest one. */
  const tree = (from, bits, isBackward = false) => {
    let node = 1, value = 0;
    for (let i = 0; i < bits; i++) {
      const is = bit(from + node);
      node = 2 * node + is;
      value |= is << i;
    }
    return isBackward ? value : node - (1 << bits);
  };
  const even = (bits) => {
    let value = 0;
    for (let i = 0; i < bits; i++) {
      const half = coder[0] >>> 1, code = coder[1], is = code < half ? 0 : 1;
      narrow(half, is ? code - half : code, is);
      value = 2 * value + is;
    }
    return value;
  };
  const length = (from) => {
    if (!bit(from)) return tree(from + 2, 3);
    return bit(from + 1) ? 16 + tree(from + 18, 8) : 8 + tree(from + 10, 3);
  };
  const distance = (long) => {
    const slot = tree(SLOT + 64 * Math.min(long, 3), 6);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1, base = (2 | (slot & 1)) * 2 ** bits;
    return slot < 14 ? base + tree(FAR + base - slot, bits, true) : base + 16 * even(bits - 4) + tree(ALIGN, 4, true);
  };
  const literal = () => {
    const from = LITERAL + 0x300 * (place ? out[place - 1] >> 5 : 0);
    let value = 1;
    if (state >= 7) {
      // After a copy, the byte that would have followed is a hint.
      for (let hint = out[place - last[0] - 1]; value < 256; hint <<= 1) {
        const expected = (hint >> 7) & 1, is = bit(from + 256 * (1 + expected) + value);
        value = 2 * value + is;
        if (is !== expected) break;
      }
    }
    while (value < 256) value = 2 * value + bit(from + value);
    out[place++] = value;
    state = state < 4 ? 0 : state - (state < 10 ? 3 : 6);
  };
  /** Distance of an earlier copy, which becomes the last one. */
  const repeat = () => {
    const which = !bit(REP0 + state) ? 0 : !bit(REP1 + state) ? 1 : 2 + bit(REP2 + state);
    last.unshift(...last.splice(which, 1));
    return which;
  };

  while (place < size) {
    if (!bit(MATCH + state)) {
      literal();
      continue;
    }
    let many = 1;
    if (!bit(REP + state)) {
      many = length(LENGTH) + 2;
      last.unshift(distance(many - 2));
      last.pop();
      state = state < 7 ? 7 : 10;
    } else if (!repeat() && !bit(LONG + state)) {
      state = state < 7 ? 9 : 11;
    } else {
      many = length(REP_LENGTH) + 2;
      state = state < 7 ? 8 : 11;
    }
    const end = place + many;
    if (at > packed.length + 4 || last[0] >= place || end > size) throw new Error("the film is damaged: it ends early");
    for (; place < end; place++) out[place] = out[place - last[0] - 1];
  }
  return out;
}
