// Something drawn with a mouse, a pen or a finger.

import {make} from "./player/elements.js";
import {eachFrame} from "./timing.js";
import {say} from "./words.js";

/** Radius of the pen, in points of the drawing. */
const PEN = 1.8;

/** A drawing of rows × columns points; each is a byte from 0, paper, to 255, ink. */
export class Sketch {
  constructor({rows, columns}, lang, send) {
    Object.assign(this, {rows, columns, send, drawing: false, fresh: true, erases: false, last: null});
    this.points = new Uint8Array(rows * columns);
    this.canvas = make("canvas", {width: columns, height: rows, tabindex: 0, role: "img", "aria-label": say(lang, "sketch")});
    const eraser = make("button", {type: "button", "aria-pressed": "false", onclick: () => {
      this.erases = !this.erases;
      eraser.setAttribute("aria-pressed", String(this.erases));
    }}, say(lang, "eraser"));
    const clear = make("button", {type: "button", onclick: () => this.clear()}, say(lang, "clear"));
    this.element = make("div", {}, this.canvas, make("div", {class: "row"}, clear, eraser));
    this.named = true;
    this.sendSoon = eachFrame((hasty) => send(encode(this.points), hasty));
    this.canvas.addEventListener("pointerdown", (event) => this.begin(event));
    this.canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) this.canvas.addEventListener(name, () => this.end());
  }

  held = () => this.drawing;

  show = (value) => {
    this.points = Uint8Array.from(atob(value), (char) => char.charCodeAt(0));
    this.paint();
  };

  clear() {
    this.points.fill(0);
    this.fresh = false;
    this.paint();
    this.sendSoon(false);
  }

  begin(event) {
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    // What was there before anybody drew makes room for the first stroke.
    if (this.fresh && !this.erases) this.points.fill(0);
    this.fresh = false;
    this.drawing = true;
    this.last = null;
    this.stroke(event);
  }

  move(event) {
    if (!this.drawing) return;
    const several = event.getCoalescedEvents?.() || [];
    for (const one of several.length ? several : [event]) this.stroke(one);
  }

  end() {
    if (!this.drawing) return;
    this.drawing = false;
    this.sendSoon(false);
  }

  /** A line with soft edges from the last place to this one. */
  stroke(event) {
    const box = this.canvas.getBoundingClientRect();
    const to = [((event.clientX - box.left) / box.width) * this.columns, ((event.clientY - box.top) / box.height) * this.rows];
    const from = this.last || to, length = Math.hypot(to[0] - from[0], to[1] - from[1]);
    for (let i = 0, n = Math.ceil(length * 2) || 1; i <= n; i++) {
      this.dab(from[0] + ((to[0] - from[0]) * i) / n, from[1] + ((to[1] - from[1]) * i) / n);
    }
    this.last = to;
    this.paint();
    this.sendSoon(true);
  }

  dab(x, y) {
    const reach = PEN + 1;
    for (let row = Math.max(0, Math.floor(y - reach)); row <= Math.min(this.rows - 1, y + reach); row++) {
      for (let column = Math.max(0, Math.floor(x - reach)); column <= Math.min(this.columns - 1, x + reach); column++) {
        const off = Math.hypot(column + 0.5 - x, row + 0.5 - y);
        const ink = Math.round(255 * Math.min(Math.max(PEN + 0.5 - off, 0), 1)), at = row * this.columns + column;
        this.points[at] = this.erases ? Math.min(this.points[at], 255 - ink) : Math.max(this.points[at], ink);
      }
    }
  }

  paint() {
    const pen = this.canvas.getContext("2d"), picture = pen.createImageData(this.columns, this.rows);
    // The colour is the page's; ink is opaque, paper is not.
    this.points.forEach((ink, i) => picture.data.set([127, 127, 127, ink], 4 * i));
    pen.putImageData(picture, 0, 0);
    pen.globalCompositeOperation = "source-in";
    pen.fillStyle = getComputedStyle(this.canvas).color;
    pen.fillRect(0, 0, this.columns, this.rows);
    pen.globalCompositeOperation = "source-over";
  }
}

/** Bytes as base64. */
export function encode(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}
