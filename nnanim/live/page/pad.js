// A point in a plane, set with a mouse, a finger or the arrow keys.

import {make} from "./player/elements.js";
import {eachFrame} from "./timing.js";
import {say} from "./words.js";

/** A square in which a point can be moved. */
export class Pad {
  constructor({x_limits, y_limits}, lang, send) {
    Object.assign(this, {x: x_limits, y: y_limits, holds: false, value: [x_limits[0], y_limits[0]]});
    this.dot = make("i", {});
    this.output = make("output", {});
    this.element = make("div", {class: "plane", tabindex: 0, role: "group", "aria-label": say(lang, "pad")}, this.dot);
    this.named = true;
    this.sendSoon = eachFrame((hasty) => send(this.value, hasty));
    this.element.addEventListener("pointerdown", (event) => {
      this.element.setPointerCapture(event.pointerId);
      this.holds = true;
      this.follow(event);
    });
    this.element.addEventListener("pointermove", (event) => this.holds && this.follow(event));
    for (const name of ["pointerup", "pointercancel"]) this.element.addEventListener(name, () => this.release());
    this.element.addEventListener("keydown", (event) => this.press(event));
  }

  held = () => this.holds;

  show = (value) => this.place(value);

  follow(event) {
    const box = this.element.getBoundingClientRect();
    this.set((event.clientX - box.left) / box.width, 1 - (event.clientY - box.top) / box.height, true);
  }

  release() {
    if (!this.holds) return;
    this.holds = false;
    this.sendSoon(false);
  }

  press(event) {
    const way = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1]}[event.key];
    if (!way) return;
    event.preventDefault();
    const share = this.shares();
    this.set(share[0] + way[0] / 50, share[1] + way[1] / 50, event.repeat);
  }

  /** Set it by its shares of the way from left to right and from below. */
  set(across, up, hasty) {
    const inside = (share) => Math.min(Math.max(share, 0), 1);
    const mix = ([low, high], share) => low + (high - low) * inside(share);
    this.place([mix(this.x, across), mix(this.y, up)]);
    this.sendSoon(hasty);
  }

  shares() {
    return [(this.value[0] - this.x[0]) / (this.x[1] - this.x[0]), (this.value[1] - this.y[0]) / (this.y[1] - this.y[0])];
  }

  place(value) {
    this.value = value;
    const [across, up] = this.shares();
    Object.assign(this.dot.style, {left: `${100 * across}%`, bottom: `${100 * up}%`});
    this.output.textContent = value.map((number) => number.toFixed(2)).join(", ");
  }
}
