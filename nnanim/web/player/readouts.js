// What can be asked of a film: which numbers stand at a place of the frame, what they are called, and where from.

import { BoxArea, CellArea, PathArea, PlotArea, WireArea } from "./areas.js";
import { has, say } from "./words.js";

const STEP = 2000, WIDTH_STEP = 8000;

/** States of a number, and what stands in place of an origin. */
const NOT_YET = 1, BARRED = 2, COMPUTED = -1, GIVEN = -2;

/** What axes are called, where it is not by the names that they were recorded with. */
const AXES = {
  ja: {
    sample: "サンプル", step: "ステップ", time: "時刻", row: "行", column: "列", channel: "チャンネル", token: "トークン", point: "点",
  },
};

/**
 * @typedef {Object} Spot what was asked: key of the mark, number of its readout, number of the element
 * @property {string} key @property {number} readout @property {number} element
 *
 * @typedef {Object} Answer
 * @property {Spot} spot
 * @property {string} title what the element is called, with its index
 * @property {Array<{means: string, values: Array<number>, text: string, origin: string}>} rows
 * @property {{kind: string, points: Array<Array<number>>, width: number}} outline box, circle or line, in frame units
 */

/** What can be asked at the ends of the beats of a film. */
export class Readouts {
  /** @param {import("./format.js").Store} store @param {string} lang */
  constructor(store, lang) {
    Object.assign(this, { store, lang, tables: store.readouts, entries: [] });
  }

  /** What can be asked in a beat: marks from the highest to the lowest, and the view of its camera. */
  marks(beat) {
    if (!beat.asked) {
      const { marks = [], view = null } = beat.readouts || {};
      const rows = marks.map(([key, name, ...entries]) => ({ key, name: this.tables.words[name], entries }));
      Object.defineProperty(beat, "asked", { value: { rows, view } });
    }
    return beat.asked;
  }

  /**
   * What is at a place of the frame, the highest first: a map over a picture, then the picture's pixel.
   * @returns {Array<Answer>}
   */
  find(beat, x, y) {
    const { rows, view } = this.marks(beat), found = [];
    if (view) {
      const [factor, dx, dy, left, right, bottom, top] = view;
      if (x < left || x > right || y < bottom || y > top) return found;
      [x, y] = [(x - dx) / factor, (y - dy) / factor];
    }
    for (const { key, entries } of rows) {
      for (let readout = entries.length - 1; readout >= 0; readout--) {
        const entry = this.entry(beat, key, readout);
        if (found.length && !(entry.area instanceof CellArea)) continue;
        const element = entry.area.find(x, y);
        if (element >= 0) found.push(this.answer(beat, { key, readout, element }));
      }
    }
    return found;
  }

  /** The first element of the next mark, or of the one before; null after the last. @returns {?Spot} */
  nextMark(beat, { key, readout }, step) {
    const spots = (row) => row.entries.map((_, i) => ({ key: row.key, readout: i, element: 0 }));
    const every = this.marks(beat).rows.flatMap(spots);
    const at = every.findIndex((one) => one.key === key && one.readout === readout);
    return every[at + step] || null;
  }

  /** The element next to another along a dimension of its index; itself at the edge. @returns {Spot} */
  neighbour(beat, spot, direction) {
    const { shape, count } = this.entry(beat, spot.key, spot.readout), many = shape[1] || 1;
    const step = { Left: -1, Right: 1, Up: -many, Down: many }[direction], next = spot.element + step;
    const stays = Math.abs(step) === many || Math.floor(next / many) === Math.floor(spot.element / many);
    return next >= 0 && next < count && stays ? { ...spot, element: next } : spot;
  }

  /** What an element holds; null where the beat has none of that name. @returns {?Answer} */
  answer(beat, spot) {
    const entry = this.entry(beat, spot.key, spot.readout), { element } = spot;
    if (!entry || element >= entry.count) return null;
    // What no signal has brought here is left out, but for the number of the mark itself.
    const known = entry.quantities.filter((one, i) => !i || this.state(one, element) !== NOT_YET);
    const rows = known.map((one) => this.row(one, element));
    return { spot, title: this.title(beat, spot.key, entry, element), rows, outline: this.outline(beat, entry, element) };
  }

  state({ states }, element) { return states < 0 ? 0 : this.store.numbers[states + element]; }

  row({ means, array, states, origin }, element) {
    const state = this.state({ states }, element);
    if (state) return { means, values: [], text: say(this.lang, state === BARRED ? "barred" : "notYet"), origin: "" };
    const [kind] = this.tables.arrays[array], many = this.channels(array);
    const values = Array.from({ length: many }, (_, c) => this.value(array, element * many + c));
    const code = Array.isArray(origin) ? this.store.numbers[origin[0] + element] : origin;
    return { means, values, text: values.map((one) => formatNumber(one, kind)).join(", "), origin: this.origin(code) };
  }

  /** How many numbers of an array belong to one element. */
  channels(array) {
    const [kind, , , channels] = this.tables.arrays[array];
    return ["product", "repeat", "sum"].includes(kind) ? 1 : channels;
  }

  /** Number i of an array, exactly as it was recorded. */
  value(array, i) {
    const [kind, at, count, ...rest] = this.tables.arrays[array], { numbers, singles } = this.store;
    switch (kind) {
      case "whole": return numbers[at + i];
      case "byte": return numbers[at + i] / 255;
      case "single": return singles[at + i];
      case "product": return this.value(at, i) * this.value(count, i);
      case "sum": return this.sum(at, count, i, ...rest);
      case "repeat": return this.value(at, i % this.tables.arrays[at][2]);
      default: return new Float64Array(Int16Array.from([0, 1, 2, 3], (row) => numbers[at + row * count + i]).buffer)[0];
    }
  }

  /** A sum, and the number of double precision that comes so many steps after it. */
  sum(one, other, i, factor, low, high, steps) {
    const sum = Math.min(Math.max(this.value(one, i) + factor * this.value(other, i), low), high) + 0;
    const bits = new BigInt64Array(new Float64Array([sum]).buffer);
    bits[0] += BigInt(this.value(steps, i));
    return new Float64Array(bits.buffer)[0];
  }

  /** Where a number was recorded, in words. */
  origin(code) {
    const told = (key, values) => say(this.lang, key, values);
    if (code < 0) return code === COMPUTED ? told("computed") : code === GIVEN ? told("given") : "";
    const [array, section, axis, n] = this.tables.origins[code];
    const named = has(section) ? told(section, { array }) : array;
    const called = AXES[this.lang]?.[axis] ?? axis;
    const place = !axis || axis.startsWith("axis ") ? told("nth", { n }) : told("place", { axis: called, n });
    return told("recorded", { where: named + place });
  }

  /** What an element is called: its name, else what it is, and its index in the whole. */
  title(beat, key, entry, element) {
    if (entry.wires) {
      const { source, target } = entry.wires, many = this.entry(beat, source, 0).count;
      return `${this.called(beat, source, element % many)} → ${this.called(beat, target, Math.floor(element / many))}`;
    }
    return this.called(beat, key, element, entry);
  }

  called(beat, key, element, entry = this.entry(beat, key, 0)) {
    const mark = this.marks(beat).rows.find((one) => one.key === key), { shape } = entry;
    const places = shape.length === 2 ? [Math.floor(element / shape[1]), element % shape[1]] : [element];
    const names = entry.names.length ? [entry.names[element]] : places.map((at, axis) => (entry.axes[axis] || [])[at]);
    const named = names.filter((one) => one).join(" · ");
    const index = places.map((at, axis) => (entry.indices[axis] || 0)[at] ?? at).filter((_, axis) => shape[axis] > 1).join(", ");
    const numbered = entry.numbered && entry.count > 1 ? `[${index}]` : "";
    const kind = mark.name && !named ? mark.name : entry.part;
    return [named || kind, numbered, named && mark.name ? `(${mark.name})` : ""].filter((one) => one).join(" ");
  }

  /** Its outline as it is seen by the camera. */
  outline(beat, entry, element) {
    const { view } = this.marks(beat), { kind, points, width } = entry.area.outline(element);
    if (!view) return { kind, points, width };
    const [factor, dx, dy] = view;
    return { kind, points: points.map(([x, y]) => [factor * x + dx, factor * y + dy]), width: factor * width };
  }

  /** A readout of a mark in a beat, unfolded once; undefined where there is none. */
  entry(beat, key, readout) {
    const number = this.marks(beat).rows.find((one) => one.key === key)?.entries[readout];
    if (number === undefined) return undefined;
    const known = this.tables.entries[number];
    // Wires go between what stands in this beat: their places are theirs.
    if (known[1][0] === "wires") return (beat.asked[number] ||= this.unfold(known, beat));
    return (this.entries[number] ||= this.unfold(known, beat));
  }

  unfold([part, [kind, ...rest], quantities, shape, names, axes, indices, numbered], beat) {
    const { words } = this.tables;
    const list = (one) => Array.isArray(one) ? one.map((n) => words[n])
      : Array.from({ length: this.tables.arrays[one][2] }, (_, i) => words[this.value(one, i)]);
    const count = shape.reduce((product, n) => product * n, 1);
    const entry = {
      part: words[part], shape, count, indices, numbered, names: list(names), axes: axes.map(list),
      quantities: quantities.map(([means, array, states, origin]) => ({ means: words[means], array, states, origin })),
    };
    const value = (which, i) => this.value(entry.quantities[which].array, i);
    const lengths = (at, many, step) => Array.from(this.store.numbers.subarray(at, at + many), (one) => one / step);
    if (kind === "boxes") entry.area = new BoxArea(lengths(rest[0], 4 * count, STEP), rest[1]);
    else if (kind === "cells") entry.area = new CellArea(rest.map((one) => one / STEP), shape);
    else if (kind === "paths") {
      const [at, many, widths] = rest;
      entry.area = new PathArea(lengths(at, 2 * many * count, STEP), many, lengths(widths, count, WIDTH_STEP));
    } else if (kind === "plot") {
      const box = rest.slice(0, 4).map((one) => one / STEP);
      entry.area = new PlotArea(box, rest.slice(4, 8), rest[8], rest[9], count, value);
    } else {
      const [source, target, widest, thinnest] = rest;
      const [from, to] = [source, target].map((end) => this.entry(beat, end, 0).area);
      entry.wires = { source, target };
      entry.area = new WireArea(from, to, (i) => Math.max(widest * Math.abs(value(0, i)), thinnest));
    }
    return entry;
  }
}

/** A number with the digits that it has: of single precision, as few as tell it from all others. */
export function formatNumber(value, kind) {
  let written = String(value);
  if (kind === "byte") return `${Number(value.toPrecision(3))} (${Math.round(255 * value)}/255)`;
  if (Math.fround(value) === value) {
    for (let digits = 1; digits <= 9; digits++) {
      written = String(Number(value.toPrecision(digits)));
      if (Math.fround(Number(written)) === value) break;
    }
  } else if (written.replace(/e.*|[-.]/g, "").replace(/^0+/, "").length > 8) {
    written = `≈ ${Number(value.toPrecision(7))}`;
  }
  return written.replace(/-/g, "−");
}
