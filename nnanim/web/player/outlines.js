// Paints boxes, letters, and lines through points.

import {FINER, NO_BOX, extend, findCover, layCover, paintFiner} from "./covers.js";
import {times} from "./elements.js";
import {EM, TURN, UNSEEN} from "./units.js";

/** Directions of what is turned by quarters. */
const QUARTERS = [[1, 0], [0, 1], [-1, 0], [0, -1]];

/** Number of boxes that are painted as exactly as words, and pixels that they may lie in: of a few, nobody sees the rims. */
const GRID = 64, LARGEST = 1 << 19;

/** Boxes: x, y, widths, heights, rim width, corner; fills, rims. */
export function drawBoxes(painter, form, places, at, colors, from) {
  const isGrid = painter.keeps && painter.light === 1 && form[1] >= GRID;
  const cover = isGrid && coverBoxes(painter, form, places, at, colors, from);
  if (cover) layCover(painter.context, cover);
  else paintBoxes(painter, form, places, at, colors, from);
}

/** The cover of many boxes; none of very large ones. */
function coverBoxes(painter, form, places, at, colors, from) {
  const n = form[1], {place} = painter, rim = places[at + 4 * n] * painter.width;
  let box = NO_BOX;
  for (let i = at; i < at + n; i++) {
    const [x, y] = [places[i] * place, places[i + n] * place];
    const [w, h] = [places[i + 2 * n], places[i + 3 * n]].map((size) => (size * place + rim) / 2);
    for (const side of [-1, 1]) box = extend(box, [painter.across(x + side * w), painter.down(y + side * h)]);
  }
  if (!((box[2] - box[0]) * (box[3] - box[1]) <= LARGEST)) return null;
  return findCover(painter, `${[at, from, ...box]}`, box, (left, top, width, height) =>
    paintFiner(width, height, (context) => {
      const larger = {
        scale: painter.scale * FINER, context, fine: true,
        across: (x) => (painter.across(x) - left) * FINER, down: (y) => (painter.down(y) - top) * FINER,
      };
      const entries = Object.entries(larger).map(([name, value]) => [name, {value}]);
      paintBoxes(Object.create(painter, Object.fromEntries(entries)), form, places, at, colors, from);
    }));
}

function paintBoxes(painter, [, n, rims], places, at, colors, from) {
  const {context, place, width} = painter, corner = places[at + 4 * n + 1] * width;
  painter.useFrame();
  context.lineWidth = places[at + 4 * n] * width;
  context.lineJoin = "miter";
  for (let i = 0; i < n; i++) {
    const w = places[at + 2 * n + i] * place, h = places[at + 3 * n + i] * place, c = from + i;
    const fill = colors[c + 3 * n] > UNSEEN, rim = rims && colors[c + 7 * n] > UNSEEN;
    if (!fill && !rim) continue;
    const x = places[at + i] * place - w / 2, y = places[at + n + i] * place - h / 2;
    const r = Math.min(corner, w / 2, h / 2);
    context.beginPath();
    if (r > 0) context.roundRect(x, y, w, h, r);
    else context.rect(x, y, w, h);
    painter.isOnPicture = painter.liesOnPicture(painter.across(x + w / 2), painter.down(y + h / 2));
    if (fill) painter.fill(colors, c, n);
    if (rim) painter.stroke(colors, c + 4 * n, n);
  }
  painter.isOnPicture = false;
  painter.batches++;
}

/** A filled outline: x, y, size; colour. */
export function drawOutline(painter, [, piece, turn], places, at, colors, from) {
  if (colors[from + 3] <= UNSEEN) return;
  const {context, place, store} = painter, k = places[at + 2] * painter.width * painter.pixels;
  const [c, d] = QUARTERS[turn], [x, y] = [painter.across(places[at] * place), painter.down(places[at + 1] * place)];
  const matrix = [k * c, -k * d, -k * d, -k * c, x, y], {keeps, light} = painter;
  // What rests looks the same in the next picture, but for its light.
  if (keeps) painter.light = 1;
  const ink = painter.useInk(colors, from, 1, true), outline = store.outlines[piece] ||= makeOutline(store, piece);
  if (keeps) context.globalAlpha *= painter.light = light;
  const cover = keeps && coverOutline(painter, outline, matrix, ink);
  if (cover) return layCover(context, cover);
  context.setTransform(...matrix);
  context.fillStyle = ink;
  context.fill(outline.path);
}

/** The cover of an outline: painted several times as large, and then made smaller. */
function coverOutline(painter, {piece, path, box: [x0, y0, x1, y1]}, matrix, ink) {
  const [a, b, c, d, e, f] = matrix;
  const corners = [[x0, y0], [x1, y1]].map(([x, y]) => [a * x + c * y + e, b * x + d * y + f]);
  const box = corners.reduce(extend, NO_BOX);
  return findCover(painter, `${piece} ${matrix} ${ink}`, box, (left, top, width, height) =>
    paintFiner(width, height, (context) => {
      context.setTransform(...[a, b, c, d, e - left, f - top].map((one) => one * FINER));
      context.fillStyle = ink;
      context.fill(path);
    }));
}

/** A line through points: x, y, width, dashes; colour, fill. */
export function drawPolyline(painter, [, n, closed, filled, dashes], places, at, colors, from) {
  const {context, place} = painter, line = places[at + 2 * n] * painter.width;
  painter.useFrame();
  context.beginPath();
  context.moveTo(places[at] * place, places[at + n] * place);
  for (let i = at + 1; i < at + n; i++) context.lineTo(places[i] * place, places[i + n] * place);
  if (closed) context.closePath();
  const dash = [];
  for (let i = 0; i < dashes; i++) dash.push(places[at + 2 * n + 1 + i] * painter.width);
  paintLine(painter, line, filled, dash, colors, from);
}

/** An ellipse through so many points: x, y, radii, width; colour, fill. */
export function drawEllipse(painter, [, n, filled], places, at, colors, from) {
  const {context} = painter, [x, y, across, up] = times(4, (i) => places[at + i] * painter.place);
  painter.useFrame();
  context.beginPath();
  for (let i = 1; i < n; i++) {
    const angle = i * TURN / (n - 1);
    context.lineTo(x + across * Math.cos(angle), y + up * Math.sin(angle));
  }
  context.closePath();
  paintLine(painter, places[at + 4] * painter.width, filled, [], colors, from);
}

/** Fill what the path encloses, and draw its line. */
function paintLine(painter, line, filled, dash, colors, from) {
  const {context} = painter;
  if (filled && colors[from + 7] > UNSEEN) painter.fill(colors, from + 4, 1, !painter.isCompiled);
  if (!line || colors[from + 3] <= UNSEEN) return;
  context.lineWidth = line;
  context.lineJoin = "round";
  context.lineCap = dash.length ? "butt" : "round";
  context.setLineDash(dash);
  painter.stroke(colors, from, 1, !painter.isCompiled);
  context.setLineDash([]);
}

/** A piece's path in em, from contours of steps: 1 x y for a line, 3 x y x y x y for a curve; and the box of its points. */
function makeOutline(store, piece) {
  const path = new Path2D(), parts = store.pieces[piece], v = store.numbers;
  let x = 0, y = 0, box = NO_BOX;
  /** The point that two numbers of a row lead to. */
  const reach = (row, at) => {
    const point = [(x + row[at]) * EM, (y + row[at + 1]) * EM];
    box = extend(box, point);
    return point;
  };
  for (let part = 0; part < parts.length; part += 3) {
    const [from, count] = store.contours[parts[part]];
    [x, y] = [0, 0];
    path.moveTo(...reach(parts, part + 1));
    [x, y] = [parts[part + 1], parts[part + 2]];
    for (let i = from; i < from + count; i += 1 + 2 * v[i]) {
      const last = i + 2 * v[i] - 1;
      if (v[i] === 1) path.lineTo(...reach(v, last));
      else path.bezierCurveTo(...reach(v, i + 1), ...reach(v, i + 3), ...reach(v, last));
      x += v[last];
      y += v[last + 1];
    }
    path.closePath();
  }
  return {piece, path, box};
}
