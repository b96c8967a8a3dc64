// Paints pictures.

import {findCover, layCover} from "./covers.js";
import {clamp, times} from "./elements.js";
import {ALPHA} from "./units.js";

/** Steps of a step of a picture's place. */
const FINE = 256;

/** Share of a pixel that is not seen. */
const SLIM = 0.02;

/** A picture: x, y, width, height, and the rest of each; light. */
export function drawRaster(painter, [, picture, smooth], places, at, colors, from) {
  const {context, place} = painter, light = colors[from] * ALPHA, k = painter.pixels;
  if (light <= 0) return;
  const [across, down, wide, high] = times(4, (i) => (places[at + i] + places[at + 4 + i] / FINE) * place);
  const w = wide * k, h = high * k, x = painter.across(across) - w / 2, y = painter.down(down) - h / 2;
  context.resetTransform();
  context.globalAlpha = Math.min(Math.floor(256 * painter.light * Math.min(light, 1)), 255) / 255;
  context.imageSmoothingEnabled = Boolean(smooth);
  const [isFaint, isWhole] = [context.globalAlpha < 0.995, isOpaque(painter.store, picture)];
  const cover = painter.keeps && (smooth || isFaint) && coverPicture(painter, picture, [x, y, w, h], smooth, isFaint || !isWhole);
  if (cover) layCover(context, cover);
  else drawPicture(context, painter.store.pictures[picture], x, y, w, h);
  painter.pictures.push([x, y, x + w, y + h]);
  if (isFaint && isWhole && !cover) lift(context, x, y, w, h);
}

/** The cover of a picture. If it has more than 8 bits, what it is laid on, more or less faintly, is rounded as in films. */
function coverPicture(painter, number, [x, y, w, h], smooth, fine) {
  const picture = painter.store.pictures[number];
  return findCover(painter, `${[number, x, y, w, h, fine]}`, [x, y, x + w, y + h], (left, top, width, height) => {
    const canvas = new OffscreenCanvas(width, height), place = [x - left, y - top, w, h];
    const context = canvas.getContext("2d", {colorType: fine ? "float16" : "unorm8"});
    context.imageSmoothingEnabled = Boolean(smooth);
    if (smooth && isOpaque(painter.store, number)) {
      context.putImageData(enlarge(picture, place, width, height), 0, 0);
      context.globalCompositeOperation = "destination-in";
      context.fillRect(...place);
    } else drawPicture(context, picture, ...place);
    return canvas;
  });
}

/** One step of light more in a box: of a picture that is seen through, browsers round every pixel down by about one. */
function lift(context, x, y, w, h) {
  context.globalCompositeOperation = "lighter";
  context.globalAlpha = 1;
  context.fillStyle = "rgb(1,1,1)";
  context.fillRect(x, y, w, h);
  context.globalCompositeOperation = "source-over";
}

/** A picture as large as it is shown. Between two of its pixels, films know 128 places, and round down; browsers fewer. */
function enlarge(picture, [x, y, w, h], width, height) {
  const {data} = readPixels(picture, 0, picture.width, picture.height), found = new ImageData(width, height);
  /** For each line of pixels the two of the picture between which it lies, and how far it is behind the first, in 128ths. */
  const find = (count, from, size, many) => times(count, (i) => {
    const at = Math.floor(((i + 0.5 - from) * many / size - 0.5) * 128), first = at >> 7;
    return [first, first + 1].map((one) => clamp(one, 0, many - 1)).concat(at & 127);
  });
  const columns = find(width, x, w, picture.width), wide = 4 * picture.width;
  let to = 0;
  for (const [above, below, v] of find(height, y, h, picture.height)) {
    for (const [left, right, u] of columns) {
      for (let part = 0; part < 4; part++) {
        const a = 4 * left + part, b = 4 * right + part, high = above * wide, low = below * wide;
        const upper = data[high + a] * (128 - u) + data[high + b] * u, lower = data[low + a] * (128 - u) + data[low + b] * u;
        found.data[to++] = (upper * (128 - v) + lower * v) >> 14;
      }
    }
  }
  return found;
}

/** The pixels of a picture from a line on. @returns {ImageData} */
export function readPixels(picture, line, width, height) {
  const context = new OffscreenCanvas(width, height).getContext("2d", {willReadFrequently: true});
  context.drawImage(picture, 0, -line);
  return context.getImageData(0, 0, width, height);
}

/** Whether nothing of a picture is see-through by itself. */
function isOpaque(store, number) {
  const known = store.opaque ||= [], picture = store.pictures[number], {width, height} = picture;
  if (known[number] === undefined) {
    known[number] = readPixels(picture, 0, width, height).data.every((byte, i) => i % 4 < 3 || byte === 255);
  }
  return known[number];
}

/** A picture whose edges lie between pixels: those that are covered in part get as much of its edge. */
function drawPicture(context, picture, x, y, w, h) {
  const left = Math.ceil(x - SLIM), top = Math.ceil(y - SLIM);
  const wide = Math.floor(x + w + SLIM) - left, high = Math.floor(y + h + SLIM) - top;
  const whole = Math.max(left - x, top - y, x + w - left - wide, y + h - top - high) < SLIM;
  if (whole || wide < 1 || high < 1) return context.drawImage(picture, x, y, w, h);
  const inner = [left, top, wide, high];
  // The rim between two boxes shows a picture that is larger by a pixel on each side.
  for (const [boxes, more] of [[[inner], 0], [[inner, [x, y, w, h]], 1]]) {
    context.save();
    context.beginPath();
    boxes.forEach((box) => context.rect(...box));
    context.clip("evenodd");
    context.drawImage(picture, x - more, y - more, w + 2 * more, h + 2 * more);
    context.restore();
  }
}
