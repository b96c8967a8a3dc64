// The clock of a film: which moment of which cut is seen, how it goes on, and when it is drawn.

import {clamp} from "./elements.js";

/** Whether somebody wants no motion: then only how each beat ends is shown. */
const CALM = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * Plays cuts on a canvas. Events: "cut" (another cut), "beat" (another beat), "time" (a moment was drawn),
 * "play" (it plays, or stops) and "end".
 */
export class Player extends EventTarget {
  /** @param {HTMLCanvasElement} canvas where it is drawn; its size on the page gives the pixels. */
  constructor(canvas) {
    super();
    Object.assign(this, {canvas, cut: null, seconds: 0, pace: 1, beat: 0, playing: false, turn: 0, drawn: ""});
    /** Whether what is seen only stands for the film: it is played from its start then. */
    this.isCover = false;
    /** Whether it stops at the end of each beat, as slides do. */
    this.stepwise = false;
    this.watcher = new ResizeObserver(() => this.resize());
    this.watcher.observe(canvas);
  }

  /** Show a cut; where it replaces another, at the same place of the same beat. */
  show(cut) {
    const place = this.cut && this.place();
    this.cut = cut;
    this.seconds = place ? this.timeOf(place) : this.start;
    this.drawn = "";
    this.resize();
    this.beat = this.beatAt(this.seconds);
    this.tell("cut");
    this.tell("beat");
    this.draw();
  }

  get still() { return CALM.matches; }

  /** Seconds at which what is shown begins and ends. */
  get start() { return 0; }
  get end() { return this.cut.seconds; }

  /** Whether nothing moves at this moment. */
  get resting() { return this.still || this.phase()?.name === "pause"; }

  /** Go to a moment. */
  seek(seconds) {
    this.isCover = false;
    this.seconds = clamp(seconds, this.start, this.end);
    const beat = this.beatAt(this.seconds), isOther = beat !== this.beat;
    this.beat = beat;
    if (isOther) this.tell("beat");
    this.draw();
  }

  /** Go to the start of a beat, or to its end. */
  seekBeat(index, atEnd = false) {
    const {beats} = this.cut, beat = beats[clamp(index, 0, beats.length - 1)];
    this.seek(atEnd ? beat.end : beat.start);
  }

  /** To the next beat; one that stopped at its end goes on playing. */
  next() {
    if (this.beat + 1 >= this.cut.beats.length) return this.seek(this.end);
    const goesOn = this.stepwise && !this.playing;
    this.seekBeat(this.beat + 1);
    if (goesOn) this.play();
  }

  /** To the start of this beat, or of the one before where this has just begun. */
  previous() {
    const begun = !this.still && this.seconds - this.cut.beats[this.beat].start > 0.7;
    this.seekBeat(begun ? this.beat : this.beat - 1);
  }

  /** Go on from here; from the start where it has ended. */
  play() {
    if (this.playing || !this.cut) return;
    const {end} = this.cut.beats[this.beat], isOver = (moment) => this.seconds >= moment - 1e-3;
    if (this.isCover || isOver(this.end)) this.seek(this.start);
    else if (this.stepwise && isOver(end)) this.seek(end + 1e-4);
    this.playing = true;
    this.tell("play");
    // Two presses within one frame must not leave two loops.
    const turn = ++this.turn;
    let last = performance.now();
    const advance = (now) => {
      if (!this.playing || turn !== this.turn) return;
      // A window that was hidden goes on where it was, not where it would be.
      this.advance(clamp(now - last, 0, 200) / 1000);
      last = now;
      if (this.playing) requestAnimationFrame(advance);
    };
    requestAnimationFrame(advance);
  }

  /** Stop here. */
  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.tell("play");
  }

  /** Play at another `pace`, `stepwise` or not. */
  set(values) {
    Object.assign(this, values);
    this.tell("play");
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  /** Let some seconds of a clock pass. */
  advance(seconds) {
    const {end} = this, to = this.seconds + seconds * this.pace, stop = this.stepwise ? this.cut.beats[this.beat].end : end;
    if (to < stop) return this.seek(to);
    this.seek(stop);
    // The rest of the film is on its way.
    if (this.cut.partial) return;
    this.pause();
    if (stop === end) this.tell("end");
  }

  /** Give the canvas as many pixels as it has on the screen. */
  resize() {
    const {canvas} = this, box = canvas.getBoundingClientRect();
    const ratio = Math.min(devicePixelRatio, 4096 / Math.max(box.width, box.height, 1));
    const [width, height] = [box.width, box.height].map((side) => Math.round(side * ratio));
    if (!width || !height || (width === canvas.width && height === canvas.height)) return;
    Object.assign(canvas, {width, height});
    this.drawn = "";
    this.draw();
  }

  draw() {
    if (!this.cut) return;
    const seconds = this.still ? this.cut.beats[this.beat].end : this.seconds;
    // What rests looks the same as long as it rests.
    const now = this.resting ? `rest ${this.beat}` : String(seconds);
    if (now !== this.drawn) this.cut.draw(this.canvas, seconds);
    this.drawn = now;
    this.tell("time");
  }

  /** A point of the window in units of the frame: its middle is the origin, y points up. */
  toFrame(x, y) {
    const box = this.canvas.getBoundingClientRect(), {width, height} = this.cut;
    return [((x - box.left) / box.width - 0.5) * width, (0.5 - (y - box.top) / box.height) * height];
  }

  beatAt(seconds) {
    return this.cut.beats.indexOf(this.cut.beatAt(seconds));
  }

  /** The phase that is seen now, or undefined before there is a cut. */
  phase() {
    return this.cut?.phaseAt(this.seconds);
  }

  /** Where it is, in words that hold for a cut of other lengths. */
  place() {
    const {name, start, seconds} = this.phase(), fraction = seconds ? clamp((this.seconds - start) / seconds, 0, 1) : 1;
    return {id: this.cut.beats[this.beat].id, index: this.beat, name, fraction};
  }

  timeOf({id, index, name, fraction}) {
    const {beats} = this.cut, beat = beats.find((one) => one.id === id) || beats[Math.min(index, beats.length - 1)];
    const phase = beat.phases.find((one) => one.name === name);
    if (!phase) return beat.end;
    return phase.start + fraction * phase.seconds - (fraction === 1 ? 1e-4 : 0);
  }

  tell(name) {
    this.dispatchEvent(new Event(name));
  }
}
