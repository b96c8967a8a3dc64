// The speaker's window: the sentence, the notes, the time and what comes next. The page writes it itself: so it needs no server.

import {make, on} from "./elements.js";

export class Speaker {
  /** @param {Object} deck @param {function(HTMLElement): (string|Promise<string>)} picture the address of how a slide ends */
  constructor(deck, picture) {
    Object.assign(this, {deck, picture, window: null, begun: 0});
    setInterval(() => this.showTime(), 1000);
  }

  /** The document of the window while it is open. */
  get page() { return this.window && !this.window.closed ? this.window.document : null; }

  open() {
    const {deck} = this, say = deck.words;
    if (this.page) return this.window.focus();
    this.window = window.open("", "speaker", "width=1100,height=720");
    if (!this.window) return alert(say.blocked);
    this.begun ||= Date.now();
    const {page} = this;
    page.title = `${say.notes}: ${deck.title}`;
    page.documentElement.lang = deck.lang;
    page.head.append(make("style", {}, document.getElementById("fonts").textContent + deck.speaker));
    page.body.replaceChildren(
      make("header", {id: "bar"}, make("button", {id: "back", onclick: () => Reveal.prev()}, "◀"),
        make("button", {id: "on", onclick: () => Reveal.next()}, "▶"),
        make("span", {id: "place"}), make("span", {id: "chapter"}), make("time", {id: "clock"})),
      make("main", {id: "main"}, make("h1", {id: "sentence"}), make("div", {id: "notes"})),
      make("aside", {id: "next"}, make("h2", {id: "then"}, say.next), make("img", {id: "picture"}), make("p", {id: "follows"})),
    );
    on(this.window, "keydown", (event) => {
      if (["ArrowRight", "ArrowDown", " ", "PageDown", "Enter"].includes(event.key)) Reveal.next();
      else if (["ArrowLeft", "ArrowUp", "PageUp"].includes(event.key)) Reveal.prev();
      else return;
      event.preventDefault();
    });
    this.show();
  }

  /** What belongs to the slide that is seen. */
  show() {
    const {page, deck} = this;
    if (!page) return;
    const place = Reveal.getIndices().h, [slide, after] = deck.slides.slice(place, place + 2);
    const set = (id, text) => (page.getElementById(id).textContent = text);
    set("place", `${place + 1} / ${deck.slides.length}`);
    const {chapter, minutes} = deck.slides.slice(0, place + 1).findLast((one) => one.chapter) || {};
    set("chapter", chapter ? chapter + (minutes ? ` (${minutes} ${deck.words.minutes})` : "") : "");
    set("sentence", slide.title);
    page.getElementById("notes").replaceChildren(...slide.notes.split("\n\n").map((text) => make("p", {}, text)));
    const picture = page.getElementById("picture"), next = document.querySelectorAll(".slides > section")[place + 1];
    picture.hidden = !next?.querySelector("img, video, canvas");
    Promise.resolve(next && this.picture(next)).then((address) => {
      if (Reveal.getIndices().h === place) picture.src = address || "";
    });
    set("follows", after ? after.title : deck.words.end);
    this.showTime();
  }

  showTime() {
    const {page, deck} = this, seconds = Math.floor((Date.now() - this.begun) / 1000);
    if (!page) return;
    const planned = deck.minutes ? ` / ${deck.minutes} ${deck.words.minutes}` : "";
    const two = (number) => String(number).padStart(2, "0");
    page.getElementById("clock").textContent = `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}${planned}`;
  }
}
