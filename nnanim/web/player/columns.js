// Reads the index of a film that stands in columns, as nnanim/web/columns.py writes it.

const DIGITS = 9, TEXT = 10, WRITTEN = 11, NAMED = 16, LIST = 17, FIXED = [null, false, true];

/** @param {Uint8Array} data @returns {Object} */
export function readColumns(data) {
  let at = 0, place = 0;
  const number = () => {
    let value = 0, scale = 1, byte;
    do {
      byte = data[at++];
      value += (byte & 127) * scale;
      scale *= 128;
    } while (byte > 127);
    return value;
  };
  const size = number(), texts = new TextDecoder().decode(data.subarray(at + size)).split("\0");

  /** The values of one place of the index. */
  const column = (count) => {
    const head = number(), step = head >> 2, kinds = [];
    if (!count) return [];
    if (head & 1) kinds.length = count, kinds.fill(number());
    else for (let i = 0; i < count; i++) kinds.push(number());
    let sum = 0;
    const values = kinds.map((kind) => {
      if (kind === TEXT) return texts[place++];
      if (kind === WRITTEN) return Number(texts[place++]);
      // What is absent is beyond the end of the fixed ones.
      if (kind > DIGITS) return kind >= LIST ? new Array(kind - LIST) : kind === NAMED ? {} : FIXED[kind - WRITTEN - 1];
      const raw = number(), value = raw % 2 ? -(raw + 1) / 2 : raw / 2;
      sum = head & 2 ? sum + value : value;
      return sum / 10 ** kind;
    });
    const named = values.filter((_, i) => kinds[i] === NAMED), lists = values.filter((_, i) => kinds[i] >= LIST);
    for (const name of named.length ? texts[place++].split(",") : []) {
      column(named.length).forEach((value, i) => value === undefined || (named[i][name] = value));
    }
    const long = lists.some((one) => one.length);
    for (let first = 0; long && first < step; first++) {
      const counts = lists.map((one) => Math.max(Math.ceil((one.length - first) / step), 0));
      const inner = column(counts.reduce((a, b) => a + b, 0));
      let next = 0;
      for (const one of lists) for (let i = first; i < one.length; i += step) one[i] = inner[next++];
    }
    return values;
  };
  return column(1)[0];
}
