// How a page begins: a theatre over the whole window, and a film in it, or a line that says why there is none.

import { Theatre } from "./theatre.js";
import { say } from "./words.js";

/**
 * Show a film.
 * @param {function(Theatre): Promise} open loads it.
 */
export function begin(open) {
  const settings = JSON.parse(document.getElementById("settings").textContent);
  const theatre = new Theatre(document.getElementById("theatre"), settings);
  const fail = ({ message }) => theatre.tell(say(document.documentElement.lang, "damaged", { error: message }));
  // Whoever holds the page in a script: the film, its player, and when both are there.
  window.nnanim = { theatre, player: theatre.player, ready: open(theatre).catch(fail) };
}
