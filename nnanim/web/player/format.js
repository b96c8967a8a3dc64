// Reads a film file: a head, one compressed part (index, whole numbers, single precision), pictures.
// The format is described in docs/web-format.md.

import {readColumns} from "./columns.js";
import {clamp} from "./elements.js";
import {unpackLzma} from "./lzma.js";
import {readPixels} from "./pictures.js";

/** The version of the format that is read here. */
const VERSION = 6;

const MAGIC = "NNFILM", HEAD = 28;

/** By the number of a packing, how a film's compressed part is unpacked, and how its index is read. */
const PACKINGS = {1: [unpackLzma, readColumns]};

/**
 * What the cuts of a film share: its index, as docs/web-format.md has it, and what is made of it.
 * @typedef {Object} Store
 * @property {Array<[number, number]>} sizes places and colours of each form
 * @property {Array<[number, number]>} listSizes places and colours of each list
 * @property {Int16Array} numbers
 * @property {Float32Array} singles
 * @property {Array<ImageBitmap>} pictures
 * @property {Array<ImageData>} colors of pictures that were computed
 */

/**
 * Read a film's bytes; its pictures are decoded, too.
 * @param {Uint8Array} bytes
 * @param {Object<number, Array<function>>} more packings that are known beside that of films that are kept
 * @returns {Promise<Store>}
 * @throws {Error} one line: no film, a newer version, cut off, damaged, or an old browser
 */
export async function readFilm(bytes, more) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (String.fromCharCode(...bytes.subarray(0, MAGIC.length)) !== MAGIC) {
    throw new Error("this is no film of nnanim's");
  }
  if (bytes.length < HEAD) throw new Error(`the film is cut off: ${bytes.length} bytes`);
  const version = view.getUint16(6, true);
  const [packing, packed, size, check, rest] = [8, 12, 16, 20, 24].map((at) => view.getUint32(at, true));
  if (version !== VERSION) throw new Error(`the film is of version ${version}, this player reads ${VERSION}`);
  if (bytes.length < HEAD + packed + rest) {
    throw new Error(`the film is cut off: ${bytes.length} of ${HEAD + packed + rest} bytes are there`);
  }
  const body = bytes.subarray(HEAD, HEAD + packed), [unpack, readIndex] = {...PACKINGS, ...more}[packing] || [];
  if (checksum(body) !== check) throw damage("its checksum differs");
  if (!unpack) throw damage(`there is no packing ${packing}`);
  const store = parse(await unpack(body, size), readIndex);
  store.colors = [];
  store.pictures = await readPictures(store, bytes.subarray(HEAD + packed));
  return store;
}

export const damage = (how) => new Error(`the film is damaged: ${how}`);

/** Adler-32 of some bytes. */
function checksum(bytes) {
  let a = 1, b = 0;
  for (const byte of bytes) b = (b + (a = (a + byte) % 65521)) % 65521;
  return 65536 * b + a;
}

/** @param {Uint8Array} plain @param {function(Uint8Array): Object} readIndex @returns {Store} */
function parse(plain, readIndex) {
  const view = new DataView(plain.buffer), [text, count, singles] = [0, 4, 8].map((at) => view.getUint32(at, true));
  let at = 12 + text;
  if (plain.length !== at + 2 * count + 4 * singles) throw damage("its parts have other lengths");
  const store = readIndex(plain.subarray(12, at));
  store.numbers = new Int16Array(joinPlanes(plain.subarray(at, at + 2 * count), 2));
  store.singles = new Float32Array(joinPlanes(plain.subarray(at + 2 * count), 4));
  for (const [place, many, from, limit] of store.fills) {
    for (let i = 0; i < many; i++) {
      const share = (store.singles[from + i] / limit) * 32767;
      store.numbers[place + i] = Math.abs(share) < 1 ? Math.sign(share) : Math.round(share);
    }
  }
  store.sizes = [];
  store.forms.forEach((form) => store.sizes.push(countNumbers(form, store.sizes)));
  store.listSizes = store.lists.map(([, ...forms]) => addSizes(forms.map((form) => store.sizes[form])));
  return store;
}

/** All first bytes, then all second ones … → numbers of `size` bytes. */
function joinPlanes(planes, size) {
  const count = planes.length / size, joined = new Uint8Array(planes.length);
  for (let byte = 0; byte < size; byte++) {
    for (let i = 0, from = byte * count; i < count; i++) joined[i * size + byte] = planes[from + i];
  }
  return joined.buffer;
}

const addSizes = (sizes) => sizes.reduce(([a, b], [c, d]) => [a + c, b + d], [0, 0]);

/** Places and colours of a form; those within others come before them. */
function countNumbers([kind, n, a, b, c], sizes) {
  switch (kind) {
    case "D": return [3 * n + 1, 4 * n * (1 + a)];
    case "L": return [5 * n, 4 * n];
    case "B": return [4 * n + 2, 4 * n * (1 + a)];
    case "F": return [3, 4];
    case "E": return [5, 4 * (1 + a)];
    case "P": return [2 * n + 1 + c, 4 * (1 + b)];
    case "R": return [8, 1];
    case "N": return [2 * (n + a) + 4 + n * a, 7];
    case "W": { const [places, colors] = addSizes(n.map((form) => sizes[form])); return [4 + places, colors]; }
    default: throw damage(`there is no shape ${kind}`);
  }
}

/**
 * Pictures whose numbers can be asked are made of these. Others of one size lie on a sheet, in a column: as they are, as
 * values of a scale, or as differences to others, in steps and modulo 256.
 * @returns {Promise<Array<ImageBitmap>>}
 */
async function readPictures({sheets, pictures, scales, numbers, singles, readouts, colors: made}, bytes) {
  let at = 0;
  const read = ([length]) => createImageBitmap(new Blob([bytes.subarray(at, at += length)], {type: "image/webp"}));
  pictures.forEach(([w, h, sheet, array], i) => {
    if (sheet >= 0) return;
    const [kind, from] = readouts.arrays[array], [values, unit] = kind === "byte" ? [numbers, 1] : [singles, 255];
    made[i] = recolor(new ImageData(w, h), (_, k) => unit * values[from + (k >> 2) * 3 + k % 4]);
  });
  const show = (whole, [w, h, sheet, line, other, ...terms], i) => {
    const step = sheets[sheet]?.[2], [from, count] = scales[other] || [];
    if (other === undefined && !step && !made[i]) return createImageBitmap(whole[sheet], 0, line, w, h);
    const color = step ? (value, k) => step * value + predict(other || 0, terms, made, k) & 255
      : (value, k) => numbers[from + k % 4 * count + value];
    return createImageBitmap(made[i] ||= recolor(readPixels(whole[sheet], line, w, h), color));
  };
  try {
    const whole = await Promise.all(sheets.map(read)), shown = [];
    // A sheet holds differences to pictures of itself and of sheets before it.
    const order = [...pictures.keys()].sort((a, b) => pictures[a][2] - pictures[b][2]);
    for (const i of order) if (pictures[i][0]) shown[i] = show(whole, pictures[i], i);
    return await Promise.all(shown);
  } catch (error) {
    throw damage(`a picture cannot be read (${error.message})`);
  }
}

/** What a sum of pictures, each times its weight in 4096ths, predicts of a colour. */
function predict(sum, terms, pictures, k) {
  for (let i = 0; i < terms.length; i += 2) sum += terms[i + 1] * pictures[terms[i]].data[k];
  return clamp(sum >> 12, 0, 255);
}

/** Pixels of which each red, green and blue becomes what a function makes of it and of its place; nothing is see-through. */
function recolor(pixels, color) {
  const {data} = pixels;
  for (let i = 0; i < data.length; i++) data[i] = i % 4 < 3 ? color(data[i], i) : 255;
  return pixels;
}
