// The stage: draws what comes, and lets points be set on it.

import {clamp, make} from "./player/elements.js";
import {Player} from "./player/player.js";
import {WAYS, answerPointing} from "./player/pointing.js";
import {decodeAny} from "./player/quick.js";
import {eachFrame} from "./timing.js";

export class Stage {
  constructor() {
    this.canvas = make("canvas", {role: "img"});
    this.element = make("div", {class: "stage"}, this.canvas);
    this.player = new Player(this.canvas);
    // A click where a point can be set sets it, and asks nothing.
    this.canvas.addEventListener("click", (event) => this.pointAt(event) && event.preventDefault());
    // Whoever turns a dial sees the numbers change, also while marks go to their new places.
    this.pointing = answerPointing(this.player, this.element, {rests: WAYS});
    this.turn = this.latest = 0;
    this.pads = new Map();
    this.areas = [];
    this.held = null;
    this.onpoint = () => {};
    this.pointSoon = eachFrame((...args) => this.onpoint(...args));
    this.canvas.addEventListener("pointerdown", (event) => this.grab(event));
    this.canvas.addEventListener("pointermove", (event) => this.drag(event));
    for (const name of ["pointerup", "pointercancel"]) this.canvas.addEventListener(name, (event) => this.drop(event));
  }

  /** Stop, and watch nothing any more. */
  end() {
    this.player.pause();
    this.player.watcher.disconnect();
    this.pointing.end();
  }

  /** Show a film of one beat from its start; whether it is still the newest one. */
  async show(header, bytes) {
    const turn = ++this.turn;
    const film = await decodeAny(bytes);
    // Films are unpacked at the same time: one that is overtaken is not shown.
    if (turn < this.latest) return false;
    this.latest = turn;
    const {player} = this, cut = film.choose({});
    player.pause();
    player.cut = null;
    player.show(cut);
    if (cut.seconds && !player.still) player.play();
    else player.seek(cut.seconds);
    this.areas = header.areas || [];
    this.canvas.setAttribute("aria-label", cut.beats[0].alt || this.sentence);
    return true;
  }

  get sentence() { return this.player.cut?.beats[0].sentence || ""; }
  get sides() { return this.player.cut.width / this.player.cut.height; }
  get ground() { return this.player.cut.ground; }
  get isLight() { return parseInt(this.ground.slice(1, 3), 16) > 127; }

  /** Controls that can be set on a mark of the stage. */
  setPads(controls) {
    this.pads = new Map(controls.map((one) => [one.name, one]));
  }

  /** The mark on which a place of the window lies, and what its controls are there. */
  pointAt({clientX, clientY}, only = null) {
    if (!this.player.cut) return null;
    const place = this.player.toFrame(clientX, clientY);
    for (const [index, area] of this.areas.entries()) {
      const {box, limits, both, x, y} = area;
      const [across, up] = [0, 1].map((i) => (place[i] - box[i]) / box[i + 2] + 0.5);
      const inside = [across, up].every((share) => share >= 0 && share <= 1);
      if (only === null ? !inside : only !== index) continue;
      const mix = ([low, high], share) => low + (high - low) * share;
      const at = [mix(limits.x, across), mix(limits.y, up)];
      return {index, sets: both ? [[both, this.fitPad(both, at)]] : this.fitSliders([x, y], at)};
    }
    return null;
  }

  fitPad(name, at) {
    const {x_limits, y_limits} = this.pads.get(name);
    return [clamp(at[0], ...x_limits), clamp(at[1], ...y_limits)];
  }

  fitSliders(names, at) {
    const known = names.map((name, i) => [name, at[i]]).filter(([name]) => this.pads.has(name));
    return known.map(([name, value]) => {
      const {low, high, step} = this.pads.get(name);
      return [name, clamp(Math.round(value / step) * step, low, high)];
    });
  }

  grab(event) {
    const found = this.pointAt(event);
    if (!found) return;
    this.held = found.index;
    this.canvas.setPointerCapture(event.pointerId);
    this.pointSoon(found.sets, true);
  }

  drag(event) {
    const found = this.pointAt(event, this.held);
    this.canvas.style.cursor = found ? "crosshair" : "";
    if (this.held !== null && found) this.pointSoon(found.sets, true);
  }

  drop(event) {
    if (this.held === null) return;
    const found = this.pointAt(event, this.held);
    this.held = null;
    if (found) this.pointSoon(found.sets, false);
  }
}
