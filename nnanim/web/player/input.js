// What can be done to a film, by buttons, keys and fingers.

import {clamp, isTyped, on} from "./elements.js";

/** Pixels that a finger moves before it is a swipe, and milliseconds that it may take. */
const SWIPE = 50, QUICK = 600;

/** Seconds of a step within a sentence. */
const TICK = 1 / 30;

/** What a film can be played at; 2 is twice as fast. */
export const PACES = [0.5, 0.75, 1, 1.25, 1.5, 2];

/** By name: keys, the first one as it is told, and what is done. The first ones stand in the bar, from the left to the right. */
export const ACTS = {
  previous: ["← ArrowLeft PageUp", ({player}) => player.previous()],
  play: ["Space K", ({player}) => player.toggle()],
  next: ["→ ArrowRight PageDown", ({player}) => player.next()],
  contents: ["M", ({contents}) => contents.toggle()],
  captions: ["C", (theatre) => theatre.nextCaption()],
  lang: ["L", (theatre) => theatre.chooseNext("lang")],
  pace: ["+", ({player}) => changePace(player, 1)],
  step: ["S", ({player}) => player.set({stepwise: !player.stepwise})],
  frame: ["R", (theatre) => theatre.chooseNext("frame")],
  theme: ["T", (theatre) => theatre.chooseNext("theme")],
  full: ["F", (theatre) => theatre.fullScreen()],
  slower: ["-", ({player}) => changePace(player, -1)],
  first: ["Home", ({player}) => player.seek(player.start)],
  last: ["End", ({player}) => player.seek(player.end)],
  later: [". Shift+ArrowRight", ({player}) => player.seek(player.seconds + TICK)],
  earlier: [", Shift+ArrowLeft", ({player}) => player.seek(player.seconds - TICK)],
  close: ["Escape", ({contents}) => contents.toggle(false)],
};

function changePace(player, by) {
  player.set({pace: PACES[clamp(PACES.indexOf(player.pace) + by, 0, PACES.length - 1)]});
}

/**
 * Let a theatre be led by keys and fingers.
 * A listener that has used a click on the stage itself calls its preventDefault: then the film does not stop or go on.
 * @param {import("./theatre.js").Theatre} theatre
 */
export function listen(theatre) {
  const {player, stage} = theatre, keys = new Map();
  for (const [told, act] of Object.values(ACTS)) told.toLowerCase().split(" ").forEach((key) => keys.set(key, act));
  on(theatre.keys, "keydown", (event) => {
    const isSpace = event.key === " ", shift = event.shiftKey && event.key.startsWith("Arrow") ? "shift+" : "";
    const act = keys.get(isSpace ? "space" : shift + event.key.toLowerCase());
    // A button that has the focus is pressed by the bar; arrows on the slider lead from sentence to sentence.
    const fields = `textarea, select, input:not([type=range])${isSpace ? ", button" : ""}`;
    if (!act || event.defaultPrevented || isTyped(event, fields) || !player.cut) return;
    event.preventDefault();
    event.stopPropagation();
    act(theatre);
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
  on(stage, "dblclick", () => theatre.fullScreen());
}
