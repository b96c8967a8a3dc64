// Paints discs: neurons with their light and rims, and signals on their way.

import {recall} from "./elements.js";
import {ALPHA, TURN, UNSEEN} from "./units.js";

/** Half the side of a square of the area of a disc of radius 1. */
const SQUARE = Math.sqrt(Math.PI) / 2;

/** Kind of a signal whose colour changes now; others have 0 or 1, by their sign. */
export const TURNING = 2;

/** Sides of what is drawn for a circle, of less than 20 pixels and of more: browsers draw arcs a tenth of a pixel too small. */
const SIDES = [24, 48];

/** Steps of a radius in which rims' widths are kept apart, and how many of them are kept. */
const RIM = 256, RINGS = 500;

/** Pixels of the picture of a light, and how many of them are kept. */
const GLOW_SIZE = 128, GLOWS = 200;

/** Discs: x, y, radii, rim width; fills, rims. */
export function drawDiscs(painter, [, n, rims, glow], places, at, colors, from) {
  const {context, place, width} = painter, line = places[at + 3 * n] * width;
  for (let i = 0; i < n; i++) {
    const x = places[at + i] * place, y = places[at + n + i] * place, r = places[at + 2 * n + i] * width;
    const c = from + i, alpha = colors[c + 3 * n];
    if (glow && alpha > UNSEEN) {
      context.globalAlpha = painter.light * Math.min(alpha * ALPHA, 1);
      const picture = glowPicture(painter, glow, [0, n, 2 * n].map((plane) => colors[c + plane])), far = r * glow;
      painter.useFrame();
      context.imageSmoothingEnabled = true;
      context.drawImage(picture, x - far, y - far, 2 * far, 2 * far);
    }
    if (alpha > UNSEEN) {
      context.fillStyle = painter.useInk(colors, c, n);
      fillCircle(painter, x, y, r);
    }
    if (rims && line && colors[c + 7 * n] > UNSEEN) {
      context.fillStyle = painter.useInk(colors, c + 4 * n, n);
      fillCircle(painter, x, y, r, line);
    }
  }
}

/** Fill a circle, or a ring of some width about it, with the colour that is chosen. */
function fillCircle(painter, x, y, r, line = 0) {
  const {context} = painter, k = painter.pixels;
  context.setTransform(k, 0, 0, k, painter.across(x), painter.down(y));
  if (painter.moves) {
    context.beginPath();
    context.arc(0, 0, r, 0, TURN);
    if (!line) return context.fill();
    context.lineWidth = line;
    context.strokeStyle = context.fillStyle;
    return context.stroke();
  }
  context.scale(r, r);
  context.fill(makeRing(line / r, SIDES[k * r < 20 ? 0 : 1]));
}

/** The light around a disc of some colour, painted once: a gradient for each would take ten times as long. */
function glowPicture({store}, reach, rgb) {
  const ink = rgb.map((part) => 8 * Math.round(part / 8));
  return recall(store.glows ||= new Map(), `${reach} ${ink}`, GLOWS, () => makeGlow(reach, ink));
}

/** Signals: glowing discs with rims of one colour. */
export function drawSignals(painter, {count, x, y, r, red, green, blue, alpha}, reach, rim, rimColor) {
  const {context} = painter;
  let ink = "", light = null;
  painter.useFrame();
  context.lineWidth = rim;
  context.strokeStyle = `rgb(${rimColor})`;
  for (let i = 0; i < count; i++) {
    const now = `rgb(${red[i]},${green[i]},${blue[i]})`, far = r[i] * reach;
    if (now !== ink) {
      light = glowPicture(painter, reach, [red[i], green[i], blue[i]]);
      context.fillStyle = ink = now;
    }
    context.globalAlpha = alpha[i];
    context.drawImage(light, x[i] - far, y[i] - far, 2 * far, 2 * far);
    context.beginPath();
    context.arc(x[i], y[i], r[i], 0, TURN);
    context.fill();
    context.stroke();
  }
}

/** Specks: discs so small that squares of their area look alike; those of one colour are drawn together. */
export function drawSpecks(painter, {count, x, y, r, alpha, red, green, blue, kind}) {
  const {context} = painter;
  painter.useFrame();
  for (const wanted of [0, 1, TURNING]) {
    let ink = "";
    for (let i = 0; i < count; i++) {
      if (kind[i] !== wanted) continue;
      if (!ink || wanted === TURNING) context.fillStyle = ink = `rgb(${red[i]},${green[i]},${blue[i]})`;
      const half = r[i] * SQUARE;
      context.globalAlpha = alpha[i];
      context.fillRect(x[i] - half, y[i] - half, 2 * half, 2 * half);
    }
  }
}

const rings = new Map();

/** Add a circle about the origin: as many sides as have its area; `turn` is -1 for a hole. */
function addCircle(path, radius, sides, turn = 1) {
  const step = TURN / sides, r = radius * Math.sqrt(step / Math.sin(step));
  // A line from the circle before would cut a notch into the ring between them.
  path.moveTo(r, 0);
  for (let i = 1; i < sides; i++) path.lineTo(r * Math.cos(i * step), turn * r * Math.sin(i * step));
  path.closePath();
}

/** A circle of radius 1, or a ring about it. */
function makeRing(line, sides) {
  const name = SIDES.length * Math.round(line * RIM) + SIDES.indexOf(sides);
  return recall(rings, name, RINGS, () => {
    const ring = new Path2D();
    addCircle(ring, 1 + line / 2, sides);
    if (line && line < 2) addCircle(ring, 1 - line / 2, sides, -1);
    return ring;
  });
}

/** @returns {ImageBitmap} the light around a disc, which reaches to its edges */
function makeGlow(reach, rgb) {
  const middle = GLOW_SIZE / 2, picture = new OffscreenCanvas(GLOW_SIZE, GLOW_SIZE), context = picture.getContext("2d");
  const light = context.createRadialGradient(middle, middle, middle * 0.8 / reach, middle, middle, middle);
  for (const [place, alpha] of [[0, 0.45], [0.45, 0.13], [1, 0]]) light.addColorStop(place, `rgba(${rgb},${alpha})`);
  context.fillStyle = light;
  context.fillRect(0, 0, GLOW_SIZE, GLOW_SIZE);
  return picture.transferToImageBitmap();
}
