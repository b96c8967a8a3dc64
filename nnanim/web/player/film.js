// A film: its cuts, their beats, and what is seen at any second.

import {clamp} from "./elements.js";
import {readFilm} from "./format.js";
import {Screen} from "./screen.js";

/**
 * Read a film's bytes.
 * @param {Uint8Array} bytes
 * @param {Object} packings beside that of films that are kept, see quick.js
 * @returns {Promise<Film>}
 * @throws {Error} one line: no film, a newer version, cut off, damaged, or an old browser
 */
export async function decodeFilm(bytes, packings) {
  return new Film(await readFilm(bytes, packings));
}

/** What a cut is chosen by, and how much each of them counts. */
const RANKS = {lang: 4, theme: 2, frame: 1};

/** A film in one or more cuts: languages × themes × shapes of the frame. */
export class Film {
  /** @param {import("./format.js").Store} store */
  constructor(store) {
    this.store = store;
    /** @type {Array<Cut>} */
    this.cuts = store.cuts.map((cut) => new Cut(cut, store));
    /** Languages, themes and frames that there are. */
    this.choices = {};
    for (const name in RANKS) this.choices[name] = [...new Set(this.cuts.map((cut) => cut[name]))];
  }

  /**
   * The cut in that language, theme and frame; of what there is none of, or is not asked for, the first is taken.
   * @param {{lang?: string, theme?: string, frame?: string}} wanted
   * @returns {Cut}
   */
  choose(wanted = {}) {
    const rank = (cut) => Object.keys(RANKS).reduce((sum, name) => sum + RANKS[name] * (cut[name] === wanted[name]), 0);
    return this.cuts.reduce((best, cut) => (rank(cut) > rank(best) ? cut : best));
  }
}

/**
 * @typedef {Object} Beat
 * @property {string} id @property {number} start @property {number} seconds
 * @property {number} end its last moment: a hair before the next one begins
 * @property {Array<Phase>} phases
 * @property {string} sentence @property {string} alt what stands on the stage, in words
 * @property {string} notes @property {string} chapter @property {boolean} asks
 * @property {{marks: Array<Array>, view: ?Array<number>}} readouts what can be asked at its end, see readouts.js
 */

/**
 * @typedef {Object} Phase
 * @property {string} name leave, move, enter, motion, pulse, ask or pause
 * @property {number} start seconds of the film @property {number} seconds
 * @property {Array<[string, number|Array]>} stack from the lowest to the highest: key, drawing or segments
 */

/** One version of a film. */
export class Cut {
  constructor(cut, store) {
    Object.assign(this, cut, {store, words: store.words[cut.lang], canvases: new WeakMap()});
    [this.width, this.height] = cut.size;
    let at = 0;
    /** @type {Array<Beat>} */
    this.beats = cut.beats.map((beat, i) => {
      const start = at;
      const phases = beat.phases.map(([name, seconds, stack]) => ({name, start: (at += seconds) - seconds, seconds, stack}));
      return {...beat, start, seconds: at - start, end: i + 1 < cut.beats.length ? at - 1e-4 : at, phases};
    });
    this.seconds = at;
    this.phases = this.beats.flatMap((beat) => beat.phases);
  }

  /** The beat that is told at a second. @param {number} seconds @returns {Beat} */
  beatAt(seconds) { return lastStarted(this.beats, seconds); }

  /** The phase at a second. @param {number} seconds @returns {Phase} */
  phaseAt(seconds) { return lastStarted(this.phases, seconds); }

  /**
   * Paint what is seen at a second of the film; the canvas may have any number of pixels.
   * @param {HTMLCanvasElement|OffscreenCanvas} canvas
   * @param {number} seconds
   */
  draw(canvas, seconds) {
    let screen = this.canvases.get(canvas);
    if (!screen) this.canvases.set(canvas, screen = new Screen(canvas, this));
    const phase = this.phaseAt(seconds);
    screen.draw(phase, phase.seconds ? clamp((seconds - phase.start) / phase.seconds, 0, 1) : 1);
  }
}

/** The last of some things in time that has started. */
function lastStarted(things, seconds) {
  return things.findLast((one) => one.start <= seconds) || things[0];
}
