// Bytes that stand in a page as text, as nnanim/web/text.py writes them.

/** Characters that mean something to HTML or JSON are left out: < & and \. */
const digit = (code) => code - 33 - (code > 38) - (code > 60) - (code > 92);

/** What is in no dense text: each, with the 7 bits after it, is a character above all control characters. */
const LEFT_OUT = [0, 8, 9, 10, 11, 12, 13, 26, 27, 34, 38, 60, 92, 127], ABOVE = 2;

/** @param {string} text dense after a space, else printable; the highest bit first @returns {Uint8Array} */
export function readBytes(text) {
  const dense = text[0] === " ", bytes = new Uint8Array(2 * text.length);
  let held = 0, bits = 0, at = 0;
  const hold = (value, many) => {
    // Of what is held only the last few bits are ever read: those above may overflow.
    held = (held << many) | value;
    for (bits += many; bits > 7; bytes[at++] = held >> bits) bits -= 8;
  };
  for (let i = dense ? 1 : 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (!dense) hold(91 * digit(code) + digit(text.charCodeAt(++i)), 13);
    else if (code < 128) hold(code, 7);
    else hold((LEFT_OUT[(code >> 7) - ABOVE] << 7) | (code & 127), 14);
  }
  return bytes.subarray(0, at);
}
