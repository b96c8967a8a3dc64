// Asking the film: what is pointed at shows its name, its numbers and where they were recorded. A click pins it.

import {clamp, isTyped, make, on} from "./elements.js";
import {makeReadouts} from "./readouts.js";

/** Pixels between an element and its card, and between cards. */
const GAP = 10;

/** Phases in which every mark stands where its beat leaves it. */
const RESTS = ["pause", "ask"];

/** Phases in which marks are on their way there; what signals bring is known only when they have arrived. */
export const WAYS = ["leave", "move", "enter", "pulse"];

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
  constructor(player, stage, {tell = () => {}, keys = document, rests = []} = {}) {
    const {canvas} = player, turn = new AbortController(), {signal} = turn;
    Object.assign(this, {player, canvas, tell, turn, rests: [...RESTS, ...rests], pins: []});
    this.point();
    this.marks = make("svg", {class: "pointed", "aria-hidden": "true"});
    this.cards = make("div", {class: "answers", "aria-hidden": "true"});
    stage.append(this.marks, this.cards);
    on(canvas, "pointermove", (event) => event.pointerType === "touch" || this.look([event.clientX, event.clientY]), {signal});
    on(canvas, "pointerleave", () => this.pointer && this.look(null), {signal});
    on(canvas, "click", (event) => this.click(event), {signal});
    if (keys) on(keys, "keydown", (event) => this.press(event), {signal, capture: true});
    on(player, "cut time", ({type}) => this.follow(type === "cut"), {signal});
    this.watcher = new ResizeObserver(() => this.show());
    this.watcher.observe(canvas);
  }

  /** Take everything away. */
  end() {
    this.turn.abort();
    this.watcher.disconnect();
    this.marks.remove();
    this.cards.remove();
  }

  /** The beat that can be asked now, or null while something moves. */
  get beat() {
    const {player, player: {cut}} = this;
    return cut && (player.still || this.rests.includes(player.phase().name)) ? cut.beats[player.beat] : null;
  }

  /** What can be asked in the cut that is shown. */
  get readouts() {
    const {cut} = this.player;
    return cut.asked ||= makeReadouts(cut.store, cut.words);
  }

  /** Show what belongs to this moment, if it is another one than was shown. */
  follow(isAnew) {
    const {beat, pointer} = this;
    if (beat === this.shown && !isAnew) return;
    this.shown = beat;
    if (pointer) this.look(pointer);
    else this.show();
  }

  /** What lies under a point of the window, the highest first. @returns {Array<import("./readouts.js").Spot>} */
  find(x, y) {
    return this.beat ? this.readouts.find(this.beat, ...this.player.toFrame(x, y)) : [];
  }

  /** What is asked now: an element, and those below it; by the pointer or, where that is nowhere, by keys. */
  point(spot = null, below = [], pointer = null) {
    Object.assign(this, {spot, below, pointer});
  }

  /** The pointer is at a point of the window, or no longer. */
  look(pointer) {
    const [spot, ...below] = pointer ? this.find(...pointer) : [];
    this.canvas.classList.toggle("asked", Boolean(spot));
    this.point(spot, below, pointer);
    this.show();
  }

  /** A click on an element pins it; where the film plays, it stops, too. */
  click(event) {
    const [spot] = this.find(event.clientX, event.clientY);
    if (!spot || event.defaultPrevented) return;
    if (!this.player.playing) event.preventDefault();
    this.pin(spot);
  }

  /** Let an element keep its card, or no longer. */
  pin(spot) {
    const others = this.others(spot);
    this.pins = others.length < this.pins.length ? others : [...others, spot];
    this.show();
  }

  /** What is pinned beside an element. */
  others(spot) {
    return this.pins.filter((one) => String(Object.values(one)) !== String(Object.values(spot || {})));
  }

  press(event) {
    const {key} = event, {beat, readouts} = this, spot = !this.pointer && beat && this.spot;
    if (isTyped(event, "textarea, select, input")) return;
    if (key === "Escape" && (spot || this.pins.length)) {
      if (!spot) this.pins = [];
      this.spot = null;
    } else if (key === "i" && beat?.readouts?.marks.length) this.point(readouts.nextMark(beat));
    else if (spot && key === "Enter") this.pin(spot);
    else if (spot && key === "Tab") this.spot = readouts.nextMark(beat, spot, event.shiftKey ? -1 : 1);
    else if (spot && key.startsWith("Arrow")) this.spot = readouts.neighbour(beat, spot, key.slice(5));
    else return;
    // After the last mark, Tab goes on to the buttons as always.
    if (key !== "Tab" || this.spot) event.preventDefault(), event.stopPropagation();
    this.show();
    // Read the answer to whoever cannot see it.
    const answer = this.spot && beat && readouts.answer(beat, this.spot);
    const rows = answer?.rows.map(({means, text, origin}) => `${means} ${text}${origin && ", "}${origin}`);
    this.tell(answer ? [answer.title, ...rows].join(". ") : "");
  }

  /** Draw outlines and cards. */
  show() {
    const {beat, spot, cards, canvas} = this, taken = [];
    const wanted = [...this.others(spot), ...(spot ? [spot, ...this.below] : [])];
    const answers = beat ? wanted.map((one) => this.readouts.answer(beat, one)).filter(Boolean) : [];
    this.marks.replaceChildren();
    cards.replaceChildren(...answers.map((one) => this.card(one)));
    // To be read from the last row, as all words of the film.
    cards.style.fontSize = `${Math.max(14, canvas.clientWidth / 75)}px`;
    answers.forEach(({outline}, i) => this.place(cards.children[i], this.draw(outline), taken));
  }

  card({title, rows, spot}) {
    const {pins, player} = this, small = (text) => (text ? [make("small", {}, text)] : []);
    const lines = rows.map(({means, text, origin}) =>
      make("p", {}, make("span", {}, means), make("b", {}, text), ...small(origin)));
    const hint = !pins.length && !player.playing && player.cut.words.pin, isPinned = this.others(spot).length < pins.length;
    return make("div", {class: isPinned ? "answer pinned" : "answer"}, make("h3", {}, title), ...lines, ...small(hint));
  }

  /** Draw an outline on the stage. @returns {DOMRect} what a card beside it leaves free: of a line its middle */
  draw({kind, points, width}) {
    const {canvas, marks, player: {cut}} = this, unit = canvas.clientWidth / cut.width;
    const places = points.map(([x, y]) => [
      canvas.offsetLeft + (x + cut.width / 2) * unit, canvas.offsetTop + (cut.height / 2 - y) * unit,
    ]);
    const [[x0, y0], [x1, y1]] = [places[0], places.at(-1)], isLine = kind === "line";
    if (isLine) marks.append(make("polyline", {points: places.join(" "), "stroke-width": Math.max(width * unit, 3)}));
    const [w, h] = isLine ? [0, 0] : [x1 - x0, y0 - y1].map((side) => Math.max(side, 6));
    const x = (x0 + x1 - w) / 2, y = (y0 + y1 - h) / 2;
    if (!isLine) marks.append(make("rect", {x, y, width: w, height: h, rx: kind === "circle" ? w / 2 : 2}));
    return new DOMRect(x, y, w, h);
  }

  /** Move a card beside its element, inside the stage; on no other card and not on its element where there is room. */
  place(card, own, taken) {
    const {clientWidth, clientHeight} = this.cards, {offsetWidth: wide, offsetHeight: high, style} = card;
    const put = (x, y) => new DOMRect(clamp(x, 0, clientWidth - wide), clamp(y, 0, clientHeight - high), wide, high);
    const places = [
      put(own.right + GAP, own.top), put(own.left - GAP - wide, own.top),
      put(own.left, own.bottom + GAP), put(own.left, own.top - GAP - high),
      ...taken.map((one) => put(one.left, one.bottom + GAP)),
    ];
    const isFree = (one) => [own, ...taken].every((other) =>
      one.left >= other.right || other.left >= one.right || one.top >= other.bottom || other.top >= one.bottom);
    const chosen = places.find(isFree) || places[0];
    taken.push(chosen);
    style.transform = `translate(${chosen.x}px, ${chosen.y}px)`;
  }
}
