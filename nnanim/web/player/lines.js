// Paints straight lines: each by itself, and nets of wires.

import {times} from "./elements.js";
import {ALPHA, PLACE, UNSEEN} from "./units.js";

/** Alpha below which films show nothing of a line: no byte holds it. */
const UNLIT = 0.5 / 255;

/** Number of lines of a net up to which each is drawn exactly where it is. */
const EXACT = 1000;

/** Pixels by which browsers fill the lines of a net too narrow. */
const NARROW = 0.02;

/** Lines: x, y of starts and of ends, widths; colours. */
export function drawLines(painter, [, n], places, at, colors, from) {
  const {context, place, width} = painter;
  context.resetTransform();
  for (let i = at, c = from; i < at + n; i++, c++) {
    if (colors[c + 3 * n] <= UNSEEN) continue;
    const x = places[i] * place, y = places[i + n] * place;
    context.fillStyle = painter.useInk(colors, c, n);
    drawLine(painter, x, y, places[i + 2 * n] * place, places[i + 3 * n] * place, places[i + 4 * n] * width);
  }
}

/** Fill a line between two points of the frame; nobody sees where exactly one of a crowd is. */
function drawLine(painter, ax, ay, bx, by, width, isExact = true) {
  const {context} = painter, x0 = painter.across(ax), y0 = painter.down(ay);
  const dx = painter.across(bx) - x0, dy = painter.down(by) - y0;
  const half = width * painter.pixels / 2 / Math.hypot(dx, dy), x = dy * half, y = -dx * half;
  context.beginPath();
  if (isExact) {
    traceEdge(context, x0 + x, y0 + y, dx, dy);
    traceEdge(context, x0 + dx - x, y0 + dy - y, -dx, -dy);
    return context.fill();
  }
  context.lineWidth = width * painter.pixels;
  context.moveTo(x0, y0);
  context.lineTo(x0 + dx, y0 + dy);
  context.stroke();
}

/**
 * One side of a line, in pixels. Browsers move the ends of an edge up or down by an eighth of a pixel, and all of the edge
 * with them: what lies between two points in quarters of a pixel stays where it is.
 */
function traceEdge(context, x, y, dx, dy) {
  const slope = dx / dy, end = y + dy, steps = dy > 0 ? 4 : -4;
  const first = Math.ceil(steps * y) / steps, last = Math.floor(steps * end) / steps;
  context.lineTo(x, y);
  if ((last - first) * dy > 0) {
    context.lineTo(x + (first - y) * slope, first);
    context.lineTo(x + (last - y) * slope, last);
  }
  context.lineTo(x + dx, end);
}

/** A net: x, y of its sources and of its targets, radii of both, widest, thinnest, shares; two colours, light. */
export function drawNet(painter, form, places, at, colors, from) {
  const {context, place, width} = painter, [, out, into, faintest, brightest, power] = form, light = colors[from + 6] * ALPHA;
  const ends = at + 2 * (into + out), [first, last, widest, thinnest] = times(4, (i) => places[ends + i] * width);
  const shares = ends + 4, unit = ALPHA * place / PLACE, count = out * into, order = findOrder(painter, places, shares, count);
  const inks = [0, 3].map((c) => times(3, (k) => colors[from + c + k])), names = inks.map((ink) => `rgb(${ink})`);
  const isExact = count <= EXACT;
  context.resetTransform();
  for (const i of order) {
    const s = at + i % into, t = at + 2 * into + Math.floor(i / into), share = places[shares + i] * unit;
    const size = Math.abs(share), own = (faintest + (brightest - faintest) * size ** power) * light;
    const wide = Math.max(widest * size, thinnest), which = share < 0 ? 1 : 0;
    // Films lay lines over each other in bytes: what each of a crowd gets is rounded before it is laid.
    const alpha = isExact ? own * painter.light : Math.round(255 * own * painter.light) / 255;
    if (alpha * Math.min(wide * painter.pixels, 1) < UNLIT) continue;
    const x = places[s] * place, y = places[s + into] * place;
    const dx = places[t] * place - x, dy = places[t + out] * place - y, far = Math.hypot(dx, dy);
    const a = first / far, b = 1 - last / far;
    if (isExact) context.fillStyle = painter.useInk([...inks[which], own / ALPHA], 0, 1);
    else Object.assign(context, {strokeStyle: names[which], globalAlpha: alpha});
    const filled = isExact ? wide + NARROW / painter.pixels : wide;
    drawLine(painter, x + dx * a, y + dy * a, x + dx * b, y + dy * b, filled, isExact);
  }
}

/** Indices of numbers by their size, the least first; kept for those that stand in the film's own row. */
function findOrder(painter, places, from, count) {
  const known = painter.store.orders ||= new Map(), kept = places === painter.store.numbers;
  if (kept && known.has(from)) return known.get(from);
  const sizes = new Float32Array(count);
  for (let i = 0; i < count; i++) sizes[i] = Math.abs(places[from + i]);
  const order = Uint32Array.from(sizes, (_, i) => i).sort((a, b) => sizes[a] - sizes[b] || a - b);
  if (kept) known.set(from, order);
  return order;
}
