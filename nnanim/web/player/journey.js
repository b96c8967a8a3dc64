// Signals on their way along wires: each starts as the value x and arrives as w·x, or the other way round.

import {TURNING, drawSignals, drawSpecks} from "./discs.js";
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
  const made = journey.made ||= prepare(painter.store, journey), {discs, specks} = made;
  discs.count = specks.count = 0;
  const flying = findFlying(made, journey, fraction), few = journey.few ? flying - journey.few : 0;
  for (let k = 0; k < flying; k++) place(made, journey, made.flying[k], fraction, k < few ? specks : discs, k);
  if (journey.zoom) painter.clip(journey.zoom.slice(3));
  painter.light = 1;
  painter.context.globalAlpha = 1;
  drawSpecks(painter, specks);
  drawSignals(painter, discs, journey.look[0], journey.look[1] * (journey.zoom ? journey.zoom[0] : 1), journey.colors[2]);
  if (journey.numbers) drawNumbers(painter, journey, made);
  if (journey.zoom) painter.context.restore();
}

/** Everything that does not depend on time: values, ways and delays, the lowest signal first. */
function prepare(store, journey) {
  const {out, in: into, numbers: [...given] = []} = {...journey}, v = store.numbers, count = out * into;
  const term = (i) => v[journey.terms + i] * ALPHA, source = (i) => v[journey.source + i % into] * ALPHA;
  const seen = [];
  for (let i = 0; i < count; i++) {
    if (journey.only >= 0 && Math.floor(i / into) !== journey.only) continue;
    if (term(i) || source(i)) seen.push(i);
  }
  const rank = new Float64Array(count);
  for (const i of seen) rank[i] = Math.abs(term(i)) + (journey.few ? 0 : Math.abs(source(i)));
  seen.sort((a, b) => rank[a] - rank[b] || a - b);
  const n = seen.length, most = n ? Math.abs(term(seen[n - 1])) || 1 : 1;
  const made = {
    n, index: Int32Array.from(seen), flying: new Int32Array(n), numbers: given,
    away: new Float32Array(n), home: new Float32Array(n), delay: new Float32Array(n), weight: new Float32Array(n).fill(1),
    x: new Float32Array(n), y: new Float32Array(n), dx: new Float32Array(n), dy: new Float32Array(n),
    discs: makeBatch(journey.few ? journey.few : n), specks: makeBatch(journey.few ? n : 0),
  };
  const joint = makeJoints(store, journey);
  seen.forEach((i, k) => {
    const [x0, y0, x1, y1] = joint(i), turn = journey.backward;
    [made.x[k], made.y[k], made.dx[k], made.dy[k]] = turn ? [x1, y1, x0 - x1, y0 - y1] : [x0, y0, x1 - x0, y1 - y0];
    [made.away[k], made.home[k]] = turn ? [term(i), source(i)] : [source(i), term(i)];
    made.delay[k] = (v[journey.delays[0] + Math.floor(i / into)] + v[journey.delays[1] + i % into]) / MOMENT;
    if (journey.few) {
      made.weight[k] = journey.faintest + (1 - journey.faintest) * (Math.abs(term(i)) / most) ** journey.power;
    }
  });
  return made;
}

/** Discs by their middles, radii and colours. */
function makeBatch(size) {
  const row = () => new Float32Array(size);
  const place = {x: row(), y: row(), r: row()}, color = {red: row(), green: row(), blue: row(), alpha: row()};
  return {count: 0, ...place, ...color, kind: new Uint8Array(size), signal: new Int32Array(size)};
}

/** From the index of a wire to where it starts and ends, from rim to rim, as seen through the view. */
function makeJoints(store, {out, in: into, joints, halved, radii, zoom}) {
  const [factor, right, up] = zoom || [1, 0, 0], step = PLACE * 2 ** halved, v = store.numbers;
  return (i) => {
    const s = i % into, t = Math.floor(i / into);
    const ax = v[joints + s] * step, ay = v[joints + into + s] * step;
    const bx = v[joints + 2 * into + t] * step, by = v[joints + 2 * into + out + t] * step;
    const far = Math.hypot(bx - ax, by - ay), ux = (bx - ax) / far, uy = (by - ay) / far;
    return [
      factor * (ax + ux * radii[0]) + right, factor * (ay + uy * radii[0]) + up,
      factor * (bx - ux * radii[1]) + right, factor * (by - uy * radii[1]) + up,
    ];
  };
}

/** How many signals fly, of which the numbers then stand in `made.flying`, the lowest first. */
function findFlying(made, {lag}, fraction) {
  let flying = 0;
  for (let k = 0; k < made.n; k++) {
    const p = (fraction - made.delay[k]) / (1 - lag);
    if (p > 0 && p < 1) made.flying[flying++] = k;
  }
  return flying;
}

/** Put one signal into a batch, where it is now, as large and of the colour that it has now. */
function place(made, journey, k, fraction, batch) {
  const [, , fade, turn, turns] = journey.look, p = (fraction - made.delay[k]) / (1 - journey.lag);
  const alpha = Math.min(p / fade, 1) * made.weight[k];
  const isSpeck = batch === made.specks;
  if (isSpeck && alpha < DARK) return;
  const eased = p * p * (3 - 2 * p), from = Math.abs(made.away[k]), size = from + (Math.abs(made.home[k]) - from) * eased;
  if (size <= 0) return;
  const least = isSpeck || !journey.few ? journey.least : 0.02, zoom = journey.zoom ? journey.zoom[0] : 1;
  const [positive, negative] = journey.colors, share = Math.min(Math.max((eased - turn) / turns, 0), 1);
  const old = made.away[k] >= 0 ? positive : negative, now = made.home[k] >= 0 ? positive : negative, at = batch.count++;
  batch.x[at] = made.x[k] + made.dx[k] * eased;
  batch.y[at] = made.y[k] + made.dy[k] * eased;
  batch.r[at] = Math.max(journey.biggest * Math.sqrt(size), least) * zoom;
  batch.kind[at] = share > 0 && share < 1 && old !== now ? TURNING : (share < 0.5 ? old : now) === positive ? 0 : 1;
  batch.red[at] = old[0] + (now[0] - old[0]) * share;
  batch.green[at] = old[1] + (now[1] - old[1]) * share;
  batch.blue[at] = old[2] + (now[2] - old[2]) * share;
  batch.alpha[at] = alpha;
  batch.signal[at] = k;
}

/** The number that each signal carries, just above it: x on the first half of its way, then w·x. */
function drawNumbers(painter, journey, made) {
  const {discs} = made, {store} = painter, [factor] = journey.zoom || [1];
  for (let at = 0; at < discs.count; at++) {
    const k = discs.signal[at], i = made.index[k];
    const gone = Math.hypot(discs.x[at] - made.x[k], discs.y[at] - made.y[k]) / Math.hypot(made.dx[k], made.dy[k]);
    const isTerm = gone < 0.5 === Boolean(journey.backward);
    const number = isTerm ? journey.numbers[1][i] : journey.numbers[0][i % journey.in];
    const [list, places, colors] = store.statics[number];
    painter.move(discs.x[at], discs.y[at] + discs.r[at] + journey.above * factor, factor);
    painter.draw(list, store.numbers, places, store.numbers, colors, discs.alpha[at]);
  }
  painter.move(0, 0, 1);
}
