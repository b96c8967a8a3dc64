// The stage: draws what comes, and lets points be set on it.

import {decodeFilm} from "./player/film.js";
import {make} from "./player/elements.js";
import {Player} from "./player/player.js";
import {Pointing, WAYS} from "./player/pointing.js";
import {eachFrame} from "./timing.js";

export class Stage {
  constructor() {
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    this.canvas = make("canvas", {role: "img"});
    this.element = make("div", {class: "stage"}, this.canvas);
    this.player = new Player(this.canvas, {still: still.matches});
    still.addEventListener("change", () => (this.player.still = still.matches));
    // A click where a point can be set sets it, and asks nothing.
    this.canvas.addEventListener("click", (event) => this.pointAt(event, this.pads.keys()) && event.preventDefault());
    // Whoever turns a dial sees the numbers change, also while marks go to their new places.
    this.pointing = new Pointing(this.player, this.element, {rests: WAYS});
    this.turn = this.latest = 0;
    this.pads = new Map();
    this.areas = {};
    this.onpoint = () => {};
    this.pointSoon = eachFrame((...args) => this.onpoint(...args));
    new ResizeObserver(() => this.fit()).observe(this.element);
    this.canvas.addEventListener("pointerdown", (event) => this.grab(event));
    this.canvas.addEventListener("pointermove", (event) => this.drag(event));
    for (const name of ["pointerup", "pointercancel"]) this.canvas.addEventListener(name, (event) => this.drop(event));
  }

  /** Show a film of one beat from its start; whether it is still the newest one. */
  async show(header, bytes) {
    const turn = ++this.turn;
    const film = await decodeFilm(bytes);
    // Films are unpacked at the same time: one that is overtaken is not shown.
    if (turn < this.latest) return false;
    this.latest = turn;
    const {player} = this, cut = film.choose({});
    player.pause();
    player.cut = null;
    player.show(cut);
    if (cut.seconds && !player.still) player.play();
    else player.seek(cut.seconds);
    this.areas = header.areas || {};
    this.canvas.setAttribute("aria-label", cut.beats[0].alt || this.sentence);
    this.fit();
    return true;
  }

  get sentence() { return this.player.cut?.beats[0].sentence || ""; }
  get ground() { return this.player.cut.ground; }
  get isLight() { return parseInt(this.ground.slice(1, 3), 16) > 127; }

  /** The canvas as large as its room allows, in the shape of the frame. */
  fit() {
    const {cut} = this.player;
    if (!cut) return;
    const {clientWidth: width, clientHeight: height} = this.element;
    const high = Math.min(height, (width * cut.height) / cut.width);
    this.canvas.style.height = `${high}px`;
    this.canvas.style.width = `${(high * cut.width) / cut.height}px`;
  }

  /** Controls of points that lie on a mark of the stage. */
  setPads(controls) {
    this.pads = new Map(controls.map((one) => [one.name, one]));
  }

  /** The control on whose mark a place of the window lies, with its value there. */
  pointAt({clientX, clientY}, among) {
    if (!this.player.cut) return null;
    const [x, y] = this.player.toFrame(clientX, clientY);
    for (const name of among) {
      const [middle, height, w, h] = this.areas[name] || [0, 0, 0, 0], {x_limits, y_limits} = this.pads.get(name);
      const share = [(x - middle) / w + 0.5, (y - height) / h + 0.5];
      if (w && (this.held || share.every((one) => one >= 0 && one <= 1))) {
        const mix = ([low, high], part) => low + (high - low) * Math.min(Math.max(part, 0), 1);
        return [name, [mix(x_limits, share[0]), mix(y_limits, share[1])]];
      }
    }
    return null;
  }

  grab(event) {
    const found = this.pointAt(event, this.pads.keys());
    if (!found) return;
    this.held = found[0];
    this.canvas.setPointerCapture(event.pointerId);
    this.pointSoon(...found, true);
  }

  drag(event) {
    const found = this.pointAt(event, this.held ? [this.held] : this.pads.keys());
    this.canvas.style.cursor = found ? "crosshair" : "";
    if (this.held && found) this.pointSoon(...found, true);
  }

  drop(event) {
    if (!this.held) return;
    const found = this.pointAt(event, [this.held]);
    this.held = null;
    if (found) this.pointSoon(...found, false);
  }
}
