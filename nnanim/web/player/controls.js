// The bar below the stage: play, scrub, and what can be chosen.

import {fill, make, on, rewrite} from "./elements.js";
import {ACTS, PACES} from "./input.js";

/** What stands in the bar, from the left to the right. */
const BAR = Object.keys(ACTS).slice(0, 11);

/** @param {import("./theatre.js").Theatre} theatre @returns {HTMLElement} */
export function makeBar(theatre) {
  const {player, host} = theatre, clock = make("span", {class: "clock"});
  const ticks = make("div", {class: "ticks", "aria-hidden": "true"});
  const slider = make("input", {type: "range", min: 0, step: "any", oninput: () => {
    player.pause();
    player.seek(Number(slider.value));
  }});
  const parts = {
    lang: make("select", {onchange: ({target}) => theatre.choose({lang: target.value})}),
    pace: make("select", {onchange: ({target}) => player.set({pace: Number(target.value)})}, ...PACES.map(makePace)),
  };
  for (const name of BAR) parts[name] ||= make("button", {"data-name": name, onclick: () => ACTS[name][1](theatre)});

  on(player, "cut", () => {
    const {cut} = player, title = (lang) => new Intl.DisplayNames(lang, {type: "language"}).of(lang);
    parts.lang.replaceChildren(...theatre.film.choices.lang.map((lang) => make("option", {value: lang, lang}, title(lang))));
    slider.max = cut.seconds;
    // Beats that begin a chapter and those that ask stand out.
    ticks.replaceChildren(...cut.beats.map(({start, chapter, asks}) => {
      const tick = make("i", {class: chapter ? "chapter" : asks && "asks"});
      tick.style.left = `${(100 * start) / cut.seconds}%`;
      return tick;
    }));
  });

  on(player, "cut beat", () => {
    const {cut: {beats, words}, beat} = player, place = fill(words.beat, {n: beat + 1, all: beats.length});
    slider.ariaValueText = `${place}: ${beats[beat].sentence}`;
  });

  on(player, "time", () => {
    const {seconds, cut} = player;
    slider.value = seconds;
    slider.style.setProperty("--done", `${(100 * seconds) / cut.seconds}%`);
    rewrite(clock, `${time(seconds)} / ${time(cut.seconds)}`);
  });

  // Labels in the language of the film, what can be chosen, and what is pressed.
  const showState = () => {
    const {film: {choices}, choice, caption, contents} = theatre, {words} = player.cut;
    for (const name of BAR) {
      const text = words[name === "play" && player.playing ? "pause" : name], [key] = ACTS[name][0].split(" ");
      Object.assign(parts[name], {ariaLabel: text, title: `${text} (${key})`, hidden: choices[name]?.length < 2});
    }
    host.classList.toggle("playing", player.playing);
    slider.ariaLabel = words.seek;
    parts.contents.ariaExpanded = !contents.panel.hidden;
    parts.captions.ariaPressed = Boolean(caption);
    parts.captions.dataset.lang = caption;
    parts.step.ariaPressed = player.stepwise;
    parts.lang.value = choice.lang;
    parts.pace.value = player.pace;
  };
  on(player, "play", showState);
  on(theatre, "choice", showState);

  // On the full screen, controls and pointer are seen only while somebody uses them.
  let rest = 0;
  on(host, "pointermove keydown touchstart", () => {
    host.classList.add("awake");
    clearTimeout(rest);
    rest = setTimeout(() => host.classList.remove("awake"), 3000);
  });

  const [previous, play, next, ...others] = BAR.map((name) => parts[name]);
  return make("div", {class: "bar"}, make("div", {class: "seek"}, ticks, slider),
    make("div", {class: "keys"}, previous, play, next, clock, make("span", {class: "gap"}), ...others));
}

function makePace(pace) {
  return make("option", {value: pace}, `${pace}×`);
}

/** Seconds as 1:05. */
export function time(seconds) {
  return new Date(1000 * seconds + 0.001).toISOString().slice(14, 19).replace(/^0/, "");
}
