// The bar below the stage: play, scrub, and what can be chosen.

import {clamp, fill, make, on, rewrite} from "./elements.js";

const PACES = [0.5, 0.75, 1, 1.25, 1.5, 2];

/** What stands in the bar, from the left to the right, and the key that does the same. */
const BAR = {
  previous: "←", play: "Space", next: "→",
  contents: "M", captions: "C", lang: "L", pace: "+ −", step: "S", frame: "R", theme: "T", full: "F",
};

export class Controls {
  /** @param {import("./theatre.js").Theatre} theatre */
  constructor(theatre) {
    const {player} = this.theatre = theatre;
    const select = (name, act) => make("select", {"data-name": name, onchange: ({target}) => act(target.value)});
    this.lang = select("lang", (lang) => theatre.choose({lang}));
    this.pace = select("pace", (pace) => this.setPace(Number(pace)));
    this.pace.append(...PACES.map((pace) => make("option", {value: pace}, `${pace}×`)));
    for (const name in BAR) this[name] ||= make("button", {"data-name": name, onclick: () => theatre.acts[name]()});
    this.slider = make("input", {type: "range", min: 0, step: "any", oninput: () => this.scrub()});
    this.ticks = make("div", {class: "ticks", "aria-hidden": "true"});
    this.clock = make("span", {class: "clock"});
    const [previous, play, next, ...others] = Object.keys(BAR).map((name) => this[name]);
    this.bar = make("div", {class: "bar"},
      make("div", {class: "seek"}, this.ticks, this.slider),
      make("div", {class: "keys"}, previous, play, next, this.clock, make("span", {class: "gap"}), ...others));
    on(player, "cut", () => this.mark());
    on(player, "cut beat", () => this.tellPlace());
    on(player, "time", () => this.follow());
    on(player, "play", () => this.showState());
    on(theatre, "choice", () => this.showState());
    on(theatre.host, "pointermove keydown touchstart", () => this.wake());
  }

  /** Languages, each in itself; ticks where beats begin: those that begin a chapter and those that ask stand out. */
  mark() {
    const {film, player: {cut}} = this.theatre, title = (lang) => new Intl.DisplayNames(lang, {type: "language"}).of(lang);
    this.lang.replaceChildren(...film.choices.lang.map((lang) => make("option", {value: lang, lang}, title(lang))));
    this.slider.max = cut.seconds;
    this.ticks.replaceChildren(...cut.beats.map(({start, chapter, asks}) => {
      const tick = make("i", {class: chapter ? "chapter" : asks && "asks"});
      tick.style.left = `${(100 * start) / cut.seconds}%`;
      return tick;
    }));
  }

  tellPlace() {
    const {cut, beat} = this.theatre.player, {beats, words} = cut, place = fill(words.beat, {n: beat + 1, all: beats.length});
    this.slider.ariaValueText = `${place}: ${beats[beat].sentence}`;
  }

  follow() {
    const {slider, theatre: {player: {seconds, cut}}} = this;
    slider.value = seconds;
    slider.style.setProperty("--done", `${(100 * seconds) / cut.seconds}%`);
    rewrite(this.clock, `${time(seconds)} / ${time(cut.seconds)}`);
  }

  /** Labels in the language of the film, what can be chosen, and what is pressed. */
  showState() {
    const {player, film, choice, caption, host} = this.theatre, {words} = player.cut;
    for (const name in BAR) {
      const text = words[name === "play" && player.playing ? "pause" : name];
      Object.assign(this[name], {ariaLabel: text, title: `${text} (${BAR[name]})`});
    }
    for (const name in film.choices) this[name].hidden = film.choices[name].length < 2;
    host.classList.toggle("playing", player.playing);
    this.slider.ariaLabel = words.seek;
    this.captions.ariaPressed = Boolean(caption);
    this.captions.dataset.lang = caption;
    this.step.ariaPressed = player.stepwise;
    this.lang.value = choice.lang;
    this.pace.value = player.pace;
  }

  /** On the full screen, controls and pointer are seen only while somebody uses them. */
  wake() {
    const {classList} = this.theatre.host;
    classList.add("awake");
    clearTimeout(this.rest);
    this.rest = setTimeout(() => classList.remove("awake"), 3000);
  }

  scrub() {
    const {player} = this.theatre;
    player.pause();
    player.seek(Number(this.slider.value));
  }

  toggleStep() {
    this.theatre.player.stepwise = !this.theatre.player.stepwise;
    this.showState();
  }

  setPace(pace) {
    this.theatre.player.pace = pace;
    this.showState();
  }

  /** One step faster (1) or slower (-1). */
  changePace(by) {
    this.setPace(PACES[clamp(PACES.indexOf(this.theatre.player.pace) + by, 0, PACES.length - 1)]);
  }
}

/** Seconds as 1:05. */
export function time(seconds) {
  return new Date(1000 * seconds + 0.001).toISOString().slice(14, 19).replace(/^0/, "");
}
