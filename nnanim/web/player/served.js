// A film that nnanim serves from this machine: cuts come when they are wanted, and again when a file was saved.

import { decodeAny } from "./quick.js";

/**
 * A film whose cuts are fetched one by one; to a theatre it is as one that lies in the page.
 * Of a cut that has not come yet, the beat that is seen comes first, by itself: the whole takes longer to be made.
 */
export class Served {
  /**
   * @param {import("./theatre.js").Theatre} theatre
   * @param {{cuts: string, events: string}} places addresses of cuts and of the stream of events.
   */
  constructor(theatre, places) {
    this.theatre = theatre;
    this.places = places;
    this.version = 0;
    /** Whole cuts that are there, and those that are coming. */
    this.known = new Map();
    this.coming = new Map();
  }

  /** Show the film as soon as its first picture is there, and each version that comes after it. */
  open() {
    const { theatre } = this, words = () => (theatre.player.cut || theatre.settings).words;
    return new Promise((resolve, reject) => {
      const events = new EventSource(this.places.events);
      events.addEventListener("film", (event) => {
        theatre.say("");
        this.renew(JSON.parse(event.data)).then(resolve, reject);
      });
      events.addEventListener("mistake", (event) => {
        theatre.say(words().broken + JSON.parse(event.data).line);
        resolve();
      });
      events.addEventListener("error", () => theatre.film && theatre.say(words().gone));
    });
  }

  /** A new version of the film: what was fetched of the one before is void. */
  async renew({ version, cover, choices }) {
    Object.assign(this, { version, choices, known: new Map(), coming: new Map() });
    this.theatre.settings.cover = cover;
    await this.theatre.load(this);
  }

  /** The cut, or a promise of the beat that is seen now, after which the whole cut follows. */
  choose(choice) {
    const name = new URLSearchParams({ ...choice, version: this.version }).toString();
    if (this.known.has(name)) return this.known.get(name);
    const { theatre } = this;
    const { cut, beat } = theatre.player;
    const seen = cut ? cut.beats[beat].id : theatre.wish("beat") || "1";
    const part = this.fetch(`${name}&${new URLSearchParams({ beat: seen })}`, choice);
    if (!this.coming.has(name)) this.coming.set(name, part.then(() => this.follow(name, choice)));
    return part.then((film) => Object.assign(film, { partial: true }));
  }

  /** Have the whole cut, and show it where it is still wanted. */
  async follow(name, choice) {
    const { theatre, known } = this;
    const cut = await this.fetch(name, choice);
    known.set(name, cut);
    const shown = ["lang", "theme", "frame"].every((one) => theatre.choice[one] === choice[one]);
    if (shown && known === this.known) await theatre.choose({});
  }

  async fetch(name, choice) {
    const answer = await fetch(`${this.places.cuts}?${name}`);
    if (!answer.ok) throw new Error(await answer.text());
    return (await decodeAny(new Uint8Array(await answer.arrayBuffer()))).choose(choice);
  }
}
