// All sentences of a film as a list to jump from, and on paper with their pictures.

import { make } from "./elements.js";
import { icon } from "./icons.js";
import { time } from "./controls.js";
import { say } from "./words.js";

/** Pixels across a picture on paper. */
const WIDTH = 1280;

export class Contents {
  /** @param {import("./theatre.js").Theatre} theatre */
  constructor(theatre) {
    this.theatre = theatre;
    this.list = make("ol");
    this.heading = make("h2");
    this.close = make("button", { type: "button", onclick: () => this.toggle(false) }, "✕");
    this.print = make("button", { type: "button", onclick: () => window.print() }, icon("print"));
    this.panel = make(
      "nav", { class: "contents", hidden: true },
      make("header", {}, this.heading, this.print, this.close), this.list,
    );
    this.paper = make("section", { class: "paper" });
    theatre.player.addEventListener("cut", () => this.fill());
    theatre.player.addEventListener("beat", () => this.mark());
    if (theatre.settings.embedded) this.print.hidden = true;
    else {
      addEventListener("beforeprint", () => this.layOut());
      addEventListener("afterprint", () => this.paper.replaceChildren());
    }
  }

  fill() {
    const { player, choice } = this.theatre;
    for (const [element, key] of [[this.panel, "contents"], [this.close, "close"], [this.print, "print"]])
      element.setAttribute("aria-label", say(choice.lang, key));
    this.heading.textContent = player.cut.title;
    const rows = player.cut.beats.flatMap((beat, index) => {
      const row = make(
        "li", { "data-beat": beat.id },
        make("button", { type: "button", onclick: () => this.go(index) },
          make("time", {}, time(beat.start)), make("span", {}, beat.sentence || beat.alt || beat.id)),
      );
      if (beat.asks) row.title = say(choice.lang, "asks");
      return beat.chapter ? [make("li", { class: "chapter" }, beat.chapter), row] : [row];
    });
    this.list.replaceChildren(...rows);
    this.mark();
  }

  go(index) {
    const { player } = this.theatre;
    player.seekBeat(index);
    if (!player.still) player.play();
    if (innerWidth < 700) this.toggle(false);
  }

  mark() {
    const { cut, beat } = this.theatre.player;
    for (const row of this.list.children) {
      const here = row.dataset.beat === cut.beats[beat].id;
      if (here) row.setAttribute("aria-current", "step");
      else row.removeAttribute("aria-current");
      // Only the list may scroll, never the page around it.
      if (here && !this.panel.hidden) this.list.scrollTop = row.offsetTop - this.list.clientHeight / 3;
    }
  }

  toggle(open = this.panel.hidden) {
    this.panel.hidden = !open;
    this.theatre.host.classList.toggle("listed", open);
    this.theatre.controls.buttons.contents.setAttribute("aria-expanded", String(open));
    if (open) this.mark();
    this.theatre.fit();
  }

  /** A picture of how each beat ends, with its sentence: in the light theme, where there is one. */
  layOut() {
    const { film, choice, player } = this.theatre;
    const theme = film.themes.includes("light") ? "light" : choice.theme;
    const chosen = film.choose({ ...choice, theme });
    // Paper does not wait for a film that is still on its way.
    const cut = chosen instanceof Promise ? player.cut : chosen;
    const figures = cut.beats.map((beat, index) => {
      const canvas = make("canvas", { width: WIDTH, height: Math.round((WIDTH * cut.height) / cut.width) });
      const last = index + 1 === cut.beats.length;
      cut.draw(canvas, beat.start + beat.seconds - (last ? 0 : 1e-4));
      return make("figure", {}, canvas, make("figcaption", {}, `${index + 1}. ${beat.sentence || beat.alt || ""}`));
    });
    this.paper.replaceChildren(make("h1", {}, cut.title), ...figures);
  }
}
