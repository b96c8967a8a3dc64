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
 * Let what a player shows be asked, by mouse, finger and keys. Numbers are told while nothing moves.
 * Keys: i begins at the first mark; arrows go along its indices, Tab to the next mark; Enter pins, Escape ends.
 * @param {import("./player.js").Player} player
 * @param {HTMLElement} stage around its canvas; outlines and cards lie in it.
 * @param {{tell?: function(string), keys?: ?EventTarget, rests?: Array<string>}} options tell: reads a text out; keys:
 *   where keys are heard, null for nowhere; rests: phases beside those of rest in which numbers are told.
 */
export function answerPointing(player, stage, {tell = () => {}, keys = document, rests = []} = {}) {
  const {canvas} = player, turn = new AbortController(), {signal} = turn;
  const marks = make("svg", {class: "pointed", "aria-hidden": "true"});
  const cards = make("div", {class: "answers", "aria-hidden": "true"});
  // What is asked now: an element, and those below it; by the pointer or, where that is nowhere, by keys. What keeps its card.
  let spot = null, below = [], pointer = null, pins = [], shown;

  /** The beat that can be asked now, or null while something moves. */
  const findBeat = () => {
    const {cut} = player, isStill = cut && (player.still || [...RESTS, ...rests].includes(player.phase().name));
    return isStill ? cut.beats[player.beat] : null;
  };

  /** What can be asked in the cut that is shown. */
  const findReadouts = () => {
    const {cut} = player;
    return cut.asked ||= makeReadouts(cut.store, cut.words);
  };

  /** What lies under a point of the window, the highest first. @returns {Array<import("./readouts.js").Spot>} */
  const find = (x, y) => findBeat() ? findReadouts().find(findBeat(), ...player.toFrame(x, y)) : [];

  /** The pointer is at a point of the window, or no longer. */
  const look = (point) => {
    [spot = null, ...below] = point ? find(...point) : [];
    pointer = point;
    canvas.classList.toggle("asked", Boolean(spot));
    show();
  };

  /** What is pinned beside an element. */
  const others = (spot) => pins.filter((one) => String(Object.values(one)) !== String(Object.values(spot || {})));

  /** Let an element keep its card, or no longer. */
  const pin = (spot) => {
    pins = others(spot).length < pins.length ? others(spot) : [...pins, spot];
    show();
  };

  const press = (event) => {
    const {key} = event, beat = findBeat(), asked = !pointer && beat && spot;
    if (isTyped(event, "textarea, select, input")) return;
    if (key === "Escape" && (asked || pins.length)) {
      if (!asked) pins = [];
      spot = null;
    } else if (key === "i" && beat?.readouts?.marks.length) [spot, below, pointer] = [findReadouts().nextMark(beat), [], null];
    else if (asked && key === "Enter") pin(spot);
    else if (asked && key === "Tab") spot = findReadouts().nextMark(beat, spot, event.shiftKey ? -1 : 1);
    else if (asked && key.startsWith("Arrow")) spot = findReadouts().neighbour(beat, spot, key.slice(5));
    else return;
    // After the last mark, Tab goes on to the buttons as always.
    if (key !== "Tab" || spot) event.preventDefault(), event.stopPropagation();
    show();
    // Read the answer to whoever cannot see it.
    const answer = spot && beat && findReadouts().answer(beat, spot);
    const rows = answer?.rows.map(({means, text, origin}) => `${means} ${text}${origin && ", "}${origin}`);
    tell(answer ? [answer.title, ...rows].join(". ") : "");
  };

  /** Draw outlines and cards. */
  const show = () => {
    const beat = findBeat(), wanted = [...others(spot), ...(spot ? [spot, ...below] : [])], taken = [];
    const answers = beat ? wanted.map((one) => findReadouts().answer(beat, one)).filter(Boolean) : [];
    marks.replaceChildren();
    cards.replaceChildren(...answers.map(makeCard));
    // To be read from the last row, as all words of the film.
    cards.style.fontSize = `${Math.max(14, canvas.clientWidth / 75)}px`;
    answers.forEach(({outline}, i) => place(cards.children[i], draw(outline), taken));
  };

  const makeCard = ({title, rows, spot}) => {
    const small = (text) => (text ? [make("small", {}, text)] : []), isPinned = others(spot).length < pins.length;
    const lines = rows.map(({means, text, origin}) =>
      make("p", {}, make("span", {}, means), make("b", {}, text), ...small(origin)));
    const hint = !pins.length && !player.playing && player.cut.words.pin;
    return make("div", {class: isPinned ? "answer pinned" : "answer"}, make("h3", {}, title), ...lines, ...small(hint));
  };

  /** Draw an outline on the stage. @returns {DOMRect} what a card beside it leaves free: of a line its middle */
  const draw = ({kind, points, width}) => {
    const {cut} = player, unit = canvas.clientWidth / cut.width, isLine = kind === "line";
    const places = points.map(([x, y]) => [
      canvas.offsetLeft + (x + cut.width / 2) * unit, canvas.offsetTop + (cut.height / 2 - y) * unit,
    ]);
    const [[x0, y0], [x1, y1]] = [places[0], places.at(-1)];
    if (isLine) marks.append(make("polyline", {points: places.join(" "), "stroke-width": Math.max(width * unit, 3)}));
    const [w, h] = isLine ? [0, 0] : [x1 - x0, y0 - y1].map((side) => Math.max(side, 6));
    const x = (x0 + x1 - w) / 2, y = (y0 + y1 - h) / 2;
    if (!isLine) marks.append(make("rect", {x, y, width: w, height: h, rx: kind === "circle" ? w / 2 : 2}));
    return new DOMRect(x, y, w, h);
  };

  /** Move a card beside its element, inside the stage; on no other card and not on its element where there is room. */
  const place = ({offsetWidth: wide, offsetHeight: high, style}, own, taken) => {
    const {clientWidth, clientHeight} = cards;
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
  };

  stage.append(marks, cards);
  on(canvas, "pointermove", (event) => event.pointerType === "touch" || look([event.clientX, event.clientY]), {signal});
  on(canvas, "pointerleave", () => pointer && look(null), {signal});
  // A click on an element pins it; where the film plays, it stops, too.
  on(canvas, "click", (event) => {
    const [first] = find(event.clientX, event.clientY);
    if (!first || event.defaultPrevented) return;
    if (!player.playing) event.preventDefault();
    pin(first);
  }, {signal});
  if (keys) on(keys, "keydown", press, {signal, capture: true});
  // What belongs to this moment, if it is another one than was shown.
  on(player, "cut time", ({type}) => {
    const beat = findBeat();
    if (beat === shown && type !== "cut") return;
    shown = beat;
    if (pointer) look(pointer);
    else show();
  }, {signal});
  const watcher = new ResizeObserver(show);
  watcher.observe(canvas);

  return {
    player, pin,
    get beat() { return findBeat(); },
    get readouts() { return findReadouts(); },
    /** Take everything away. */
    end() {
      turn.abort();
      watcher.disconnect();
      marks.remove();
      cards.remove();
    },
  };
}
