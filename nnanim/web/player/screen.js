// One canvas on which a cut is shown, with what was painted once and rests.

import {COLORS, PLACES, readChannel, readLight} from "./channels.js";
import {clamp} from "./elements.js";
import {drawJourney} from "./journey.js";
import {Painter} from "./painter.js";

/** Number of elements from which what rests in a phase is painted once and kept. */
const MANY = 300;

/** Number of elements from which what comes or goes is painted once, and laid over the rest more or less faintly. */
const CROWD = 2000;

/** Light with which what comes or goes is painted, too. */
const DIM = 0.5;

/** Number of layers that are kept, and of phases for which they are painted ahead: to leave, to move, to enter. */
const LAYERS = 6, AHEAD = 3;

/** Number of states from which each is seen for so few pictures that nothing of it is kept. */
const FEW_STATES = 4;

export class Screen {
  /** @param {HTMLCanvasElement|OffscreenCanvas} canvas @param {import("./film.js").Cut} cut */
  constructor(canvas, cut) {
    /** `layers` by what is on them: those that were used last come last. */
    Object.assign(this, {cut, store: cut.store, layers: new Map(), planned: null});
    this.main = new Painter(canvas, cut, cut.opaque);
  }

  /** Paint what is seen at a share of a phase. */
  draw(phase, share) {
    const {main, cut} = this, {width, height} = main.canvas, isOther = width !== this.width || height !== this.height;
    if (isOther) this.layers.clear();
    if (isOther || this.planned !== phase) {
      Object.assign(this, {planned: phase, width, height, steps: this.plan(phase)});
      const place = cut.phases.indexOf(phase) + 1;
      if (phase.name === "pause") this.prepare(phase, cut.phases.slice(place, place + AHEAD));
    }
    main.moves = phase.name !== "pause";
    if (cut.opaque) main.cover(cut.ground);
    else main.clear();
    for (const {entries, layer, dim, light} of this.steps) {
      if (dim) this.layCrowd(layer, dim, readLight(this.store, light, share));
      else if (layer) main.lay(layer.canvas);
      else entries.forEach(([, drawn]) => this.drawEntry(drawn, share));
    }
  }

  /**
   * Lay a crowd that comes or goes. Bytes hold fewer of its lines the fainter each is drawn: so it is painted twice, and the
   * dim picture goes as the full one comes; less fast, as what is laid on it hides a part.
   */
  layCrowd(full, dim, light) {
    const share = clamp(light / DIM - 1, 0, 1);
    this.main.lay(dim.canvas, Math.min(light / DIM, 1) * (1 - share * share));
    this.main.lay(full.canvas, share);
  }

  /** Paint one entry of a stack at a share of its phase. */
  drawEntry(drawn, share) {
    const {main, store} = this;
    main.keeps = typeof drawn === "number";
    if (main.keeps) return main.drawStatic(store.statics[drawn]);
    if (!Array.isArray(drawn)) {
      const {journey, from, to} = drawn;
      return drawJourney(main, store.journeys[journey], clamp((share - from) / (to - from), 0, 1));
    }
    const [, list, places, colors, light] = drawn.findLast(([start]) => start <= share) || drawn[0];
    main.keeps = drawn.length < FEW_STATES && ![places, colors].some(Array.isArray);
    const [n, m] = store.listSizes[list];
    const row = [...readChannel(store, places, n, share, PLACES), ...readChannel(store, colors, m, share, COLORS)];
    main.draw(list, ...row, light === undefined ? 1 : readLight(store, light, share));
  }

  /** While nothing moves in a phase, paint the layers of those to come: a crowd would hold up its first moving frame. */
  prepare(phase, coming) {
    for (const one of coming) setTimeout(() => this.planned === phase && this.plan(one));
  }

  /** What is painted in a phase: layers where much rests or fades as a crowd, entries elsewhere. */
  plan({stack}) {
    return splitRuns(stack).map(({kind, entries}, place) => {
      const [, list, places, colors, light] = kind === "fades" ? entries[0][1][0] : [];
      const resting = kind === "rests" ? entries.map(([, number]) => this.store.statics[number]) : [];
      const rows = light ? [[list, places, colors]] : resting;
      if (this.countElements(rows) < (light ? CROWD : MANY)) return {entries};
      const layer = this.layer(rows, !place && !light && this.cut.opaque);
      return {layer, dim: light && this.layer(rows, false, DIM), light};
    });
  }

  /** A canvas of the main one's size with drawings at rest, the lowest ones on their ground; the last ones are kept. */
  layer(rows, isLowest = false, light = 1) {
    const {layers} = this, name = `${[isLowest, light, ...rows]}`, known = layers.get(name);
    layers.delete(name);
    if (layers.size >= LAYERS) layers.delete(layers.keys().next().value);
    const layer = known || this.paintLayer(rows, isLowest, light);
    layers.set(name, layer);
    return layer;
  }

  /** Drawings on a canvas of their own. A crowd is painted in more than 8 bits, and kept in 8: so it is laid fast. */
  paintLayer(rows, isLowest, light) {
    const {width, height} = this.main.canvas;
    const make = (fine) => new Painter(new OffscreenCanvas(width, height), this.cut, false, fine), layer = make();
    const isCrowd = rows.some((row) => this.countElements([row]) >= CROWD), painter = isCrowd ? make(true) : layer;
    if (isLowest && !isCrowd) layer.cover(this.cut.ground);
    rows.forEach((row) => painter.drawStatic(row, light));
    if (isCrowd) layer.lay(painter.canvas);
    return layer;
  }

  countElements(rows) {
    return rows.reduce((sum, [list]) => sum + countParts(this.store, this.store.lists[list].slice(1)), 0);
  }
}

/** Whether an entry is one drawing that does nothing but come or go. */
function isFade(drawn) {
  return drawn.length === 1 && drawn[0].length === 5 && !drawn[0].slice(0, 4).some(Array.isArray);
}

/** Number of elements of some forms. */
function countParts(store, forms) {
  return forms.reduce((sum, number) => {
    const [kind, n, m] = store.forms[number];
    return sum + (kind === "W" ? countParts(store, n) : kind === "N" ? n * m : "DLB".includes(kind) ? n : 1);
  }, 0);
}

/** Neighbours in a stack that all rest, or all move; one that only fades is alone. */
function splitRuns(stack) {
  const runs = [];
  for (const entry of stack) {
    const kind = typeof entry[1] === "number" ? "rests" : isFade(entry[1]) ? "fades" : "moves", run = runs.at(-1);
    if (kind === run?.kind && kind !== "fades") run.entries.push(entry);
    else runs.push({kind, entries: [entry]});
  }
  return runs;
}
