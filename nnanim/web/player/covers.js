// Pictures of what rests, painted once, and more exactly than browsers paint what moves.

/** How many frames' worth of their pixels are kept. */
const KEPT = 4;

/** A box about no point yet: left, top, right, bottom. */
export const NO_BOX = [Infinity, Infinity, -Infinity, -Infinity];

/** The box about another one and a point. */
export function extend([left, top, right, bottom], [x, y]) {
  return [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)];
}

/**
 * A canvas on which something is painted in its place; the same name gets the same one.
 * @param {import("./painter.js").Painter} painter
 * @param {string} name what makes it look as it does
 * @param {number[]} box left, top, right and bottom of what is painted, in pixels
 * @param {(left: number, top: number, width: number, height: number) => HTMLCanvasElement|OffscreenCanvas} paint
 * @returns {?{canvas: OffscreenCanvas, left: number, top: number}} null where it would be larger than the frame
 */
export function findCover({store, canvas}, name, box, paint) {
  const covers = store.covers ||= {known: new Map(), pixels: 0}, most = canvas.width * canvas.height;
  if (covers.known.has(name)) return covers.known.get(name);
  const [left, top] = [box[0], box[1]].map((one) => Math.floor(one) - 1);
  const width = Math.ceil(box[2]) + 1 - left, height = Math.ceil(box[3]) + 1 - top;
  if (!(width * height <= most)) return null;
  covers.pixels += width * height;
  if (covers.pixels > KEPT * most) {
    covers.known.clear();
    covers.pixels = width * height;
  }
  const cover = {canvas: paint(left, top, width, height), left, top};
  covers.known.set(name, cover);
  return cover;
}

/** How much larger something is painted first: browsers move all points up or down to quarters of a pixel. */
export const FINER = 4;

/**
 * Paint something `FINER` times as large, and then make it smaller.
 * @param {(context: OffscreenCanvasRenderingContext2D) => void} draw
 */
export function paintFiner(width, height, draw) {
  let canvas = new OffscreenCanvas(width * FINER, height * FINER);
  draw(canvas.getContext("2d"));
  // Half as large, each pixel is the mean of four.
  for (let k = FINER / 2; k >= 1; k /= 2) {
    const smaller = new OffscreenCanvas(width * k, height * k);
    smaller.getContext("2d").drawImage(canvas, 0, 0, width * k, height * k);
    canvas = smaller;
  }
  return canvas;
}

/** Lay it over what is there. */
export function layCover(context, {canvas, left, top}) {
  context.resetTransform();
  context.drawImage(canvas, left, top);
}
