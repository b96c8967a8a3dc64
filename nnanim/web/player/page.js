// A page that is one film: unpacks what lies in it, and shows it.

import {begin} from "./begin.js";
import {decodeFilm} from "./film.js";
import {readBytes} from "./text.js";

begin(async (theatre) => theatre.load(await decodeFilm(readBytes(document.getElementById("film").textContent))));
