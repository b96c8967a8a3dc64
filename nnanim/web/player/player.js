// The clock of a film: which moment of which cut is seen, how it goes on, and when it is drawn.

/**
 * Plays cuts on a canvas. Events: "cut" (another cut), "beat" (another beat), "time" (a moment was drawn),
 * "play" (it plays, or stops) and "end" (of the film, or of the beat that is shown alone).
 */
export class Player extends EventTarget {
  /**
   * @param {HTMLCanvasElement} canvas where it is drawn; its size on the page gives the pixels.
   * @param {{still?: boolean}} options still: show only how each beat ends, for those who want no motion.
   */
  constructor(canvas, { still = false } = {}) {
    super();
    this.canvas = canvas;
    this.still = still;
    this.cut = null;
    this.seconds = 0;
    this.pace = 1;
    this.playing = false;
    this.loop = false;
    /** Whether it stops at the end of each beat, as slides do. */
    this.stepwise = false;
    /** The one beat that is shown, or null for the whole film. */
    this.only = null;
    this.beat = 0;
    this.turn = 0;
    this.drawn = "";
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

  /** Seconds at which what is shown begins: the film, or the one beat. */
  get start() {
    return this.only === null ? 0 : this.cut.beats[this.only].start;
  }

  /** Seconds at which it ends. */
  get end() {
    return this.only === null ? this.cut.seconds : this.endOf(this.only);
  }

  /** Whether nothing moves at this moment. */
  get resting() {
    return this.still || this.phase()?.name === "pause";
  }

  /** Go to a moment. */
  seek(seconds) {
    this.seconds = Math.min(Math.max(seconds, this.start), this.end);
    const beat = this.beatAt(this.seconds);
    const changed = beat !== this.beat;
    this.beat = beat;
    if (changed) this.tell("beat");
    this.draw();
  }

  /** Go to the start of a beat, or to its end. */
  seekBeat(index, atEnd = false) {
    const beats = this.cut.beats;
    const place = Math.min(Math.max(index, 0), beats.length - 1);
    this.seek(atEnd ? this.endOf(place) : beats[place].start);
  }

  /** To the next beat; one that stopped at its end goes on playing. */
  next() {
    if (this.beat + 1 >= this.cut.beats.length) return this.seek(this.end);
    const step = this.stepwise && !this.playing;
    this.seekBeat(this.beat + 1);
    if (step) this.play();
  }

  /** To the start of this beat, or of the one before where this has just begun. */
  previous() {
    const begun = this.still ? 0 : this.seconds - this.cut.beats[this.beat].start;
    this.seekBeat(begun > 0.7 ? this.beat : this.beat - 1);
  }

  /** Go on from here; from the start where it has ended. */
  play() {
    if (this.playing || !this.cut) return;
    if (this.seconds >= this.end - 1e-3) this.seek(this.start);
    else if (this.stepwise && this.atEndOfBeat) this.seek(this.endOf(this.beat) + 1e-4);
    this.playing = true;
    this.tell("play");
    // Two presses within one frame must not leave two loops.
    const turn = ++this.turn;
    let last = performance.now();
    const advance = (now) => {
      if (!this.playing || turn !== this.turn) return;
      // A window that was hidden goes on where it was, not where it would be.
      this.advance(Math.min(Math.max(now - last, 0), 200) / 1000);
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

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  /** Let some seconds of a clock pass. */
  advance(seconds) {
    const to = this.seconds + seconds * this.pace;
    const stop = this.stepwise && this.only === null ? this.endOf(this.beat) : this.end;
    if (to < stop) return this.seek(to);
    if (this.loop && stop === this.end) return this.seek(this.start + ((to - stop) % (stop - this.start)));
    this.seek(stop);
    // The rest of the film is on its way.
    if (this.cut.partial) return;
    this.pause();
    if (stop === this.end) this.tell("end");
  }

  /** Give the canvas as many pixels as it has on the screen. */
  resize() {
    const box = this.canvas.getBoundingClientRect();
    const ratio = Math.min(window.devicePixelRatio || 1, 4096 / Math.max(box.width, box.height, 1));
    const [width, height] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
    if (!width || !height || (width === this.canvas.width && height === this.canvas.height)) return;
    this.canvas.width = width;
    this.canvas.height = height;
    this.drawn = "";
    this.draw();
  }

  draw() {
    if (!this.cut) return;
    const seconds = this.still ? this.endOf(this.beat) : this.seconds;
    // What rests looks the same as long as it rests.
    const now = this.resting ? `rest ${this.beat}` : String(seconds);
    if (now !== this.drawn) this.cut.draw(this.canvas, seconds);
    this.drawn = now;
    this.tell("time");
  }

  /** A point of the window in units of the frame: its middle is the origin, y points up. */
  toFrame(x, y) {
    const box = this.canvas.getBoundingClientRect();
    const { width, height } = this.cut;
    return [((x - box.left) / box.width - 0.5) * width, (0.5 - (y - box.top) / box.height) * height];
  }

  beatAt(seconds) {
    return this.only ?? this.cut.beats.indexOf(this.cut.beatAt(seconds));
  }

  /** The last moment of a beat: a hair before the next begins. */
  endOf(index) {
    const beat = this.cut.beats[index];
    const last = index + 1 === this.cut.beats.length;
    return last ? beat.start + beat.seconds : beat.start + beat.seconds - 1e-4;
  }

  get atEndOfBeat() {
    return this.seconds >= this.endOf(this.beat) - 1e-3;
  }

  /** The phase that is seen now, with the fraction of it that has passed. */
  phase() {
    const beat = this.cut?.beats[this.beat];
    if (!beat) return null;
    let left = this.seconds - beat.start;
    for (const phase of beat.phases) {
      if (left < phase.seconds || phase === beat.phases[beat.phases.length - 1])
        return { name: phase.name, fraction: phase.seconds ? Math.min(left / phase.seconds, 1) : 1 };
      left -= phase.seconds;
    }
    return null;
  }

  /** Where it is, in words that hold for a cut of other lengths. */
  place() {
    return { id: this.cut.beats[this.beat].id, index: this.beat, ...this.phase() };
  }

  timeOf({ id, index, name, fraction }) {
    const { beats } = this.cut;
    const found = beats.findIndex((beat) => beat.id === id);
    const beat = beats[found >= 0 ? found : Math.min(index, beats.length - 1)];
    let before = beat.start;
    for (const phase of beat.phases) {
      if (phase.name === name) return before + fraction * phase.seconds - (fraction === 1 ? 1e-4 : 0);
      before += phase.seconds;
    }
    return name === undefined ? beat.start : before - 1e-4;
  }

  tell(name) {
    this.dispatchEvent(new Event(name));
  }
}
