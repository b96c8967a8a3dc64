// A film with everything around it: stage, controls, captions, the list of its sentences.

import { Contents } from "./contents.js";
import { Controls } from "./controls.js";
import { make } from "./elements.js";
import { listen } from "./input.js";
import { Player } from "./player.js";
import { Pointing } from "./pointing.js";
import { say } from "./words.js";

/**
 * @typedef {Object} Settings
 * @property {string} [lang] language that is shown first; theme, frame: likewise.
 * @property {string} [cover] id of the beat whose end is seen before the film is played.
 * @property {boolean} [play] whether it plays at once.
 * @property {boolean} [hash] whether the address of the page says where the film is.
 * @property {boolean} [embedded] whether other things stand on the page: then keys are heard where the film has the focus.
 */

/** Shows a film inside an element. Events: those of its `player`, and "choice" when a language or theme was chosen. */
export class Theatre extends EventTarget {
  /**
   * @param {HTMLElement} host everything goes in here.
   * @param {Settings} settings
   */
  constructor(host, settings = {}) {
    super();
    this.host = host;
    this.settings = settings;
    this.film = null;
    this.choice = {};
    this.caption = "";
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    this.canvas = make("canvas", { role: "img", tabindex: "0" });
    this.stage = make("div", { class: "stage" }, this.canvas);
    this.captions = make("p", { class: "caption", hidden: true });
    this.live = make("p", { class: "unseen", "aria-live": "polite" });
    this.message = make("p", { class: "message", role: "status", hidden: true });
    this.player = new Player(this.canvas, { still: still.matches });
    still.addEventListener?.("change", () => {
      this.player.still = still.matches;
      this.player.draw();
    });
    this.controls = new Controls(this);
    this.contents = new Contents(this);
    host.classList.add("theatre");
    host.replaceChildren(
      this.stage, this.captions, this.message, this.controls.bar, this.contents.panel, this.live, this.contents.paper,
    );
    for (const name of ["cut", "beat"]) this.player.addEventListener(name, () => this.describe());
    // It hears of a click on the canvas before the stage does.
    const keys = settings.embedded ? host : document;
    this.pointing = new Pointing(this.player, this.stage, { keys, tell: (text) => (this.live.textContent = text) });
    listen(this);
    new ResizeObserver(() => this.fit()).observe(this.stage);
    // A phone that is turned: the other frame is larger now.
    addEventListener("resize", () => this.turn());
  }

  /** Show a film, for the first time or in place of another. */
  async load(film) {
    const first = !this.film;
    const start = this.wish("beat") || "";
    this.film = film;
    await this.choose(first ? this.firstChoice() : {});
    if (!first) return;
    this.player.pace = this.settings.pace || 1;
    this.controls.showState();
    const index = this.indexOf(start || this.settings.cover);
    if (index >= 0) this.player.seekBeat(index, !start);
    if (this.settings.play && !this.player.still) {
      if (!start) this.player.seek(0);
      this.player.play();
    }
    if (this.player.still) this.tell(say(this.choice.lang, "moving"));
  }

  /** The place of a beat, by its id or its number. */
  indexOf(beat) {
    const { beats } = this.player.cut;
    const place = beats.findIndex(({ id }) => id === beat);
    return place < 0 && beats[beat - 1] ? beat - 1 : place;
  }

  /** Change the language, the theme or the shape of the frame. */
  async choose(change) {
    const wanted = { ...this.choice, ...change };
    const known = (list, value) => (list.includes(value) ? value : list[0]);
    const { languages, themes, frames } = this.film;
    this.choice = {
      lang: known(languages, wanted.lang), theme: known(themes, wanted.theme), frame: known(frames, wanted.frame),
    };
    const turn = (this.asked = (this.asked || 0) + 1);
    const cut = await this.film.choose(this.choice);
    // Whoever has chosen again since then waits for that.
    if (turn !== this.asked) return;
    this.host.lang = this.choice.lang;
    this.dress(cut);
    this.player.show(cut);
    this.fit();
    this.dispatchEvent(new Event("choice"));
    this.remember();
  }

  firstChoice() {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const theme = this.wish("theme") || this.settings.theme;
    return {
      lang: this.wish("lang") || this.settings.lang || navigator.language.slice(0, 2),
      theme: theme === "auto" ? (dark ? "dark" : "light") : theme,
      frame: this.bestFrame(),
    };
  }

  /** The frame that is largest in this window, unless one is wished for. */
  bestFrame() {
    const { frames } = this.film;
    if (this.settings.frame) return this.settings.frame;
    const box = this.host.getBoundingClientRect();
    const room = [box.width || innerWidth, (innerHeight || box.height) - 120];
    const area = (name) => {
      const [width, height] = name.split(":").map(Number);
      const scale = Math.min(room[0] / width, room[1] / height);
      return width * height * scale * scale;
    };
    return [...frames].sort((a, b) => area(b) - area(a))[0];
  }

  turn() {
    if (!this.film || this.settings.frame) return;
    const frame = this.bestFrame();
    if (frame !== this.choice.frame) this.choose({ frame });
  }

  /** Colours of the page around the film, after its ground. */
  dress(cut) {
    const light = parseInt(cut.ground.slice(1, 3), 16) > 127;
    this.host.dataset.scheme = light ? "light" : "dark";
    this.host.style.setProperty("--ground", cut.ground);
    this.host.style.setProperty("--sides", String(cut.width / cut.height));
    if (!this.settings.embedded) document.title = cut.title || document.title;
  }

  /** The canvas as large as the stage allows, in the shape of the frame. */
  fit() {
    const { cut } = this.player;
    if (!cut) return;
    const { clientWidth: width, clientHeight: height } = this.stage;
    const high = Math.min(height, (width * cut.height) / cut.width);
    this.canvas.style.height = `${high}px`;
    this.canvas.style.width = `${(high * cut.width) / cut.height}px`;
  }

  /** Say in words what is seen: for screen readers, and as a caption. */
  describe() {
    const { cut, beat } = this.player;
    const { id, sentence, alt } = cut.beats[beat];
    this.canvas.setAttribute("aria-label", alt || sentence || cut.title);
    if (this.live.textContent !== sentence) this.live.textContent = sentence;
    this.captions.hidden = !this.caption;
    if (this.caption) this.showCaption(id, beat);
    this.remember();
  }

  async showCaption(id, index) {
    const lang = this.caption;
    const cut = lang === this.choice.lang ? this.player.cut : await this.film.choose({ ...this.choice, lang });
    const beat = cut.beats.find((one) => one.id === id) || cut.beats[index];
    if (lang !== this.caption || index !== this.player.beat) return;
    this.captions.lang = lang;
    this.captions.textContent = beat?.sentence || "";
  }

  /** Captions in the next language: the film speaks its own already, so the others come first. */
  nextCaption() {
    const { languages } = this.film;
    const choices = ["", ...languages.filter((lang) => lang !== this.choice.lang), this.choice.lang];
    this.caption = choices[(choices.indexOf(this.caption) + 1) % choices.length];
    this.describe();
    this.dispatchEvent(new Event("choice"));
  }

  /** One line for whoever looks, or none. */
  tell(text) {
    this.message.textContent = text;
    this.message.hidden = !text;
  }

  fullScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.host.requestFullscreen?.().catch(() => {});
  }

  /** What the address wishes: #beat=sum&lang=ja. */
  wish(name) {
    return this.settings.hash ? new URLSearchParams(location.hash.slice(1)).get(name) : null;
  }

  remember() {
    if (!this.settings.hash || !this.player.cut) return;
    const { lang, theme } = this.choice;
    const beat = this.player.cut.beats[this.player.beat].id;
    // A page inside another has no address of its own.
    if (location.protocol === "about:") return;
    history.replaceState(null, "", `#${new URLSearchParams({ beat, lang, theme })}`);
  }
}
