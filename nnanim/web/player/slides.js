// Beats of films on slides: each film of a deck is unpacked once, when a slide that shows it is near.

import { make } from "./elements.js";
import { decodeFilm } from "./film.js";
import { Player } from "./player.js";
import { answerPointing } from "./pointing.js";
import { readBytes } from "./text.js";

/** Pixels across a picture that rests on a slide. */
const SLIDE_WIDTH = 1280;

/** The films of a page, by the ids of the elements that they lie in. */
export class Reels {
  constructor() {
    this.cuts = new Map();
  }

  /** @returns {Promise<import("./film.js").Cut>} the first cut of a film. */
  cut(name) {
    if (!this.cuts.has(name)) {
      const film = decodeFilm(readBytes(document.getElementById(name).textContent));
      this.cuts.set(name, film.then(({ cuts }) => cuts[0]));
    }
    return this.cuts.get(name);
  }

  /** Draw how a beat ends on a canvas that rests. */
  async still(canvas, width = SLIDE_WIDTH) {
    const { film, beat } = canvas.dataset, cut = await this.cut(film), height = Math.round((width * cut.height) / cut.width);
    Object.assign(canvas, { width, height });
    cut.draw(canvas, cut.beats.find(({ id }) => id === beat).end);
  }

  /** The same as the address of a picture. */
  async picture({ dataset }, width) {
    const canvas = make("canvas", { "data-film": dataset.film, "data-beat": dataset.beat });
    await this.still(canvas, width);
    return canvas.toDataURL("image/webp", 0.8);
  }

  /** Forget films that no slide nearby shows. */
  keep(names) {
    for (const name of this.cuts.keys()) if (!names.has(name)) this.cuts.delete(name);
  }
}

/** Plays one beat of a cut alone: `only`, its number; again and again where it is a `loop`. */
class BeatPlayer extends Player {
  get start() { return this.cut.beats[this.only].start; }
  get end() { return this.cut.beats[this.only].end; }

  beatAt() { return this.only; }

  advance(seconds) {
    const { start, end } = this, to = this.seconds + seconds;
    if (this.loop && to >= end) this.seek(start + ((to - end) % (end - start)));
    else super.advance(seconds);
  }
}

/** A slide that plays one beat; to the deck it is as one that plays a video. */
export class VectorScreen {
  /**
   * @param {HTMLCanvasElement} canvas with the film and the beat in its dataset; a sound beside it is its voice.
   * @param {Reels} reels
   */
  constructor(canvas, reels) {
    this.canvas = canvas;
    this.reels = reels;
    this.player = null;
    this.voice = canvas.parentElement.querySelector("audio");
    this.words = canvas.parentElement.querySelector(".caption");
  }

  /** Have the film at hand, and its first picture on the canvas. */
  async unpack() {
    if (!this.player) {
      this.player = new BeatPlayer(this.canvas);
      this.player.addEventListener("end", () => this.ended?.());
      this.player.loop = "loop" in this.canvas.dataset;
      // Keys lead through the slides.
      this.pointing = answerPointing(this.player, this.canvas.parentElement, { keys: null });
    }
    const cut = await this.reels.cut(this.canvas.dataset.film);
    if (this.player && this.player.cut !== cut) {
      this.player.only = cut.beats.findIndex(({ id }) => id === this.canvas.dataset.beat);
      this.player.show(cut);
    }
  }

  release() {
    this.player?.watcher.disconnect();
    this.pointing?.end();
    this.player?.pause();
    this.player = null;
    this.canvas.width = this.canvas.height = 0;
  }

  /** From its start. */
  async play() {
    this.wanted = true;
    await this.unpack();
    if (!this.wanted || !this.player) return;
    this.player.resize();
    this.player.seek(this.player.start);
    this.player.play();
    if (!this.voice) return;
    this.voice.currentTime = 0;
    // No sound before the first click on the page: a rule of browsers.
    this.voice.play().catch(() => {});
  }

  pause() {
    this.wanted = false;
    this.player?.pause();
    this.voice?.pause();
  }

  toggle() {
    if (this.player?.playing) return this.pause();
    this.player?.play();
    if (this.voice && !this.voice.ended) this.voice.play().catch(() => {});
  }

  mute(muted) {
    if (this.voice) this.voice.muted = muted;
  }

  /** Show a text below the picture, or none. */
  caption(text) {
    this.words.textContent = text || "";
    this.words.hidden = !text;
  }

  /** A small picture of how it ends, as an address. */
  picture() {
    return this.reels.picture(this.canvas, 640);
  }

  resize() {
    this.player?.resize();
  }
}
