// A film with everything around it: stage, controls, captions, the list of its sentences.

import {makeContents} from "./contents.js";
import {makeBar} from "./controls.js";
import {make, nextOf, on, rewrite} from "./elements.js";
import {listen} from "./input.js";
import {Player} from "./player.js";
import {answerPointing} from "./pointing.js";

/**
 * @typedef {Object} Settings
 * @property {string} [lang] language that is shown first; theme, frame: likewise.
 * @property {string} [cover] id of the beat whose end is seen before the film is played.
 * @property {boolean} [play] whether it plays at once.
 * @property {number} pace at which speed.
 * @property {boolean} [hash] whether the address of the page says where the film is.
 * @property {boolean} [embedded] whether other things stand on the page: then keys are heard where the film has the focus.
 * @property {Object<string, string>} words what is said of a film that is not there.
 */

/** Shows a film inside an element. Events: those of its `player`, and "choice" when a language or theme was chosen. */
export class Theatre extends EventTarget {
  /**
   * @param {HTMLElement} host everything goes in here.
   * @param {Settings} settings
   */
  constructor(host, settings) {
    super();
    Object.assign(this, {host, settings, film: null, choice: {}, caption: "", keys: settings.embedded ? host : document});
    this.canvas = make("canvas", {role: "img", tabindex: 0});
    this.stage = make("div", {class: "stage"}, this.canvas);
    this.captions = make("p", {class: "caption", hidden: true});
    this.live = make("p", {class: "unseen", "aria-live": "polite"});
    this.message = make("p", {class: "message", role: "status", hidden: true});
    this.player = new Player(this.canvas);
    this.contents = makeContents(this);
    host.classList.add("theatre");
    host.replaceChildren(
      this.stage, this.captions, this.message, makeBar(this), this.contents.panel, this.live, this.contents.paper,
    );
    on(this.player, "cut beat", () => this.describe());
    // It hears of a click on the canvas before the stage does.
    this.pointing = answerPointing(this.player, this.stage, {keys: this.keys, tell: (text) => (this.live.textContent = text)});
    listen(this);
    // A phone that is turned: the other frame is larger now.
    on(window, "resize", () => {
      const frame = this.film && this.bestFrame();
      if (frame && !settings.frame && frame !== this.choice.frame) this.choose({frame});
    });
  }

  /** Show a film, for the first time or in place of another. */
  async load(film) {
    const {player, settings} = this, isFirst = !this.film, start = this.wish("beat");
    this.film = film;
    await this.choose(isFirst ? this.firstChoice() : {});
    if (!isFirst) return;
    player.set({pace: settings.pace});
    const index = this.indexOf(start || settings.cover);
    if (index >= 0) player.seekBeat(index, !start);
    player.isCover = !start;
    if (player.still) return this.say(player.cut.words.moving);
    if (!settings.play) return;
    if (!start) player.seek(0);
    player.play();
  }

  /** The place of a beat, by its id or its number. */
  indexOf(beat) {
    const {beats} = this.player.cut, place = beats.findIndex(({id}) => id === beat);
    return place < 0 && beats[beat - 1] ? beat - 1 : place;
  }

  /** Change the language, the theme or the shape of the frame. */
  async choose(change) {
    const {film, host} = this, choice = this.choice = {...this.choice, ...change}, {choices} = film;
    for (const name in choices) if (!choices[name].includes(choice[name])) [choice[name]] = choices[name];
    const cut = await film.choose(choice);
    // Whoever has chosen again since then waits for that.
    if (choice !== this.choice) return;
    host.lang = choice.lang;
    // Colours of the page around the film, after its ground; the canvas in the shape of its frame.
    host.dataset.scheme = parseInt(cut.ground.slice(1, 3), 16) > 127 ? "light" : "dark";
    host.style.setProperty("--ground", cut.ground);
    host.style.setProperty("--sides", cut.width / cut.height);
    if (!this.settings.embedded) document.title = cut.title || document.title;
    this.player.show(cut);
    this.tell("choice");
  }

  /** The next of the languages, themes or frames. */
  chooseNext(name) {
    const next = nextOf(this.film.choices[name], this.choice[name]);
    // A frame that was chosen stays, however the window is turned.
    if (name === "frame") this.settings.frame = next;
    return this.choose({[name]: next});
  }

  firstChoice() {
    const {settings} = this, theme = this.wish("theme") || settings.theme;
    return {
      lang: this.wish("lang") || settings.lang || navigator.language.slice(0, 2),
      theme: theme === "auto" ? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light") : theme,
      frame: this.bestFrame(),
    };
  }

  /** The frame that is largest in this window, unless one is wished for. */
  bestFrame() {
    const wide = this.host.clientWidth || innerWidth, high = (innerHeight || this.host.clientHeight) - 120;
    /** How far its shape is from the window's. */
    const distance = (name) => {
      const [width, height] = name.split(":");
      return Math.abs(Math.log((width / height) * (high / wide)));
    };
    return this.settings.frame || this.film.choices.frame.reduce((best, one) => (distance(one) < distance(best) ? one : best));
  }

  /** Say in words what is seen: for screen readers, and as a caption. */
  describe() {
    const {player: {cut, beat}, settings: {hash}, choice: {lang, theme}} = this, {id, sentence, alt} = cut.beats[beat];
    this.canvas.ariaLabel = alt || sentence || cut.title;
    rewrite(this.live, sentence);
    this.showCaption();
    // A page inside another has no address of its own.
    if (!hash || location.protocol === "about:") return;
    history.replaceState(null, "", `#${new URLSearchParams({beat: id, lang, theme})}`);
  }

  async showCaption() {
    const {caption, choice, captions, player} = this, index = player.beat, {id} = player.cut.beats[index];
    captions.hidden = !caption;
    if (!caption) return;
    const {beats} = caption === choice.lang ? player.cut : await this.film.choose({...choice, lang: caption});
    if (caption !== this.caption || index !== player.beat) return;
    captions.lang = caption;
    captions.textContent = (beats.find((one) => one.id === id) || beats[index])?.sentence;
  }

  /** Captions in the next language: the film speaks its own already, so the others come first. */
  nextCaption() {
    const {lang} = this.choice;
    this.caption = nextOf(["", ...this.film.choices.lang.filter((one) => one !== lang), lang], this.caption);
    this.showCaption();
    this.tell("choice");
  }

  tell(name) {
    this.dispatchEvent(new Event(name));
  }

  /** One line for whoever looks, or none. */
  say(text) {
    this.message.textContent = text;
    this.message.hidden = !text;
  }

  /** Say that a film cannot be read. */
  complain({message}) {
    this.say(this.settings.words.damaged + message);
  }

  fullScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.host.requestFullscreen?.().catch(() => {});
  }

  /** What the address wishes: #beat=sum&lang=ja. */
  wish(name) {
    return this.settings.hash ? new URLSearchParams(location.hash.slice(1)).get(name) : null;
  }
}
