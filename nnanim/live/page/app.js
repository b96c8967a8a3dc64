// A live scene: a stage, the controls of the scene, and the beats.

import {Beats} from "./beats.js";
import {makeDial} from "./dials.js";
import {make} from "./player/elements.js";
import {Stage} from "./stage.js";
import {say} from "./words.js";

/** Milliseconds after which it is said that the model is computing. */
const PATIENCE = 350;

/** Everything that is seen of a scene. */
export class Live {
  /**
   * @param {HTMLElement} host what it fills
   * @param {function(Object<string, Function>): {send: function(Object)}} connect opens the way to what computes
   * @param {HTMLElement} place what has its language and its ground: the page, or a part of one
   */
  constructor(host, connect, place) {
    this.place = place;
    this.whole = place === document.documentElement;
    this.lang = "en";
    this.page = null;
    this.dials = new Map();
    this.stage = new Stage();
    this.panel = make("aside", {class: "panel"});
    this.note = make("p", {class: "note", role: "status", hidden: true});
    this.live = make("p", {class: "unseen", "aria-live": "polite"});
    this.connection = connect({
      hello: (message) => this.greet(message),
      you: (message) => (this.page = message.page),
      state: (message) => this.showValues(message),
      note: (message) => this.complain(message),
      busy: (message) => this.wait(message),
      beats: ({beats}) => this.beats.list(beats),
      show: (header, film) => this.show(header, film),
      gone: () => this.tell(say(this.lang, "gone")),
    });
    this.beats = new Beats(this);
    host.replaceChildren(this.stage.element, this.note, this.panel, this.beats.element, this.live);
    this.host = host;
    this.tell(say(this.lang, "waiting"), true);
    this.stage.onpoint = (sets, hasty) => {
      for (const [name, value] of sets) {
        this.dials.get(name).show(value);
        this.set(name, value, hasty);
      }
    };
    (this.whole ? window : place).addEventListener("keydown", (event) => this.press(event));
  }

  /** Keys of the bar; where the scene is a part of a page, the rest of it does not hear of them. */
  press(event) {
    this.beats.press(event);
    if (event.defaultPrevented && !this.whole) event.stopPropagation();
  }

  /** Stop, and watch nothing any more. */
  end() {
    this.stage.end();
  }

  /** Everything about the scene and its state. */
  greet(message) {
    Object.assign(this, {hello: message, lang: message.lang});
    this.place.lang = message.lang;
    this.dials.clear();
    const groups = new Map([["", make("div", {class: "dials"})]]);
    for (const control of message.controls) {
      const dial = makeDial(control, message.lang, (value, hasty) => this.set(control.name, value, hasty));
      this.dials.set(control.name, dial);
      if (!groups.has(control.group)) {
        const inside = make("div", {class: "dials"});
        groups.set(control.group, inside);
        inside.fold = make("details", {}, make("summary", {}, control.group), inside);
      }
      groups.get(control.group).append(dial.element);
    }
    const reset = make("button", {type: "button", class: "reset", onclick: () => this.send({type: "reset"})}, say(this.lang, "reset"));
    this.panel.replaceChildren(...[...groups.values()].map((one) => one.fold || one), message.controls.length ? reset : "");
    this.panel.setAttribute("aria-label", say(this.lang, "controls"));
    this.stage.setPads(message.controls.filter((one) => one.mark));
    this.beats.greet(message);
    this.showValues({...message, page: -1});
  }

  /** Values and the look that some page has chosen; what is in hand here stays in hand. */
  showValues({values, page, theme, frame}) {
    Object.assign(this.hello, {theme, frame});
    for (const [name, dial] of this.dials) {
      if (!(page === this.page && page !== null && this.changed === name) && !dial.held()) dial.show(values[name]);
    }
  }

  set(name, value, hasty = false) {
    this.changed = name;
    this.dials.get(name).complain("");
    this.asked = performance.now();
    this.send({type: "set", name, value, hasty});
  }

  send(message) {
    if (message.type !== "set") this.changed = null;
    this.connection.send(message);
  }

  /** What is to be seen from now on. */
  async show(header, film) {
    clearTimeout(this.patience);
    if (!(await this.stage.show(header, film))) return;
    if (this.note.classList.contains("soft")) this.tell("");
    this.host.dataset.scheme = this.stage.isLight ? "light" : "dark";
    this.place.style.setProperty("--ground", this.stage.ground);
    this.host.style.setProperty("--sides", this.stage.sides);
    if (this.whole && header.title) document.title = header.title;
    const sentence = this.stage.sentence;
    if (this.live.textContent !== sentence) this.live.textContent = sentence;
    this.beats.show(header);
    this.shown = {changes: header.changes, beat: header.beat, seconds: header.seconds, after: performance.now() - this.asked};
  }

  complain({text, about}) {
    clearTimeout(this.patience);
    if (about && this.dials.has(about)) this.dials.get(about).complain(text);
    else this.tell(text);
  }

  wait() {
    clearTimeout(this.patience);
    this.patience = setTimeout(() => this.tell(say(this.lang, "busy"), true), PATIENCE);
  }

  /** One line, or none. */
  tell(text, soft = false) {
    this.note.textContent = text;
    this.note.hidden = !text;
    this.note.classList.toggle("soft", soft);
  }
}
