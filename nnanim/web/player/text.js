// Bytes that stand in a page as text.

/** Characters that mean something to HTML or JSON are left out: < & and \. */
const digit = (code) => code - 33 - (code > 38) - (code > 60) - (code > 92);

/** @param {string} text two characters for each 13 bits, the highest bit first @returns {Uint8Array} */
export function readBytes(text) {
  const bytes = new Uint8Array(((text.length >> 1) * 13) >> 3);
  let held = 0, bits = 0, at = 0;
  for (let i = 0; i < text.length; i += 2) {
    held = (held << 13) | (91 * digit(text.charCodeAt(i)) + digit(text.charCodeAt(i + 1)));
    for (bits += 13; bits >= 8; bits -= 8) bytes[at++] = held >> (bits - 8);
    held &= (1 << bits) - 1;
  }
  return bytes;
}
