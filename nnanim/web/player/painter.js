// Paints shapes on a Canvas 2D, from rows of whole numbers: places in steps of a frame unit, colours.

import {drawDiscs} from "./discs.js";
import {clamp, times} from "./elements.js";
import {drawLines, drawNet} from "./lines.js";
import {drawBoxes, drawEllipse, drawOutline, drawPolyline} from "./outlines.js";
import {drawRaster} from "./pictures.js";
import {ALPHA, PLACE, WIDTH} from "./units.js";

/** Who paints a form: painter, form, places and where its own begin, colours and where its own begin. */
const DRAW = {
  D: drawDiscs, L: drawLines, N: drawNet, B: drawBoxes, E: drawEllipse, F: drawOutline, P: drawPolyline, R: drawRaster,
  W: drawWithin,
};

/** Number of lines from which compiled loops paint them in films; cairo paints fewer. */
const COMPILED = 8;

/** A canvas on which drawings are painted. */
export class Painter {
  /**
   * @param {HTMLCanvasElement|OffscreenCanvas} canvas
   * @param {import("./film.js").Cut} cut
   * @param {boolean} opaque whether it has a ground
   * @param {boolean} fine whether it has more than 8 bits, where the browser knows how: thousands of faint wires
   *     laid over each other would change their colour; all else is drawn three times as fast in 8 bits
   */
  constructor(canvas, {store, width: frame}, opaque, fine = false) {
    Object.assign(this, {canvas, store, frame, fine});
    this.context = canvas.getContext("2d", {alpha: !opaque, colorType: fine ? "float16" : "unorm8"});
    store.outlines ||= [];
    /** Whether what is drawn moves: then circles are drawn fast, and not exactly. */
    this.moves = false;
    /** Whether what is drawn is drawn alike in the next picture, but for its light. */
    this.keeps = true;
    /** Left, top, right, bottom of the pictures that were painted; batches of boxes; whether a box lies on a picture. */
    Object.assign(this, {pictures: [], batches: 0, isOnPicture: false, ground: [0, 0, 0]});
    this.move(0, 0, 1);
  }

  /** Lay a colour over everything: on it inks are rounded as films round them. */
  cover(ground) {
    this.clear(ground);
    Object.assign(this, {pictures: [], batches: 0});
    this.ground = [1, 3, 5].map((at) => parseInt(ground.slice(at, at + 2), 16));
  }

  /** From here on what is drawn about the origin stands at a place of the frame, `factor` times as large. */
  move(x, y, factor) {
    Object.assign(this, {dx: x, dy: y, factor});
  }

  /** The point of the frame as pixels: across. */
  across(x) { return this.canvas.width / 2 + (x * this.factor + this.dx) * this.scale; }

  /** The point of the frame as pixels: down. */
  down(y) { return this.canvas.height / 2 - (y * this.factor + this.dy) * this.scale; }

  /** Pixels of a frame unit. */
  get scale() { return this.canvas.width / this.frame; }

  /** Pixels of a frame unit of what is drawn now. */
  get pixels() { return this.scale * this.factor; }

  /** Empty it; `color` is laid on it. */
  clear(color) {
    const {context, canvas} = this;
    context.resetTransform();
    context.globalAlpha = 1;
    if (!color) return context.clearRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = color;
    context.fillRect(0, 0, canvas.width, canvas.height);
  }

  /** Lay another canvas of the same size over it. */
  lay(canvas, light = 1) {
    if (light <= 0) return;
    this.context.resetTransform();
    this.context.globalAlpha = Math.min(light, 1);
    this.context.drawImage(canvas, 0, 0);
  }

  /**
   * Paint a drawing.
   * @param {number} list its list
   * @param {ArrayLike<number>} places @param {number} at where its places begin
   * @param {ArrayLike<number>} colors @param {number} from where its colours begin
   * @param {number} light 0..1
   */
  draw(list, places, at, colors, from, light = 1) {
    if (light <= 0) return;
    const [high, ...forms] = this.store.lists[list];
    this.place = PLACE * 2 ** high;
    this.width = WIDTH * 2 ** high;
    this.light = Math.min(light, 1);
    this.isCompiled = (this.store.compiled ||= [])[list] ??= countLines(this.store, forms) >= COMPILED;
    this.drawForms(forms, places, at, colors, from);
  }

  /** Paint a drawing at rest: its list, and where its places and its colours are among the film's numbers. */
  drawStatic([list, places, colors], light = 1) {
    const {numbers} = this.store;
    this.draw(list, numbers, places, numbers, colors, light);
  }

  drawForms(forms, places, at, colors, from) {
    for (const number of forms) {
      const form = this.store.forms[number], [n, m] = this.store.sizes[number];
      this.context.globalAlpha = this.light;
      DRAW[form[0]](this, form, places, at, colors, from);
      at += n;
      from += m;
    }
  }

  /** From here on lengths are frame units. */
  useFrame() {
    const k = this.pixels;
    this.context.setTransform(k, 0, 0, -k, this.across(0), this.down(0));
  }

  /** Whether a point, in pixels, lies on a picture that was painted. */
  liesOnPicture(x, y) {
    return this.pictures.some(([x0, y0, x1, y1]) => x0 < x && x < x1 && y0 < y && y < y1);
  }

  /** From here on, until `context.restore()`, only that is seen which lies in a box of the frame. */
  clip([left, right, bottom, top]) {
    const {context} = this, [x0, x1] = [left, right].map((x) => Math.round(this.across(x)));
    const [y0, y1] = [bottom, top].map((y) => Math.round(this.down(y)));
    context.save();
    context.resetTransform();
    context.beginPath();
    context.rect(x0, y1, x1 - x0, y0 - y1);
    context.clip();
  }

  fill(colors, c, n, isCairo = false) {
    this.context.fillStyle = this.useInk(colors, c, n, isCairo);
    this.context.fill();
  }

  /**
   * The colour with which an area is filled; its alpha is the canvas's from here on. Browsers round a light that is laid
   * over another otherwise than films do, where cairo rounds down and compiled loops round to the nearest: with a colour
   * that is a step lighter or darker, both come to the same on the ground; on a picture, on the average.
   */
  useInk(colors, c, n, isCairo = false) {
    const alpha = this.light * Math.min(colors[c + 3 * n] * ALPHA, 1);
    const step = isCairo ? Math.min(Math.floor(alpha * 256), 255) : Math.round(alpha * 255);
    if (this.fine || step < 1 || step === 255) {
      this.context.globalAlpha = alpha;
      return css(colors, c, n);
    }
    this.context.globalAlpha = step / 255;
    const parts = this.ground.map((under, k) => {
      const part = colors[c + k * n], own = isCairo ? Math.floor((part + 0.5) * alpha) : Math.round(part * alpha);
      const lift = this.isOnPicture ? this.batches % 2 : Math.round((under * (255 - step)) / 255) - ((under * (256 - step)) >> 8);
      return clamp(Math.round((own + lift) * 255 / step), 0, 255);
    });
    return `rgb(${parts})`;
  }

  stroke(colors, c, n, isCairo = false) {
    this.context.strokeStyle = this.useInk(colors, c, n, isCairo);
    this.context.stroke();
  }
}

/** How many of some forms are lines through points, or about ellipses, without dashes. */
function countLines(store, forms) {
  const isLine = (kind, dashes) => kind === "E" || (kind === "P" && !dashes);
  const count = ([kind, inner, , , dashes]) => (kind === "W" ? countLines(store, inner) : Number(isLine(kind, dashes)));
  return forms.reduce((sum, number) => sum + count(store.forms[number]), 0);
}

/** The colour of the element at `c` among planes of `n`; alpha is the canvas's, as few colours are read faster. */
function css(colors, c, n) {
  return `rgb(${colors[c]},${colors[c + n]},${colors[c + 2 * n]})`;
}

/** Shapes within a box: left, right, bottom, top; its edges are those of pixels. */
function drawWithin(painter, [, forms], places, at, colors, from) {
  painter.clip(times(4, (i) => places[at + i] * painter.place));
  painter.drawForms(forms, places, at + 4, colors, from);
  painter.context.restore();
}
