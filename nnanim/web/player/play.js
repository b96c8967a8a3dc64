// A page whose film nnanim serves.

import { begin } from "./begin.js";
import { Served } from "./served.js";

begin((theatre) => new Served(theatre, theatre.settings.served).open());
