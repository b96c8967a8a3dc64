// A page that is one film: unpacks what lies in it, and shows it.

import { begin } from "./begin.js";
import { decodeFilm } from "./film.js";

begin(async (theatre) => {
  const text = document.getElementById("film").textContent;
  await theatre.load(await decodeFilm(Uint8Array.from(atob(text), (char) => char.charCodeAt(0))));
});
