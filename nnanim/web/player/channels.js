// Rows of numbers that change within a phase: places, colours, light.

import {clamp} from "./elements.js";
import {ALPHA, MOMENT} from "./units.js";

/** Steps of a weight. */
const UNIT = 32767;

/** What a row is of: places, colours, light and weights are needed at the same time. */
export const PLACES = 0, COLORS = 1;
const LIGHT = 2, WEIGHTS = 3;

const rooms = [];

/** An array for a row that is needed once. */
function roomFor(which, count) {
  if (!(rooms[which]?.length >= count)) rooms[which] = new Float32Array(2 * count);
  return rooms[which];
}

/**
 * The row of a channel at a share of its phase: an array and where the row begins in it.
 * @returns {[ArrayLike<number>, number]}
 */
export function readChannel({numbers}, channel, count, share, which) {
  if (typeof channel === "number") return [numbers, channel];
  if (channel.length > 3) return [mixRows(numbers, channel, count, share, which), 0];
  const [times, many] = channel, rows = unfold(numbers, channel, count), now = share * MOMENT;
  let i = 0;
  while (i < many - 2 && numbers[times + i + 1] <= now) i++;
  const from = numbers[times + i], to = numbers[times + i + 1], part = clamp((now - from) / (to - from), 0, 1), a = i * count;
  if (part === 0 || part === 1) return [rows, a + part * count];
  const row = roomFor(which, count);
  for (let j = 0; j < count; j++) row[j] = rows[a + j] + (rows[a + count + j] - rows[a + j]) * part;
  return [row, 0];
}

/** How bright something is at a share of its phase. */
export function readLight(store, channel, share) {
  const [row, at] = readChannel(store, channel, 1, share, LIGHT);
  return row[at] * ALPHA;
}

/** The row of a channel whose numbers change in step: one row, and others that are added with weights. */
function mixRows(numbers, channel, count, share, which) {
  const [, , , rank, rows] = channel, row = roomFor(which, count);
  const [weights, first] = readChannel({numbers}, channel.weights ||= channel.slice(0, 3), rank, share, WEIGHTS);
  for (let j = 0; j < count; j++) row[j] = numbers[rows + j];
  for (let r = 0; r < rank; r++) {
    const weight = weights[first + r] / UNIT, from = rows + (r + 1) * count;
    for (let j = 0; j < count; j++) row[j] += weight * numbers[from + j];
  }
  return row;
}

/** The rows of a channel, from their differences; unfolded once. */
function unfold(numbers, channel, count) {
  if (!channel.rows) {
    const [, many, at] = channel, rows = channel.rows = numbers.slice(at, at + many * count);
    for (let i = count; i < rows.length; i++) rows[i] += rows[i - count];
  }
  return channel.rows;
}
