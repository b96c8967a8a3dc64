// A film that nnanim serves from this machine: cuts come when they are wanted, and again when a file was saved.

import { decodeFilm } from "./film.js";
import { say } from "./words.js";

/** A film whose cuts are fetched one by one; to a theatre it is as one that lies in the page. */
export class Served {
  /**
   * @param {import("./theatre.js").Theatre} theatre
   * @param {{cuts: string, events: string}} places addresses of cuts and of the stream of events.
   */
  constructor(theatre, places) {
    this.theatre = theatre;
    this.places = places;
    this.known = new Map();
    this.version = 0;
  }

  /** Show the film as soon as its first picture is there, and whatever comes after it. */
  open() {
    return new Promise((resolve) => {
      const events = new EventSource(this.places.events);
      events.addEventListener("film", async (event) => {
        await this.renew(JSON.parse(event.data));
        resolve();
      });
      events.addEventListener("mistake", (event) => {
        this.theatre.tell(`${say(document.documentElement.lang, "broken")} ${JSON.parse(event.data).line}`);
        resolve();
      });
      events.addEventListener("error", () => {
        if (this.theatre.film) this.theatre.tell(say(this.theatre.choice.lang, "gone"));
      });
    });
  }

  /** A new version of the film: what was fetched of the one before is void. */
  async renew({ version, cover, languages, themes, frames }) {
    this.known.clear();
    Object.assign(this, { version, languages, themes, frames });
    const { theatre } = this;
    theatre.settings.cover = cover;
    // The beat that is seen comes first, by itself: the whole film takes longer to be made.
    const { player } = theatre;
    this.beat = player.cut ? player.cut.beats[player.beat].id : theatre.wish("beat") || "first";
    await theatre.load(this);
    this.beat = "";
    await theatre.load(this);
    theatre.tell("");
  }

  choose(choice) {
    const beat = this.beat ? { beat: this.beat } : {};
    const name = new URLSearchParams({ ...choice, ...beat, version: this.version }).toString();
    if (!this.known.has(name)) this.known.set(name, this.fetch(name, choice));
    return this.known.get(name);
  }

  async fetch(name, choice) {
    const answer = await fetch(`${this.places.cuts}?${name}`);
    if (!answer.ok) throw new Error(await answer.text());
    const cut = (await decodeFilm(new Uint8Array(await answer.arrayBuffer()))).choose(choice);
    cut.partial = name.includes("beat=");
    // From now on the cut itself: whoever prints does not wait.
    this.known.set(name, cut);
    return cut;
  }
}
