// The beats of the scene: forward, back, once more; language, theme, full screen.

import {make} from "./player/elements.js";
import {LANGUAGES, say} from "./words.js";

export class Beats {
  /** @param {import("./app.js").Live} live */
  constructor(live) {
    this.live = live;
    this.rows = [];
    this.current = "";
    this.element = make("nav", {class: "beats"});
  }

  /** Build the bar in the language of the page. */
  greet({lang, languages, streams}) {
    this.streams = streams;
    const button = (name, onclick, label = say(lang, name)) =>
      make("button", {type: "button", "data-name": name, title: label, "aria-label": label, onclick});
    this.ticks = make("ol", {class: "ticks"});
    this.place = make("span", {class: "place"});
    const select = make("select", {"aria-label": say(lang, "language"), onchange: () => this.look({lang: select.value})},
      ...languages.map((one) => make("option", {value: one, selected: one === lang}, LANGUAGES[one] || one)));
    const walk = streams ? [] : [button("previous", () => this.go(-1)), this.ticks, button("next", () => this.go(1)), this.place];
    this.element.replaceChildren(
      button("again", () => this.play(this.current), say(lang, streams ? "run" : "again")), ...walk,
      make("span", {class: "gap"}), select, button("frame", () => this.nextFrame()), button("theme", () => this.nextTheme()),
      button("full", () => this.fullScreen()),
    );
    this.draw();
  }

  /** What is seen now. */
  show({beats, beat}) {
    this.current = beat;
    this.list(beats);
  }

  /** Which beats there are now. */
  list(rows) {
    this.rows = rows;
    this.draw();
  }

  draw() {
    if (!this.ticks || this.streams) return;
    const at = this.index;
    this.place.textContent = this.rows.length ? `${at + 1} / ${this.rows.length}` : "";
    if (this.ticks.children.length !== this.rows.length) {
      this.ticks.replaceChildren(...this.rows.map((row, i) => make("li", {}, make("button", {
        type: "button", onclick: () => this.play(this.rows[i][0]),
      }))));
    }
    this.rows.forEach(([, sentence, asks], i) => {
      const tick = this.ticks.children[i].firstChild;
      tick.title = sentence;
      tick.setAttribute("aria-label", `${i + 1}: ${sentence}`);
      tick.toggleAttribute("aria-current", i === at);
      tick.classList.toggle("asks", asks);
    });
  }

  get index() { return Math.max(0, this.rows.findIndex(([id]) => id === this.current)); }

  go(by) {
    const to = Math.min(Math.max(this.index + by, 0), this.rows.length - 1);
    if (this.rows.length) this.play(this.rows[to][0]);
  }

  /** Play a beat from its beginning; pressed twice, it goes on from there. */
  play(id) {
    this.current = id;
    this.live.send({type: "beat", id});
  }

  look(change) { this.live.send({type: "look", ...change}); }

  nextTheme() { this.lookOther("theme", "themes"); }

  /** The next shape of the frame: wide, nearly square, upright. */
  nextFrame() { this.lookOther("frame", "frames"); }

  lookOther(one, many) {
    const {[one]: now, [many]: all} = this.live.hello;
    this.look({[one]: all[(all.indexOf(now) + 1) % all.length]});
  }

  fullScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.live.place.requestFullscreen?.().catch(() => {});
  }

  press(event) {
    if (event.target.closest("input, textarea, select, [tabindex]") || event.ctrlKey || event.metaKey || event.altKey) return;
    const work = {
      ArrowRight: () => this.go(1), PageDown: () => this.go(1), " ": () => this.go(1), ArrowLeft: () => this.go(-1),
      PageUp: () => this.go(-1), r: () => this.play(this.current), f: () => this.fullScreen(), t: () => this.nextTheme(),
      s: () => this.nextFrame(),
    }[event.key];
    if (!work || (event.key === " " && event.target.closest("button, summary"))) return;
    event.preventDefault();
    work();
  }
}
