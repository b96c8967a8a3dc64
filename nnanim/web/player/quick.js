// Reads films that were made quickly, to be seen at once: gzip, with an index in JSON. No page that is kept holds one.

import {decodeFilm} from "./film.js";
import {damage} from "./format.js";

/** @param {Uint8Array} packed @returns {Promise<Uint8Array>} */
async function unzip(packed) {
  if (typeof DecompressionStream === "undefined") {
    throw new Error("this browser is too old to unpack the film (DecompressionStream is missing)");
  }
  try {
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch (error) {
    throw damage(error.message);
  }
}

/** Read the bytes of a film of any packing. @returns {Promise<import("./film.js").Film>} */
export function decodeAny(bytes) {
  return decodeFilm(bytes, {0: [unzip, (text) => JSON.parse(new TextDecoder().decode(text))]});
}
