// What can be asked of a film: which numbers stand at a place of the frame, what they are called, and where from.

import {boxArea, cellArea, pathArea, plotArea, wireArea} from "./areas.js";
import {fill, times} from "./elements.js";

const STEP = 2000, WIDTH_STEP = 8000;

/** What is said of a number in a state, and in place of an origin. */
const STATES = {1: "notYet", 2: "barred"}, ORIGINS = {"-1": "computed", "-2": "given"};

/**
 * @typedef {Object} Spot what was asked: key of the mark, number of its readout, number of the element
 * @property {string} key @property {number} readout @property {number} element
 *
 * @typedef {Object} Answer
 * @property {Spot} spot
 * @property {string} title what the element is called, with its index
 * @property {Array<{means: string, text: string, origin: string}>} rows
 * @property {{kind: string, points: Array<Array<number>>, width: number}} outline box, circle or line, in frame units
 */

/** What can be asked at the ends of the beats of a film. */
export class Readouts {
  /** @param {import("./format.js").Store} store @param {Object<string, string>} said what films say in some language */
  constructor(store, said) {
    Object.assign(this, {store, said, tables: store.readouts, entries: []});
  }

  /** What can be asked in a beat: marks from the highest to the lowest, and the view of its camera. */
  marks(beat) {
    if (!beat.asked) {
      const {marks = [], view = null} = beat.readouts || {};
      beat.asked = {view, rows: marks.map(([key, name, ...entries]) => ({key, name: this.tables.words[name], entries}))};
    }
    return beat.asked;
  }

  /**
   * What is at a place of the frame, the highest first: a map over a picture, then the picture's pixel.
   * @returns {Array<Spot>}
   */
  find(beat, x, y) {
    const {rows, view} = this.marks(beat), found = [];
    if (view) {
      const [factor, dx, dy, left, right, bottom, top] = view;
      if (x < left || x > right || y < bottom || y > top) return found;
      [x, y] = [(x - dx) / factor, (y - dy) / factor];
    }
    for (const {key, entries} of rows) {
      for (let readout = entries.length - 1; readout >= 0; readout--) {
        const {area} = this.entry(beat, key, readout);
        if (found.length && !area.isCells) continue;
        const element = area.find(x, y);
        if (element >= 0) found.push({key, readout, element});
      }
    }
    return found;
  }

  /** The first element of the next mark, or of the one before; null after the last. @returns {?Spot} */
  nextMark(beat, spot = {}, step = 1) {
    const every = this.marks(beat).rows.flatMap(({key, entries}) => entries.map((_, readout) => ({key, readout, element: 0})));
    return every[every.findIndex(({key, readout}) => key === spot.key && readout === spot.readout) + step] || null;
  }

  /** The element next to another along a dimension of its index; itself at the edge. @returns {Spot} */
  neighbour(beat, spot, direction) {
    const {shape, count} = this.entry(beat, spot.key, spot.readout), many = shape[1] || 1, line = (i) => Math.floor(i / many);
    const element = spot.element + {Left: -1, Right: 1, Up: -many, Down: many}[direction];
    const isInside = Math.abs(element - spot.element) === many || line(element) === line(spot.element);
    return isInside && element >= 0 && element < count ? {...spot, element} : spot;
  }

  /** What an element holds; null where the beat has none of that name. @returns {?Answer} */
  answer(beat, spot) {
    const {key, readout, element} = spot, entry = this.entry(beat, key, readout);
    if (!entry || element >= entry.count) return null;
    const rows = entry.quantities.map((one) => this.row(one, element));
    return {
      spot, title: this.title(beat, key, entry, element), outline: this.outline(beat, entry, element),
      // What no signal has brought here is left out, but for the number of the mark itself.
      rows: rows.filter((row, i) => !i || row.text !== this.said.notYet),
    };
  }

  row({means, array, states, origin}, element) {
    const {numbers} = this.store, [kind] = this.tables.arrays[array], many = this.channels(array);
    const state = states < 0 ? 0 : numbers[states + element];
    if (state) return {means, text: this.said[STATES[state]], origin: ""};
    const text = times(many, (c) => formatNumber(this.value(array, element * many + c), kind)).join(", ");
    return {means, text, origin: this.origin(Array.isArray(origin) ? numbers[origin[0] + element] : origin)};
  }

  /** How many numbers of an array belong to one element. */
  channels(array) {
    const [kind, , , channels] = this.tables.arrays[array];
    return ["product", "repeat", "sum"].includes(kind) ? 1 : channels;
  }

  /** Number i of an array, exactly as it was recorded. */
  value(array, i) {
    const [kind, at, count, ...rest] = this.tables.arrays[array], {numbers, singles, colors} = this.store;
    switch (kind) {
      case "whole": return numbers[at + i];
      case "byte": return numbers[at + i] / 255;
      case "pixel": return colors[at].data[i + Math.floor(i / 3)] / 255;
      case "single": case "about": return singles[at + i];
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
    const {said} = this;
    if (code < 0) return said[ORIGINS[code]] || "";
    const [array, section, axis, n] = this.tables.origins[code];
    const named = section in said ? fill(said[section], {array}) : array, isNamed = axis && !axis.startsWith("axis ");
    const place = isNamed ? fill(said.place, {axis: said[`axis ${axis}`] ?? axis, n}) : `[${n}]`;
    return fill(said.recorded, {where: named + place});
  }

  /** What an element is called: its name, else what it is, and its index in the whole. */
  title(beat, key, entry, element) {
    if (!entry.wires) return this.called(beat, key, element, entry);
    const {source, target} = entry.wires, many = this.entry(beat, source, 0).count;
    return `${this.called(beat, source, element % many)} → ${this.called(beat, target, Math.floor(element / many))}`;
  }

  called(beat, key, element, entry = this.entry(beat, key, 0)) {
    const {shape, names, axes, indices, numbered, count, part} = entry;
    const {name} = this.marks(beat).rows.find((one) => one.key === key);
    const places = shape.length === 2 ? [Math.floor(element / shape[1]), element % shape[1]] : [element];
    const named = (names.length ? [names[element]] : places.map((at, axis) => axes[axis]?.[at])).filter(Boolean).join(" · ");
    const index = places.map((at, axis) => indices[axis]?.[at] ?? at).filter((_, axis) => shape[axis] > 1).join(", ");
    return [named || name || part, numbered && count > 1 && `[${index}]`, named && name && `(${name})`].filter(Boolean).join(" ");
  }

  /** Its outline as it is seen by the camera. */
  outline(beat, {area}, element) {
    const [factor, dx, dy] = this.marks(beat).view || [1, 0, 0], {kind, points, width} = area.outline(element);
    return {kind, points: points.map(([x, y]) => [factor * x + dx, factor * y + dy]), width: factor * width};
  }

  /** A readout of a mark in a beat, unfolded once; undefined where there is none. */
  entry(beat, key, readout) {
    const number = this.marks(beat).rows.find((one) => one.key === key)?.entries[readout], known = this.tables.entries[number];
    // Wires go between what stands in this beat: their places are theirs.
    return known && ((known[1][0] === "wires" ? beat.asked : this.entries)[number] ||= this.unfold(known, beat));
  }

  unfold([part, [kind, ...rest], quantities, shape, names, axes, indices, numbered], beat) {
    const {words, arrays} = this.tables, count = shape.reduce((product, n) => product * n, 1);
    const list = (one) => Array.isArray(one) ? one.map((n) => words[n]) : times(arrays[one][2], (i) => words[this.value(one, i)]);
    const entry = {
      part: words[part], shape, count, indices, numbered, names: list(names), axes: axes.map(list),
      quantities: quantities.map(([means, array, states, origin]) => ({means: words[means], array, states, origin})),
    };
    const value = (which, i) => this.value(entry.quantities[which].array, i), steps = (all) => all.map((one) => one / STEP);
    const lengths = (at, many, step = STEP) => Array.from(this.store.numbers.subarray(at, at + many), (one) => one / step);
    const [a, b, widest, thinnest, ...limits] = rest;
    if (kind === "boxes") entry.area = boxArea(lengths(a, 4 * count), b);
    else if (kind === "cells") entry.area = cellArea(steps(rest), shape);
    else if (kind === "paths") entry.area = pathArea(lengths(a, 2 * b * count), b, lengths(widest, count, WIDTH_STEP));
    else if (kind === "plot") entry.area = plotArea(steps(rest.slice(0, 4)), limits, count, value);
    else {
      const [from, to] = [a, b].map((end) => this.entry(beat, end, 0).area);
      entry.wires = {source: a, target: b};
      entry.area = wireArea(from, to, (i) => Math.max(widest * Math.abs(value(0, i)), thinnest));
    }
    return entry;
  }
}

/** A number with the digits that it has: of single precision, as few as tell it from all others. */
function formatNumber(value, kind) {
  const rounded = (digits) => Number(value.toPrecision(digits));
  const few = {byte: 3, pixel: 2, about: 4}[kind], sign = kind === "byte" ? "" : "≈ ";
  const isShort = String(value).replace(/e.*|[-.]/g, "").replace(/^0+/, "").length < 9;
  const short = times(9, (i) => rounded(i + 1)).find((one) => Math.fround(one) === value && Math.fround(value) === value);
  const written = few ? sign + rounded(few) : short ?? (isShort ? value : `≈ ${rounded(7)}`);
  return (written + (few < 4 ? ` (${Math.round(255 * value)}/255)` : "")).replace(/-/g, "−");
}
