// All sentences of a film as a list to jump from, and on paper with their pictures.

import {time} from "./controls.js";
import {make, on} from "./elements.js";

/** Pixels across a picture on paper. */
const PAPER_WIDTH = 1280;

export class Contents {
  /** @param {import("./theatre.js").Theatre} theatre */
  constructor(theatre) {
    const {embedded} = theatre.settings;
    this.theatre = theatre;
    this.list = make("ol");
    this.heading = make("h2");
    this.close = make("button", {onclick: theatre.acts.close}, "✕");
    this.print = make("button", {"data-name": "print", onclick: () => print(), hidden: embedded});
    const header = make("header", {}, this.heading, this.print, this.close);
    this.panel = make("nav", {class: "contents", hidden: true}, header, this.list);
    this.paper = make("section", {class: "paper"});
    on(theatre.player, "cut", () => this.fill());
    on(theatre.player, "beat", () => this.mark());
    if (embedded) return;
    on(window, "beforeprint", () => this.layOut());
    on(window, "afterprint", () => this.paper.replaceChildren());
  }

  fill() {
    const {beats, title, words} = this.theatre.player.cut;
    this.panel.ariaLabel = words.contents;
    for (const name of ["close", "print"]) this[name].ariaLabel = words[name];
    this.heading.textContent = title;
    this.list.replaceChildren(...beats.flatMap(({id, start, sentence, alt, chapter, asks}, index) => [
      ...(chapter ? [make("li", {class: "chapter"}, chapter)] : []),
      make("li", {"data-beat": id, title: asks && words.asks},
        make("button", {onclick: () => this.go(index)}, make("time", {}, time(start)), make("span", {}, sentence || alt || id))),
    ]));
    this.mark();
  }

  go(index) {
    const {player} = this.theatre;
    player.seekBeat(index);
    if (!player.still) player.play();
    if (innerWidth < 700) this.toggle(false);
  }

  mark() {
    const {cut, beat} = this.theatre.player, {list, panel} = this;
    list.querySelector("[aria-current]")?.removeAttribute("aria-current");
    const row = list.querySelector(`[data-beat="${cut.beats[beat].id}"]`);
    row.ariaCurrent = "step";
    // Only the list may scroll, never the page around it.
    if (!panel.hidden) list.scrollTop = row.offsetTop - list.clientHeight / 3;
  }

  toggle(isOpen = this.panel.hidden) {
    this.panel.hidden = !isOpen;
    this.theatre.controls.contents.ariaExpanded = isOpen;
    if (isOpen) this.mark();
  }

  /** A picture of how each beat ends, with its sentence: in the light theme, where there is one. */
  layOut() {
    const {film, choice, player} = this.theatre, isLight = film.choices.theme.includes("light");
    const chosen = film.choose(isLight ? {...choice, theme: "light"} : choice);
    // Paper does not wait for a film that is still on its way.
    const cut = chosen instanceof Promise ? player.cut : chosen;
    this.paper.replaceChildren(make("h1", {}, cut.title), ...cut.beats.map(({sentence, alt, end}, index) => {
      const canvas = make("canvas", {width: PAPER_WIDTH, height: Math.round((PAPER_WIDTH * cut.height) / cut.width)});
      cut.draw(canvas, end);
      return make("figure", {}, canvas, make("figcaption", {}, `${index + 1}. ${sentence || alt}`));
    }));
  }
}
