// All sentences of a film as a list to jump from, and on paper with their pictures.

import {time} from "./controls.js";
import {make, on} from "./elements.js";

/** Pixels across a picture on paper. */
const PAPER_WIDTH = 1280;

/**
 * @param {import("./theatre.js").Theatre} theatre
 * @returns {{panel: HTMLElement, paper: HTMLElement, toggle: function(boolean)}}
 */
export function makeContents(theatre) {
  const {player, settings: {embedded}} = theatre;
  const list = make("ol"), heading = make("h2"), paper = make("section", {class: "paper"});
  const buttons = {
    print: make("button", {"data-name": "print", onclick: () => print(), hidden: embedded}),
    close: make("button", {onclick: () => toggle(false)}, "✕"),
  };
  const header = make("header", {}, heading, buttons.print, buttons.close);
  const panel = make("nav", {class: "contents", hidden: true}, header, list);

  const mark = () => {
    const {cut, beat} = player, row = list.querySelector(`[data-beat="${cut.beats[beat].id}"]`);
    list.querySelector("[aria-current]")?.removeAttribute("aria-current");
    row.ariaCurrent = "step";
    // Only the list may scroll, never the page around it.
    if (!panel.hidden) list.scrollTop = row.offsetTop - list.clientHeight / 3;
  };
  const toggle = (isOpen = panel.hidden) => {
    panel.hidden = !isOpen;
    theatre.tell("choice");
    if (isOpen) mark();
  };
  const go = (index) => {
    player.seekBeat(index);
    if (!player.still) player.play();
    if (innerWidth < 700) toggle(false);
  };

  on(player, "cut", () => {
    const {beats, title, words} = player.cut;
    panel.ariaLabel = words.contents;
    for (const name in buttons) buttons[name].ariaLabel = words[name];
    heading.textContent = title;
    list.replaceChildren(...beats.flatMap(({id, start, sentence, alt, chapter, asks}, index) => [
      ...(chapter ? [make("li", {class: "chapter"}, chapter)] : []),
      make("li", {"data-beat": id, title: asks && words.asks},
        make("button", {onclick: () => go(index)}, make("time", {}, time(start)), make("span", {}, sentence || alt || id))),
    ]));
  });
  on(player, "beat", mark);
  if (embedded) return {panel, paper, toggle};

  // A picture of how each beat ends, with its sentence: in the light theme, where there is one.
  on(window, "beforeprint", () => {
    const {film, choice} = theatre, isLight = film.choices.theme.includes("light");
    const chosen = film.choose(isLight ? {...choice, theme: "light"} : choice);
    // Paper does not wait for a film that is still on its way.
    const cut = chosen instanceof Promise ? player.cut : chosen;
    paper.replaceChildren(make("h1", {}, cut.title), ...cut.beats.map(({sentence, alt, end}, index) => {
      const canvas = make("canvas", {width: PAPER_WIDTH, height: Math.round((PAPER_WIDTH * cut.height) / cut.width)});
      cut.draw(canvas, end);
      return make("figure", {}, canvas, make("figcaption", {}, `${index + 1}. ${sentence || alt}`));
    }));
  });
  on(window, "afterprint", () => paper.replaceChildren());
  return {panel, paper, toggle};
}
