// Keys, clicks and fingers.

import {isTyped, on} from "./elements.js";

/** Pixels that a finger moves before it is a swipe, and milliseconds that it may take. */
const SWIPE = 50, QUICK = 600;

/** Seconds of a step within a sentence. */
const TICK = 1 / 30;

/** What each key does; "+" before an arrow: with the shift key. */
const KEYS = {
  " ": "play", k: "play", ArrowRight: "next", PageDown: "next", ArrowLeft: "previous", PageUp: "previous",
  Home: "first", End: "last",
  ".": "later", ",": "earlier", "+ArrowRight": "later", "+ArrowLeft": "earlier", "+": "faster", "-": "slower",
  c: "captions", l: "lang", t: "theme", r: "frame", s: "step", m: "contents", f: "full", Escape: "close",
};

/** Everything that can be done to a film, by buttons, keys and fingers. @param {import("./theatre.js").Theatre} theatre */
export function makeActs(theatre) {
  const {player} = theatre, nextOf = (name) => () => theatre.chooseNext(name), to = (place) => () => player.seek(place());
  return {
    play: () => player.toggle(), next: () => player.next(), previous: () => player.previous(),
    first: to(() => player.start), last: to(() => player.end),
    later: to(() => player.seconds + TICK), earlier: to(() => player.seconds - TICK),
    faster: () => theatre.controls.changePace(1), slower: () => theatre.controls.changePace(-1),
    lang: nextOf("lang"), theme: nextOf("theme"), frame: nextOf("frame"), captions: () => theatre.nextCaption(),
    step: () => theatre.controls.toggleStep(), full: () => theatre.fullScreen(),
    contents: () => theatre.contents.toggle(), close: () => theatre.contents.toggle(false),
  };
}

/**
 * Let a theatre be led by keys and fingers.
 * A listener that has used a click on the stage itself calls its preventDefault: then the film does not stop or go on.
 * @param {import("./theatre.js").Theatre} theatre
 */
export function listen(theatre) {
  const {player, stage, acts} = theatre;
  on(theatre.keys, "keydown", (event) => {
    const {key} = event, name = event.shiftKey && KEYS[`+${key}`] || KEYS[key] || KEYS[key.toLowerCase()];
    // A button that has the focus is pressed by the bar; arrows on the slider lead from sentence to sentence.
    const fields = `textarea, select, input:not([type=range])${key === " " ? ", button" : ""}`;
    if (!name || event.defaultPrevented || isTyped(event, fields) || !player.cut) return;
    event.preventDefault();
    event.stopPropagation();
    acts[name]();
  });

  let from = null, swiped = -Infinity;
  on(stage, "pointerdown", (event) => (from = event));
  on(stage, "pointerup", (event) => {
    if (!from || !player.cut) return;
    const [across, down, time] = ["clientX", "clientY", "timeStamp"].map((name) => event[name] - from[name]);
    from = null;
    if (event.pointerType === "mouse" || time >= QUICK || Math.abs(across) < Math.max(SWIPE, 2 * Math.abs(down))) return;
    swiped = event.timeStamp;
    if (across < 0) player.next();
    else player.previous();
  });
  on(stage, "click", (event) => event.defaultPrevented || event.timeStamp - swiped < 100 || !player.cut || player.toggle());
  on(stage, "dblclick", acts.full);
}
