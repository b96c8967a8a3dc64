// A page that is one film: unpacks what lies in it, and shows it.

import { decodeFilm } from "./film.js";
import { Served } from "./served.js";
import { Theatre } from "./theatre.js";
import { say } from "./words.js";

const settings = JSON.parse(document.getElementById("settings").textContent);
const theatre = new Theatre(document.getElementById("theatre"), settings);

/** The film that lies in this page, or the one that nnanim serves. */
async function open() {
  if (settings.served) return new Served(theatre, settings.served).open();
  const text = document.getElementById("film").textContent;
  await theatre.load(await decodeFilm(Uint8Array.from(atob(text), (char) => char.charCodeAt(0))));
}

/** Whoever holds the page in a script: the film, its player, and when both are there. */
window.nnanim = {
  theatre,
  player: theatre.player,
  ready: open().catch(({ message }) => theatre.tell(say(document.documentElement.lang, "damaged", { error: message }))),
};
