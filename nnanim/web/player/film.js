// A film: its cuts, their beats, and what is seen at any second.

import {readFilm} from "./format.js";
import {drawJourney} from "./journey.js";
import {Painter} from "./painter.js";
import {ALPHA, MOMENT} from "./units.js";

/** Steps of a weight. */
const UNIT = 32767;

/** Number of elements from which what rests in a phase is painted once and kept. */
const MANY = 300;

/** Number of elements from which what comes or goes is painted once, and laid over the rest more or less faintly. */
const CROWD = 2000;

/** Number of layers that are kept, and of phases for which they are painted ahead: to leave, to move, to enter. */
const LAYERS = 4, AHEAD = 3;

/**
 * Read a film's bytes.
 * @param {Uint8Array} bytes
 * @returns {Promise<Film>}
 * @throws {Error} one line: no film, a newer version, cut off, damaged, or an old browser
 */
export async function decodeFilm(bytes) {
  return new Film(await readFilm(bytes));
}

/** A film in one or more cuts: languages × themes × shapes of the frame. */
export class Film {
  /** @param {import("./format.js").Store} store */
  constructor(store) {
    this.store = store;
    /** @type {Array<Cut>} */
    this.cuts = store.cuts.map((cut) => new Cut(cut, store));
  }

  get languages() { return this.list("lang"); }
  get themes() { return this.list("theme"); }
  get frames() { return this.list("frame"); }

  list(name) { return [...new Set(this.cuts.map((cut) => cut[name]))]; }

  /**
   * The cut in that language, theme and frame; of what there is none of, or is not asked for, the first is taken.
   * @param {{lang?: string, theme?: string, frame?: string}} wanted
   * @returns {Cut}
   */
  choose({lang, theme, frame} = {}) {
    const rank = (cut) => 4 * (cut.lang === lang) + 2 * (cut.theme === theme) + (cut.frame === frame);
    return this.cuts.reduce((best, cut) => (rank(cut) > rank(best) ? cut : best));
  }
}

/**
 * @typedef {Object} Beat
 * @property {string} id @property {number} start @property {number} seconds
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
    this.store = store;
    const {lang, theme, frame, title, pace, ground, opaque} = cut;
    Object.assign(this, {lang, theme, frame, title, pace, ground, opaque});
    [this.width, this.height] = cut.size;
    let at = 0;
    /** @type {Array<Beat>} */
    this.beats = cut.beats.map(({phases, ...words}) => {
      const start = at;
      const timed = phases.map(([name, seconds, stack]) => {
        at += seconds;
        return {name, start: at - seconds, seconds, stack};
      });
      return {...words, start, seconds: at - start, phases: timed};
    });
    this.seconds = at;
    this.phases = this.beats.flatMap((beat) => beat.phases);
    this.canvases = new WeakMap();
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
    const share = phase.seconds ? (seconds - phase.start) / phase.seconds : 1;
    screen.draw(phase, Math.min(Math.max(share, 0), 1));
  }
}

/** The last of some things in time that has started. */
function lastStarted(things, seconds) {
  return things.findLast((one) => one.start <= seconds) || things[0];
}

/** One canvas on which a cut is shown, with what was painted once and rests. */
class Screen {
  constructor(canvas, cut) {
    this.cut = cut;
    this.store = cut.store;
    this.main = this.makePainter(canvas, cut.opaque);
    /** @type {Map<string, Painter>} layers by what is on them; those that were used last come last */
    this.layers = new Map();
    this.planned = null;
  }

  makePainter(canvas, opaque, fine = false) {
    return new Painter(canvas, this.store, [this.cut.width, this.cut.height], opaque, fine);
  }

  draw(phase, share) {
    const {main, cut} = this, {width, height} = main.canvas;
    if (width !== this.width || height !== this.height) this.layers.clear();
    if (this.planned !== phase || width !== this.width || height !== this.height) {
      Object.assign(this, {planned: phase, width, height, steps: this.plan(phase)});
      const place = cut.phases.indexOf(phase) + 1;
      if (phase.name === "pause") this.prepare(phase, cut.phases.slice(place, place + AHEAD));
    }
    main.moves = phase.name !== "pause";
    if (cut.opaque) main.cover(cut.ground);
    else main.clear();
    for (const {entries, layer, light} of this.steps) {
      if (layer) main.lay(layer.canvas, light ? crowdLight(readLight(this.store, light, share)) : 1);
      else entries.forEach((entry) => drawEntry(main, this.store, entry, share));
    }
  }

  /** While nothing moves in a phase, paint the layers of those to come: a crowd would hold up its first moving frame. */
  prepare(phase, coming) {
    setTimeout(() => {
      if (this.planned !== phase || !coming.length) return;
      this.plan(coming[0]);
      this.prepare(phase, coming.slice(1));
    });
  }

  /** What is painted in a phase: layers where much rests or fades as a crowd, entries elsewhere. */
  plan(phase) {
    return splitRuns(phase.stack).map((entries, place) => {
      const drawn = entries[0][1], fade = isFade(drawn) ? drawn[0] : null;
      if (fade && this.countElements(fade[1]) >= CROWD) {
        const [, list, places, colors, light] = fade;
        return {layer: this.layer([[list, places, colors]]), light};
      }
      if (typeof drawn !== "number") return {entries};
      const rows = entries.map(([, number]) => this.store.statics[number]);
      const many = rows.reduce((sum, [list]) => sum + this.countElements(list), 0) >= MANY;
      return many ? {layer: this.layer(rows, !place && this.cut.opaque)} : {entries};
    });
  }

  /** A canvas of the main one's size with drawings at rest, the lowest ones on their ground; the last ones are kept. */
  layer(rows, isLowest = false) {
    const name = `${isLowest} ${rows.join(";")}`;
    let layer = this.layers.get(name);
    this.layers.delete(name);
    if (!layer) {
      if (this.layers.size >= LAYERS) this.layers.delete(this.layers.keys().next().value);
      layer = this.paintLayer(rows, isLowest);
    }
    this.layers.set(name, layer);
    return layer;
  }

  /** Drawings on a canvas of their own. A crowd is painted in more than 8 bits, and kept in 8: so it is laid fast. */
  paintLayer(rows, isLowest) {
    const {width, height} = this.main.canvas, {numbers} = this.store;
    const make = (fine) => this.makePainter(new OffscreenCanvas(width, height), false, fine), layer = make(false);
    const crowd = rows.some(([list]) => this.countElements(list) >= CROWD), painter = crowd ? make(true) : layer;
    if (isLowest && !crowd) layer.cover(this.cut.ground);
    for (const [list, places, colors] of rows) painter.draw(list, numbers, places, numbers, colors);
    if (crowd) layer.lay(painter.canvas);
    return layer;
  }

  countElements(list) {
    const [, ...forms] = this.store.lists[list];
    return forms.reduce((sum, form) => sum + countParts(this.store, form), 0);
  }
}

/** Whether an entry is one drawing that does nothing but come or go. */
function isFade(drawn) {
  if (!Array.isArray(drawn) || drawn.length !== 1 || drawn[0].length !== 5) return false;
  return !drawn[0].some((one, i) => i < 4 && Array.isArray(one));
}

/**
 * How strongly the layer of a crowd is laid where each of its elements is seen with some light: where many lie
 * upon each other, their picture is brighter than each of them.
 */
function crowdLight(light) {
  return light * (1 + 0.1 * (1 - light));
}

/** How bright something is at a share of its phase. */
function readLight(store, channel, share) {
  const [row, at] = readChannel(store, channel, 1, share, 2);
  return row[at] * ALPHA;
}

function countParts(store, number) {
  const [kind, n] = store.forms[number];
  if (kind === "W") return n.reduce((sum, form) => sum + countParts(store, form), 0);
  return kind === "N" ? n * store.forms[number][2] : "DLB".includes(kind) ? n : 1;
}

/** Neighbours in a stack that all rest, or all move; one that only fades is alone. */
function splitRuns(stack) {
  const runs = [];
  let kind = null;
  for (const entry of stack) {
    const now = typeof entry[1] === "number" ? "rests" : isFade(entry[1]) ? "fades" : "moves";
    if (now === kind && now !== "fades") runs[runs.length - 1].push(entry);
    else runs.push([entry]);
    kind = now;
  }
  return runs;
}

/** Paint one entry of a stack at a share of its phase. */
function drawEntry(painter, store, [, drawn], share) {
  if (typeof drawn === "number") {
    const [list, places, colors] = store.statics[drawn];
    painter.draw(list, store.numbers, places, store.numbers, colors);
    return;
  }
  if (!Array.isArray(drawn)) {
    const {from, to} = drawn, fraction = Math.min(Math.max((share - from) / (to - from), 0), 1);
    drawJourney(painter, store.journeys[drawn.journey], fraction);
    return;
  }
  const [, list, places, colors, light] = drawn.findLast(([start]) => start <= share) || drawn[0];
  const [n, m] = store.listSizes[list];
  const [p, at] = readChannel(store, places, n, share, 0), [c, from] = readChannel(store, colors, m, share, 1);
  painter.draw(list, p, at, c, from, light === undefined ? 1 : readLight(store, light, share));
}

const scratch = [0, 1, 2, 3].map(() => new Float32Array(256));

/** An array for a row that is needed once: places, colours, light and weights each have theirs. */
function roomFor(which, count) {
  if (scratch[which].length < count) scratch[which] = new Float32Array(2 * count);
  return scratch[which];
}

/**
 * The row of a channel at a share of its phase: an array and where the row begins in it.
 * @returns {[ArrayLike<number>, number]}
 */
function readChannel(store, channel, count, share, which) {
  if (typeof channel === "number") return [store.numbers, channel];
  if (channel.length > 3) return [mixRows(store, channel, count, share, which), 0];
  const rows = unfold(store, channel, count), [times, many] = channel, moments = store.numbers, now = share * MOMENT;
  let i = 0;
  while (i < many - 2 && moments[times + i + 1] <= now) i++;
  const from = moments[times + i], to = moments[times + i + 1];
  const part = Math.min(Math.max((now - from) / (to - from), 0), 1), a = i * count;
  if (part === 0) return [rows, a];
  if (part === 1) return [rows, a + count];
  const row = roomFor(which, count);
  for (let j = 0; j < count; j++) row[j] = rows[a + j] + (rows[a + count + j] - rows[a + j]) * part;
  return [row, 0];
}

/** The row of a channel whose numbers change in step: one row, and others that are added with weights. */
function mixRows(store, channel, count, share, which) {
  const [, , , rank, rows] = channel, v = store.numbers, row = roomFor(which, count);
  const [weights, first] = readChannel(store, channel.weights ||= channel.slice(0, 3), rank, share, 3);
  for (let j = 0; j < count; j++) row[j] = v[rows + j];
  for (let r = 0; r < rank; r++) {
    const weight = weights[first + r] / UNIT, from = rows + (r + 1) * count;
    for (let j = 0; j < count; j++) row[j] += weight * v[from + j];
  }
  return row;
}

/** The rows of a channel, from their differences; unfolded once. */
function unfold(store, channel, count) {
  const known = store.unfolded ||= new WeakMap();
  let rows = known.get(channel);
  if (!rows) {
    const [, many, at] = channel;
    rows = store.numbers.slice(at, at + many * count);
    for (let i = count; i < rows.length; i++) rows[i] += rows[i - count];
    known.set(channel, rows);
  }
  return rows;
}
