// The bar below the stage: play, scrub, and what can be chosen.

import { make } from "./elements.js";
import { icon } from "./icons.js";
import { nameOf, say } from "./words.js";

const PACES = [0.5, 0.75, 1, 1.25, 1.5, 2];

export class Controls {
  /** @param {import("./theatre.js").Theatre} theatre */
  constructor(theatre) {
    this.theatre = theatre;
    const { player } = theatre;
    const button = (name, act, key) =>
      make("button", { type: "button", "data-name": name, "data-key": key, onclick: act }, icon(name));
    this.buttons = {
      previous: button("previous", () => player.previous(), "←"),
      play: button("play", () => player.toggle(), "Space"),
      next: button("next", () => player.next(), "→"),
      contents: button("contents", () => theatre.contents.toggle(), "M"),
      captions: button("captions", () => theatre.nextCaption(), "C"),
      step: button("step", () => this.toggleStep(), "S"),
      shape: button("shape", () => this.nextOf("frame", "frames"), "R"),
      theme: button("theme", () => this.nextOf("theme", "themes"), "T"),
      full: button("full", () => theatre.fullScreen(), "F"),
    };
    const choice = (name, act) => make("select", { "data-name": name, onchange: (event) => act(event.target.value) });
    this.language = choice("language", (lang) => theatre.choose({ lang }));
    this.pace = choice("pace", (pace) => this.setPace(Number(pace)));
    for (const pace of PACES) this.pace.append(make("option", { value: pace, selected: pace === 1 }, `${pace}×`));
    this.slider = make("input", { type: "range", min: 0, step: "any", "data-name": "seek" });
    this.slider.addEventListener("input", () => this.scrub());
    this.ticks = make("div", { class: "ticks", "aria-hidden": "true" });
    this.clock = make("span", { class: "clock" });
    const b = this.buttons;
    this.bar = make(
      "div", { class: "bar" },
      make("div", { class: "seek" }, this.ticks, this.slider),
      make("div", { class: "keys" }, b.previous, b.play, b.next, this.clock, make("span", { class: "gap" }),
        b.contents, b.captions, this.language, this.pace, b.step, b.shape, b.theme, b.full),
    );
    player.addEventListener("cut", () => this.mark());
    player.addEventListener("time", () => this.follow());
    player.addEventListener("play", () => this.showState());
    theatre.addEventListener("choice", () => this.showState());
    document.addEventListener("fullscreenchange", () => theatre.fit());
    for (const name of ["pointermove", "keydown", "touchstart"]) theatre.host.addEventListener(name, () => this.wake());
  }

  /** Ticks where beats begin; those that begin a chapter and those that ask stand out. */
  mark() {
    const { cut } = this.theatre.player;
    this.slider.max = cut.seconds;
    this.ticks.replaceChildren(
      ...cut.beats.map(({ start, chapter, asks }) => {
        const tick = make("i", { class: chapter ? "chapter" : asks ? "asks" : null });
        tick.style.left = `${(100 * start) / cut.seconds}%`;
        return tick;
      }),
    );
    this.follow();
  }

  follow() {
    const { player } = this.theatre;
    const { seconds, cut, beat } = player;
    this.slider.value = seconds;
    this.slider.style.setProperty("--done", `${(100 * seconds) / cut.seconds}%`);
    const clock = `${time(seconds)} / ${time(cut.seconds)}`;
    if (this.clock.textContent !== clock) this.clock.textContent = clock;
    const place = say(this.theatre.choice.lang, "beat", { n: beat + 1, all: cut.beats.length });
    const text = `${place}: ${cut.beats[beat].sentence}`;
    if (this.slider.getAttribute("aria-valuetext") !== text) this.slider.setAttribute("aria-valuetext", text);
  }

  /** Labels in the language of the film, and what is pressed. */
  showState() {
    const { player, film, choice, caption } = this.theatre;
    const label = (element, key) => {
      const text = say(choice.lang, key);
      element.setAttribute("aria-label", text);
      element.title = element.dataset.key ? `${text} (${element.dataset.key})` : text;
    };
    const { play, captions, step, shape, theme } = this.buttons;
    for (const [name, button] of Object.entries(this.buttons)) label(button, name);
    label(play, player.playing ? "pause" : "play");
    play.replaceChildren(icon(player.playing ? "pause" : "play"));
    label(this.language, "language");
    label(this.pace, "pace");
    label(this.slider, "seek");
    captions.setAttribute("aria-pressed", String(Boolean(caption)));
    captions.dataset.lang = caption;
    step.setAttribute("aria-pressed", String(player.stepwise));
    if (!film) return;
    this.language.hidden = film.languages.length < 2;
    theme.hidden = film.themes.length < 2;
    shape.hidden = film.frames.length < 2;
    if (this.language.childElementCount !== film.languages.length)
      this.language.replaceChildren(...film.languages.map((lang) => make("option", { value: lang, lang }, nameOf(lang))));
    this.language.value = choice.lang;
    this.pace.value = player.pace;
  }

  /** On the full screen, controls and pointer are seen only while somebody uses them. */
  wake() {
    const { classList } = this.theatre.host;
    classList.add("awake");
    clearTimeout(this.rest);
    this.rest = setTimeout(() => classList.remove("awake"), 3000);
  }

  scrub() {
    const { player } = this.theatre;
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
    const place = PACES.indexOf(this.theatre.player.pace) + by;
    this.setPace(PACES[Math.min(Math.max(place, 0), PACES.length - 1)]);
  }

  /** The next of the languages, themes or frames. */
  nextOf(one, many) {
    const { film, choice } = this.theatre;
    const list = film[many];
    if (one === "frame") this.theatre.settings.frame = choice.frame;
    return this.theatre.choose({ [one]: list[(list.indexOf(choice[one]) + 1) % list.length] });
  }
}

/** Seconds as 1:05. */
export function time(seconds) {
  const whole = Math.floor(seconds + 1e-6);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
