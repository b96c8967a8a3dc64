// Paints boxes, letters, and lines through points.

import {EM, TURN, UNSEEN} from "./units.js";

/** Directions of what is turned by quarters. */
const QUARTERS = [[1, 0], [0, 1], [-1, 0], [0, -1]];

/** Boxes: x, y, widths, heights, rim width, corner; fills, rims. */
export function drawBoxes(painter, [, n, rims], places, at, colors, from) {
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
  const {context, place} = painter, k = places[at + 2] * painter.width * painter.scale * painter.factor, [c, d] = QUARTERS[turn];
  context.setTransform(k * c, -k * d, -k * d, -k * c, painter.across(places[at] * place), painter.down(places[at + 1] * place));
  context.fillStyle = painter.useInk(colors, from, 1, true);
  context.fill(painter.paths[piece] ||= makeOutline(painter.store, piece));
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
  const {context} = painter, [x, y, across, up] = [0, 1, 2, 3].map((i) => places[at + i] * painter.place);
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
  if (filled && colors[from + 7] > UNSEEN) painter.fill(colors, from + 4, 1, true);
  if (!line || colors[from + 3] <= UNSEEN) return;
  context.lineWidth = line;
  context.lineJoin = "round";
  context.lineCap = dash.length ? "butt" : "round";
  context.setLineDash(dash);
  painter.stroke(colors, from, 1);
  context.setLineDash([]);
}

/** A path in em, from contours of steps: 1 x y for a line, 3 x y x y x y for a curve. */
function makeOutline(store, piece) {
  const path = new Path2D(), parts = store.pieces[piece], v = store.numbers;
  for (let part = 0; part < parts.length; part += 3) {
    const [from, count] = store.contours[parts[part]];
    let x = parts[part + 1], y = parts[part + 2], i = from;
    path.moveTo(x * EM, y * EM);
    while (i < from + count) {
      if (v[i] === 1) {
        path.lineTo((x += v[i + 1]) * EM, (y += v[i + 2]) * EM);
        i += 3;
      } else {
        path.bezierCurveTo(
          (x + v[i + 1]) * EM, (y + v[i + 2]) * EM, (x + v[i + 3]) * EM, (y + v[i + 4]) * EM,
          (x + v[i + 5]) * EM, (y + v[i + 6]) * EM,
        );
        x += v[i + 5];
        y += v[i + 6];
        i += 7;
      }
    }
    path.closePath();
  }
  return path;
}
