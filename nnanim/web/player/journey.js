// Signals on their way along wires: each starts as the value x and arrives as w·x, or the other way round.

import {joinRims} from "./areas.js";
import {TURNING, drawSignals, drawSpecks} from "./discs.js";
import {clamp} from "./elements.js";
import {ALPHA, MOMENT, PLACE} from "./units.js";

/** Light below which a speck of a crowd is not seen. */
const DARK = 1 / 300;

/**
 * Paint the signals of a journey.
 * @param {import("./painter.js").Painter} painter
 * @param {Object} journey
 * @param {number} fraction 0..1 of their way
 */
export function drawJourney(painter, journey, fraction) {
  const made = journey.made ||= prepare(painter.store, journey), {discs, specks, flying} = made, {zoom, look, few} = journey;
  let count = discs.count = specks.count = 0;
  for (let k = 0; k < made.n; k++) {
    const p = (fraction - made.delay[k]) / (1 - journey.lag);
    if (p > 0 && p < 1) flying[count++] = k;
  }
  for (let i = 0; i < count; i++) place(made, journey, flying[i], fraction, few && i < count - few ? specks : discs);
  if (zoom) painter.clip(zoom.slice(3));
  painter.light = 1;
  painter.context.globalAlpha = 1;
  drawSpecks(painter, specks);
  drawSignals(painter, discs, look[0], look[1] * (zoom ? zoom[0] : 1), journey.colors[2]);
  if (journey.numbers) drawNumbers(painter, journey, made);
  if (zoom) painter.context.restore();
}

/** Everything that does not depend on time: values, ways and delays, the lowest signal first. */
function prepare({numbers: v}, journey) {
  const {out, in: into, few, only, delays, terms, faintest, power} = journey, index = [], rank = [];
  const term = (i) => v[terms + i] * ALPHA, source = (i) => v[journey.source + i % into] * ALPHA;
  for (let i = 0; i < out * into; i++) {
    if (only >= 0 && Math.floor(i / into) !== only || !term(i) && !source(i)) continue;
    index.push(i);
    rank[i] = Math.abs(term(i)) + (few ? 0 : Math.abs(source(i)));
  }
  index.sort((a, b) => rank[a] - rank[b] || a - b);
  const n = index.length, most = n && Math.abs(term(index[n - 1])) || 1;
  const made = {n, index, flying: new Int32Array(n), discs: makeBatch(few || n), specks: makeBatch(few ? n : 0)};
  for (const name of ["x", "y", "dx", "dy", "away", "home", "delay", "weight"]) made[name] = new Float32Array(n);
  index.forEach((i, k) => {
    const [[x, y], [x1, y1]] = findEnds(v, journey, i);
    [made.x[k], made.y[k], made.dx[k], made.dy[k]] = [x, y, x1 - x, y1 - y];
    [made.away[k], made.home[k]] = [source(i), term(i)];
    made.delay[k] = (v[delays[0] + Math.floor(i / into)] + v[delays[1] + i % into]) / MOMENT;
    made.weight[k] = few ? faintest + (1 - faintest) * (Math.abs(term(i)) / most) ** power : 1;
  });
  return made;
}

/** Discs by their middles, radii and colours. */
function makeBatch(size) {
  const batch = {count: 0, kind: new Uint8Array(size), signal: new Int32Array(size)};
  for (const name of ["x", "y", "r", "red", "green", "blue", "alpha"]) batch[name] = new Float32Array(size);
  return batch;
}

/** Where a wire starts and where it ends, from rim to rim, as seen through the view. */
function findEnds(v, {out, in: into, joints, halved, radii, zoom}, i) {
  const [factor, right, up] = zoom || [1, 0, 0], s = joints + i % into, t = joints + 2 * into + Math.floor(i / into);
  const places = [s, s + into, t, t + out].map((at) => v[at] * PLACE * 2 ** halved);
  return joinRims(...places, ...radii).map(([x, y]) => [factor * x + right, factor * y + up]);
}

/** Put one signal into a batch, where it is now, as large and of the colour that it has now. */
function place(made, journey, k, fraction, batch) {
  const {look: [, , fade, turn, turns], colors: [positive, negative], lag, few, zoom, biggest} = journey;
  const p = (fraction - made.delay[k]) / (1 - lag), alpha = Math.min(p / fade, 1) * made.weight[k];
  const isSpeck = batch === made.specks;
  if (isSpeck && alpha < DARK) return;
  const eased = p * p * (3 - 2 * p), from = Math.abs(made.away[k]), size = from + (Math.abs(made.home[k]) - from) * eased;
  if (size <= 0) return;
  const least = isSpeck || !few ? journey.least : 0.02, share = clamp((eased - turn) / turns, 0, 1), at = batch.count++;
  const old = made.away[k] >= 0 ? positive : negative, now = made.home[k] >= 0 ? positive : negative;
  batch.x[at] = made.x[k] + made.dx[k] * eased;
  batch.y[at] = made.y[k] + made.dy[k] * eased;
  batch.r[at] = Math.max(biggest * Math.sqrt(size), least) * (zoom ? zoom[0] : 1);
  batch.kind[at] = share > 0 && share < 1 && old !== now ? TURNING : (share < 0.5 ? old : now) === positive ? 0 : 1;
  batch.red[at] = old[0] + (now[0] - old[0]) * share;
  batch.green[at] = old[1] + (now[1] - old[1]) * share;
  batch.blue[at] = old[2] + (now[2] - old[2]) * share;
  batch.alpha[at] = alpha;
  batch.signal[at] = k;
}

/** The number that each signal carries, just above it: x on the first half of its way, then w·x. */
function drawNumbers(painter, {zoom, above, numbers: [given, terms], in: into}, {index, discs, x, y, dx, dy}) {
  const factor = zoom ? zoom[0] : 1;
  for (let at = 0; at < discs.count; at++) {
    const k = discs.signal[at], i = index[k];
    const gone = Math.hypot(discs.x[at] - x[k], discs.y[at] - y[k]) / Math.hypot(dx[k], dy[k]);
    const number = gone < 0.5 ? given[i % into] : terms[i];
    painter.move(discs.x[at], discs.y[at] + discs.r[at] + above * factor, factor);
    painter.drawStatic(painter.store.statics[number], discs.alpha[at]);
  }
  painter.move(0, 0, 1);
}
