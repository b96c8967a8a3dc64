// What can be asked of a film: which numbers stand at a place of the frame, what they are called, and where from.

import {boxArea, cellArea, pathArea, plotArea, wireArea} from "./areas.js";
import {clamp, fill, times} from "./elements.js";

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

/**
 * What can be asked at the ends of the beats of a film.
 * @param {import("./format.js").Store} store @param {Object<string, string>} said what films say in some language
 */
export function makeReadouts(store, said) {
  const {numbers, readouts: {words, arrays, origins, entries: known}} = store, {value, channels} = makeArrays(store);
  const unfolded = [];

  /** What can be asked in a beat: marks from the highest to the lowest, and the view of its camera. */
  const marks = (beat) => {
    const {marks = [], view = null} = beat.readouts || {};
    return beat.asked ||= {view, rows: marks.map(([key, name, ...entries]) => ({key, name: words[name], entries}))};
  };
  const findRow = (beat, wanted) => marks(beat).rows.find(({key}) => key === wanted);

  /** A readout of a mark in a beat, unfolded once; undefined where there is none. */
  const entry = (beat, key, readout = 0) => {
    const number = findRow(beat, key)?.entries[readout], one = known[number];
    // Wires go between what stands in this beat: their places are theirs.
    return one && ((one[1][0] === "wires" ? beat.asked : unfolded)[number] ||= unfold(one, beat));
  };

  /**
   * What is at a place of the frame, the highest first: a map over a picture, then the picture's pixel.
   * @returns {Array<Spot>}
   */
  const find = (beat, x, y) => {
    const {rows, view} = marks(beat), found = [];
    if (view) {
      const [factor, dx, dy, left, right, bottom, top] = view;
      if (x < left || x > right || y < bottom || y > top) return found;
      [x, y] = [(x - dx) / factor, (y - dy) / factor];
    }
    for (const {key, entries} of rows) {
      for (let readout = entries.length - 1; readout >= 0; readout--) {
        const {area} = entry(beat, key, readout), element = found.length && !area.isCells ? -1 : area.find(x, y);
        if (element >= 0) found.push({key, readout, element});
      }
    }
    return found;
  };

  /** The first element of the next mark, or of the one before; null after the last. @returns {?Spot} */
  const nextMark = (beat, spot = {}, step = 1) => {
    const every = marks(beat).rows.flatMap(({key, entries}) => entries.map((_, readout) => ({key, readout, element: 0})));
    return every[every.findIndex(({key, readout}) => key === spot.key && readout === spot.readout) + step] || null;
  };

  /** The element next to another along a dimension of its index; itself at the edge. @returns {Spot} */
  const neighbour = (beat, spot, direction) => {
    const {shape, count} = entry(beat, spot.key, spot.readout), many = shape[1] || 1, line = (i) => Math.floor(i / many);
    const element = spot.element + {Left: -1, Right: 1, Up: -many, Down: many}[direction];
    const isInside = Math.abs(element - spot.element) === many || line(element) === line(spot.element);
    return isInside && element >= 0 && element < count ? {...spot, element} : spot;
  };

  /** What an element holds; null where the beat has none of that name. @returns {?Answer} */
  const answer = (beat, spot) => {
    const {key, readout, element} = spot, one = entry(beat, key, readout);
    if (!one || element >= one.count) return null;
    // What no signal has brought here is left out, but for the number of the mark itself.
    const rows = one.quantities.map((quantity) => row(quantity, element)).filter(({text}, i) => !i || text !== said.notYet);
    return {spot, title: title(beat, key, one, element), rows, outline: outline(beat, one, element)};
  };

  const row = ([name, array, states, origin], element) => {
    const means = words[name], [kind] = arrays[array], many = channels(array), state = states < 0 ? 0 : numbers[states + element];
    if (state) return {means, text: said[STATES[state]], origin: ""};
    const text = times(many, (c) => formatNumber(value(array, element * many + c), kind)).join(", ");
    return {means, text, origin: tellOrigin(Array.isArray(origin) ? numbers[origin[0] + element] : origin)};
  };

  /** Where a number was recorded, in words. */
  const tellOrigin = (code) => {
    if (code < 0) return said[ORIGINS[code]] || "";
    const [array, section, axis, n] = origins[code], isNamed = axis && !axis.startsWith("axis ");
    const place = isNamed ? fill(said.place, {axis: said[`axis ${axis}`] ?? axis, n}) : `[${n}]`;
    return fill(said.recorded, {where: (section in said ? fill(said[section], {array}) : array) + place});
  };

  /** What an element is called: its name, else what it is, and its index in the whole. */
  const title = (beat, key, one, element) => {
    if (!one.wires) return call(beat, key, element, one);
    const {source, target} = one.wires, many = entry(beat, source).count;
    return `${call(beat, source, element % many)} → ${call(beat, target, Math.floor(element / many))}`;
  };

  const call = (beat, key, element, one = entry(beat, key)) => {
    const {shape, names, axes, indices, numbered, count, part} = one, {name} = findRow(beat, key);
    const places = shape.length === 2 ? [Math.floor(element / shape[1]), element % shape[1]] : [element];
    const named = (names.length ? [names[element]] : places.map((at, axis) => axes[axis]?.[at])).filter(Boolean).join(" · ");
    const index = places.map((at, axis) => indices[axis]?.[at] ?? at).filter((_, axis) => shape[axis] > 1).join(", ");
    return [named || name || part, numbered && count > 1 && `[${index}]`, named && name && `(${name})`].filter(Boolean).join(" ");
  };

  /** Its outline as it is seen by the camera. */
  const outline = (beat, {area}, element) => {
    const [factor, dx, dy] = marks(beat).view || [1, 0, 0], {kind, points, width} = area.outline(element);
    return {kind, points: points.map(([x, y]) => [factor * x + dx, factor * y + dy]), width: factor * width};
  };

  const unfold = ([part, [kind, ...rest], quantities, shape, names, axes, indices, numbered], beat) => {
    const list = (one) => Array.isArray(one) ? one.map((n) => words[n]) : times(arrays[one][2], (i) => words[value(one, i)]);
    const count = shape.reduce((product, n) => product * n, 1), [a, b, widest, thinnest, ...limits] = rest;
    const lengths = (at, many, step = STEP) => Array.from(numbers.subarray(at, at + many), (one) => one / step);
    const steps = (all) => all.map((one) => one / STEP), held = (which, i) => value(quantities[which][1], i);
    const makers = {
      boxes: () => boxArea(lengths(a, 4 * count), b), cells: () => cellArea(steps(rest), shape),
      paths: () => pathArea(lengths(a, 2 * b * count), b, lengths(widest, count, WIDTH_STEP)),
      plot: () => plotArea(steps(rest.slice(0, 4)), limits, count, held),
      wires: () => wireArea(entry(beat, a).area, entry(beat, b).area, (i) => Math.max(widest * Math.abs(held(0, i)), thinnest)),
    };
    return {
      part: words[part], shape, count, indices, numbered, names: list(names), axes: axes.map(list), quantities,
      area: makers[kind](), wires: kind === "wires" && {source: a, target: b},
    };
  };

  return {marks, entry, find, nextMark, neighbour, answer, outline, channels, value};
}

/** Reads the arrays of numbers that can be asked. */
function makeArrays({numbers, singles, colors, readouts: {arrays}}) {
  /** How many numbers of an array belong to one element. */
  const channels = (array) => {
    const [kind, , , many] = arrays[array];
    return ["product", "repeat", "sum"].includes(kind) ? 1 : many;
  };

  /** Number i of an array, exactly as it was recorded. */
  const value = (array, i) => {
    const [kind, at, count, ...rest] = arrays[array];
    switch (kind) {
      case "whole": return numbers[at + i];
      case "byte": return numbers[at + i] / 255;
      case "pixel": return colors[at].data[i + Math.floor(i / 3)] / 255;
      case "single": case "about": return singles[at + i];
      case "product": return value(at, i) * value(count, i);
      case "sum": return sum(at, count, i, ...rest);
      case "repeat": return value(at, i % arrays[at][2]);
      default: return new Float64Array(Int16Array.from([0, 1, 2, 3], (row) => numbers[at + row * count + i]).buffer)[0];
    }
  };

  /** A sum, and the number of double precision that comes so many steps after it. */
  const sum = (one, other, i, factor, low, high, steps) => {
    const added = clamp(value(one, i) + factor * value(other, i), low, high) + 0;
    const bits = new BigInt64Array(new Float64Array([added]).buffer);
    bits[0] += BigInt(value(steps, i));
    return new Float64Array(bits.buffer)[0];
  };

  return {channels, value};
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
