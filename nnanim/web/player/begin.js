// How a page begins: a theatre over the whole window, and a film in it, or a line that says why there is none.

import {Theatre} from "./theatre.js";

/**
 * Show a film.
 * @param {function(Theatre): Promise} open loads it.
 */
export function begin(open) {
  const theatre = new Theatre(document.getElementById("theatre"), JSON.parse(document.getElementById("settings").textContent));
  // Whoever holds the page in a script: the film, its player, and when both are there.
  window.nnanim = {theatre, player: theatre.player, ready: open(theatre).catch((error) => theatre.complain(error))};
}
