// Asking the film: what is pointed at shows its name, its numbers and where they were recorded. A click pins it.

import { make, trace } from "./elements.js";
import { Readouts } from "./readouts.js";
import { say } from "./words.js";

/** Pixels between an element and its card, and between cards. */
const GAP = 10;

/** Phases in which every mark stands where its beat leaves it. */
const RESTS = ["pause", "ask"];

/** Phases in which marks are on their way there; what signals bring is known only when they have arrived. */
export const WAYS = ["leave", "move", "enter", "pulse"];

const same = (a, b) => a && b && a.key === b.key && a.readout === b.readout && a.element === b.element;

/**
 * Lets what a player shows be asked, by mouse, finger and keys. Numbers are told while nothing moves.
 * Keys: i begins at the first mark; arrows go along its indices, Tab to the next mark; Enter pins, Escape ends.
 */
export class Pointing {
  /**
   * @param {import("./player.js").Player} player
   * @param {HTMLElement} stage around its canvas; outlines and cards lie in it.
   * @param {{tell?: function(string), keys?: ?EventTarget, rests?: Array<string>}} options tell: reads a text out; keys:
   *   where keys are heard, null for nowhere; rests: phases beside those of rest in which numbers are told.
   */
  constructor(player, stage, { tell = () => {}, keys = document, rests = [] } = {}) {
    const { canvas } = player;
    Object.assign(this, { player, stage, canvas, tell, rests: [...RESTS, ...rests], known: new WeakMap() });
    Object.assign(this, { pins: [], spot: null, below: [], pointer: null, turn: new AbortController() });
    this.marks = trace("svg", { class: "pointed", "aria-hidden": "true" });
    this.cards = make("div", { class: "answers", "aria-hidden": "true" });
    stage.append(this.marks, this.cards);
    const on = (target, name, act, capture = false) => target.addEventListener(name, act, { signal: this.turn.signal, capture });
    on(canvas, "pointermove", (event) => event.pointerType === "touch" || this.point(event.clientX, event.clientY));
    on(canvas, "pointerleave", () => this.leave());
    on(canvas, "click", (event) => this.click(event));
    if (keys) on(keys, "keydown", (event) => this.press(event), true);
    for (const name of ["cut", "time"]) on(player, name, () => this.follow(name === "cut"));
    this.watcher = new ResizeObserver(() => this.show());
    this.watcher.observe(canvas);
  }

  /** Take everything away. */
  end() {
    this.turn.abort();
    this.watcher.disconnect();
    for (const one of [this.marks, this.cards]) one.remove();
  }

  /** The beat that can be asked now, or null while something moves. */
  get beat() {
    const { player } = this;
    return player.cut && (player.still || this.rests.includes(player.phase()?.name)) ? player.cut.beats[player.beat] : null;
  }

  /** What can be asked in the cut that is shown. @returns {Readouts} */
  get readouts() {
    const { cut } = this.player;
    if (!this.known.has(cut)) this.known.set(cut, new Readouts(cut.store, cut.lang));
    return this.known.get(cut);
  }

  /** Show what belongs to this moment, if it is another one than was shown. */
  follow(anew) {
    const { beat } = this;
    if (beat === this.shown && !anew) return;
    this.shown = beat;
    if (this.pointer) this.point(...this.pointer);
    else this.show();
  }

  /** What lies under a point of the window, the highest first. */
  find(x, y) {
    return this.beat ? this.readouts.find(this.beat, ...this.player.toFrame(x, y)) : [];
  }

  point(x, y) {
    this.pointer = [x, y];
    const found = this.find(x, y);
    this.canvas.classList.toggle("asked", found.length > 0);
    this.below = found.slice(1).map((one) => one.spot);
    this.spot = found[0]?.spot || null;
    this.show();
  }

  leave() {
    if (!this.pointer) return;
    Object.assign(this, { pointer: null, spot: null, below: [] });
    this.canvas.classList.remove("asked");
    this.show();
  }

  /** A click on an element pins it; where the film plays, it stops, too. */
  click(event) {
    const [first] = this.find(event.clientX, event.clientY);
    if (!first || event.defaultPrevented) return;
    if (!this.player.playing) event.preventDefault();
    this.pin(first.spot);
  }

  /** Let an element keep its card, or no longer. */
  pin(spot) {
    const there = this.pins.findIndex((one) => same(one, spot));
    if (there >= 0) this.pins.splice(there, 1);
    else this.pins.push(spot);
    this.show();
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches?.("textarea, select, input")) return;
    const { beat } = this, asking = this.spot && !this.pointer && beat;
    if (event.key === "Escape" && (asking || this.pins.length)) {
      if (!asking) this.pins = [];
      this.spot = null;
    } else if (event.key === "i" && beat && this.readouts.marks(beat).rows.length) {
      const [{ key }] = this.readouts.marks(beat).rows;
      Object.assign(this, { pointer: null, below: [], spot: { key, readout: 0, element: 0 } });
    } else if (asking && event.key === "Enter") this.pin(this.spot);
    else if (asking && event.key === "Tab") this.spot = this.readouts.nextMark(beat, this.spot, event.shiftKey ? -1 : 1);
    else if (asking && event.key.startsWith("Arrow")) this.spot = this.readouts.neighbour(beat, this.spot, event.key.slice(5));
    else return;
    // After the last mark, Tab goes on to the buttons as always.
    if (event.key !== "Tab" || this.spot) event.preventDefault(), event.stopPropagation();
    this.show();
    this.read();
  }

  /** Read the answer to whoever cannot see it. */
  read() {
    const answer = this.spot && this.beat && this.readouts.answer(this.beat, this.spot);
    const rows = answer ? answer.rows.map((row) => `${row.means} ${row.text}${row.origin && ", "}${row.origin}`) : [];
    this.tell(answer ? [answer.title, ...rows].join(". ") : "");
  }

  /** Draw outlines and cards. */
  show() {
    const { beat } = this, pins = this.pins.filter((one) => !same(one, this.spot));
    const wanted = beat ? [...pins, ...(this.spot ? [this.spot, ...this.below] : [])] : [];
    const answers = wanted.map((spot) => this.readouts.answer(beat, spot)).filter((one) => one);
    this.answers = answers;
    this.marks.replaceChildren(...answers.map((one) => this.draw(one.outline)));
    this.cards.replaceChildren(...answers.map((one) => this.card(one)));
    this.arrange(answers);
  }

  card({ title, rows, spot }) {
    const lines = rows.map(({ means, text, origin }) =>
      make("p", {}, make("span", {}, means), make("b", {}, text), ...(origin ? [make("small", {}, origin)] : [])));
    const pinned = this.pins.some((one) => same(one, spot));
    const hint = this.pins.length || this.player.playing ? [] : [make("small", {}, say(this.player.cut.lang, "pin"))];
    return make("div", { class: pinned ? "answer pinned" : "answer" }, make("h3", {}, title), ...lines, ...hint);
  }

  /** Frame units to pixels of the stage. */
  toStage([x, y]) {
    const { canvas } = this, { width, height } = this.player.cut;
    return [
      canvas.offsetLeft + (x / width + 0.5) * canvas.clientWidth, canvas.offsetTop + (0.5 - y / height) * canvas.clientHeight,
    ];
  }

  draw({ kind, points, width }) {
    const places = points.map((one) => this.toStage(one)), unit = this.canvas.clientWidth / this.player.cut.width;
    if (kind === "line") return trace("polyline", { points: places.join(" "), "stroke-width": Math.max(width * unit, 3) });
    const [[x0, y1], [x1, y0]] = places, [w, h] = [Math.max(x1 - x0, 6), Math.max(y1 - y0, 6)];
    const x = (x0 + x1 - w) / 2, y = (y0 + y1 - h) / 2;
    return trace("rect", { x, y, width: w, height: h, rx: kind === "circle" ? w / 2 : 2 });
  }

  /** Every card beside its element, inside the stage; on no other card and not on its element where there is room. */
  arrange(answers) {
    const { clientWidth, clientHeight } = this.cards, taken = [];
    // To be read from the last row, as all words of the film.
    this.cards.style.fontSize = `${Math.max(14, this.canvas.clientWidth / 75)}px`;
    answers.forEach(({ outline }, i) => {
      const card = this.cards.children[i], [wide, high] = [card.offsetWidth, card.offsetHeight];
      const points = outline.points.map((one) => this.toStage(one));
      const ends = [0, 1].map((axis) => [points[0][axis], points.at(-1)[axis]].sort((a, b) => a - b));
      // Beside a line, its middle is what counts.
      const [[left, right], [top, bottom]] = outline.kind === "line" ? ends.map(([a, b]) => [(a + b) / 2, (a + b) / 2]) : ends;
      const own = { x: left, y: top, wide: right - left, high: bottom - top };
      const place = (x, y) => ({
        x: Math.max(Math.min(x, clientWidth - wide), 0), y: Math.max(Math.min(y, clientHeight - high), 0), wide, high,
      });
      const sides = [
        place(right + GAP, top), place(left - GAP - wide, top), place(left, bottom + GAP), place(left, top - GAP - high),
        ...taken.map((one) => place(one.x, one.y + one.high + GAP)),
      ];
      const chosen = sides.find((one) => ![own, ...taken].some((other) => meet(one, other))) || sides[0];
      taken.push(chosen);
      card.style.transform = `translate(${chosen.x}px, ${chosen.y}px)`;
    });
  }
}

/** Whether two boxes lie on each other. */
function meet(a, b) {
  return a.x < b.x + b.wide && b.x < a.x + a.wide && a.y < b.y + b.high && b.y < a.y + a.high;
}
