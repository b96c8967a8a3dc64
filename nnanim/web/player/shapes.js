// Paints shapes on a Canvas 2D, from rows of whole numbers: places in steps of a frame unit, colours.

/** Frame units of a step: of a place, of a width; light of a step of alpha; em of a step of an outline. */
export const PLACE = 1 / 4000, WIDTH = 1 / 8000, ALPHA = 1 / 32767, EM = 1 / 2000;

/** Steps of time in a phase. */
export const MOMENT = 32767;

/** Steps of a step of a picture's place. */
const FINE = 256;

const TURN = 2 * Math.PI;

/** Half the side of a square of the area of a disc of radius 1. */
const SQUARE = Math.sqrt(Math.PI) / 2;

/** Kind of a signal whose colour changes now; others have 0 or 1, by their sign. */
export const TURNING = 2;
const QUARTERS = [[1, 0], [0, 1], [-1, 0], [0, -1]];

/** Alpha, in steps, below which nothing of a shape is seen. */
const UNSEEN = 0.5;

/** Light below which not even many lines upon each other are seen. */
const UNLIT = 1e-4;

/** Share of a pixel that is not seen. */
const SLIM = 0.02;

/** Number of lines of a net up to which each is drawn exactly where it is. */
const EXACT = 1000;

/** Sides of what is drawn for a circle, of less than 20 pixels and of more: browsers draw arcs a tenth of a pixel too small. */
const SIDES = [24, 48];

/** Steps of a radius in which rims' widths are kept apart, and how many of them are kept. */
const RIM = 256, RINGS = 500;

/** Pixels of the picture of a light, and how many of them are kept. */
const GLOW_SIZE = 128, GLOWS = 200;

/** A canvas on which drawings are painted. */
export class Painter {
  /**
   * @param {HTMLCanvasElement|OffscreenCanvas} canvas
   * @param {import("./format.js").Store} store
   * @param {[number, number]} size width and height of the frame in its units
   * @param {boolean} opaque whether it has a ground
   * @param {boolean} fine whether it has more than 8 bits, where the browser knows how: thousands of faint wires
   *     laid over each other would change their colour; all else is drawn three times as fast in 8 bits
   */
  constructor(canvas, store, size, opaque = false, fine = false) {
    this.canvas = canvas;
    this.store = store;
    this.size = size;
    this.context = canvas.getContext("2d", {alpha: !opaque, colorType: fine ? "float16" : "unorm8"});
    this.paths = store.paths ||= new Array(store.pieces.length);
    this.fine = fine;
    /** Whether what is drawn moves: then circles are drawn fast, and not exactly. */
    this.moves = false;
    /** Left, top, right, bottom of the pictures that were painted; batches of boxes; whether a box lies on a picture. */
    Object.assign(this, {pictures: [], batches: 0, isOnPicture: false});
    this.ground = [0, 0, 0];
    this.move(0, 0, 1);
  }

  /** Lay a colour over everything: on it inks are rounded as films round them. */
  cover(ground) {
    this.clear(ground);
    Object.assign(this, {pictures: [], batches: 0});
    this.ground = [1, 3, 5].map((at) => parseInt(ground.slice(at, at + 2), 16));
  }

  /** From here on what is drawn about the origin stands at a place of the frame, `factor` times as large. */
  move(x, y, factor) {
    Object.assign(this, {dx: x, dy: y, factor});
  }

  /** The point of the frame as pixels: across. */
  across(x) { return this.canvas.width / 2 + (x * this.factor + this.dx) * this.scale; }

  /** The point of the frame as pixels: down. */
  down(y) { return this.canvas.height / 2 - (y * this.factor + this.dy) * this.scale; }

  /** Pixels of a frame unit. */
  get scale() { return this.canvas.width / this.size[0]; }

  /** Empty it; `color` is laid on it. */
  clear(color) {
    const {context, canvas} = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = 1;
    if (!color) return context.clearRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = color;
    context.fillRect(0, 0, canvas.width, canvas.height);
  }

  /** Lay another canvas of the same size over it. */
  lay(canvas, light = 1) {
    if (light <= 0) return;
    this.context.setTransform(1, 0, 0, 1, 0, 0);
    this.context.globalAlpha = Math.min(light, 1);
    this.context.drawImage(canvas, 0, 0);
  }

  /**
   * Paint a drawing.
   * @param {number} list its list
   * @param {ArrayLike<number>} places @param {number} at where its places begin
   * @param {ArrayLike<number>} colors @param {number} from where its colours begin
   * @param {number} light 0..1
   */
  draw(list, places, at, colors, from, light = 1) {
    if (light <= 0) return;
    const [high, ...forms] = this.store.lists[list];
    this.place = PLACE * 2 ** high;
    this.width = WIDTH * 2 ** high;
    this.light = Math.min(light, 1);
    this.drawForms(forms, places, at, colors, from);
  }

  drawForms(forms, places, at, colors, from) {
    for (const number of forms) {
      const form = this.store.forms[number], [n, m] = this.store.sizes[number];
      this.context.globalAlpha = this.light;
      this[form[0]](form, places, at, colors, from);
      at += n;
      from += m;
    }
  }

  /** From here on lengths are frame units. */
  useFrame() {
    const k = this.scale * this.factor;
    this.context.setTransform(k, 0, 0, -k, this.across(0), this.down(0));
  }

  /** Discs: x, y, radii, rim width; fills, rims. */
  D([, n, rims, glow], places, at, colors, from) {
    const {context, place, width} = this, line = places[at + 3 * n] * width;
    for (let i = 0; i < n; i++) {
      const x = places[at + i] * place, y = places[at + n + i] * place, r = places[at + 2 * n + i] * width;
      const c = from + i, alpha = colors[c + 3 * n];
      if (glow && alpha > UNSEEN) {
        context.globalAlpha = this.light * Math.min(alpha * ALPHA, 1);
        this.glow(this.glowPicture(glow, [0, n, 2 * n].map((plane) => colors[c + plane])), x, y, r * glow);
      }
      if (alpha > UNSEEN) {
        context.fillStyle = this.useInk(colors, c, n);
        this.circle(x, y, r);
      }
      if (rims && line && colors[c + 7 * n] > UNSEEN) {
        context.fillStyle = this.useInk(colors, c + 4 * n, n);
        this.circle(x, y, r, line);
      }
    }
  }

  /** Fill a circle, or a ring of some width about it, with the colour that is chosen. */
  circle(x, y, r, line = 0) {
    const {context} = this, k = this.scale * this.factor;
    context.setTransform(k, 0, 0, k, this.across(x), this.down(y));
    if (this.moves) {
      context.beginPath();
      context.arc(0, 0, r, 0, TURN);
      if (!line) return context.fill();
      context.lineWidth = line;
      context.strokeStyle = context.fillStyle;
      return context.stroke();
    }
    context.scale(r, r);
    context.fill(makeRing(line / r, SIDES[k * r < 20 ? 0 : 1]));
  }

  /** The light around a disc. A gradient for each would take ten times as long as its picture. */
  glow(picture, x, y, far) {
    const {context} = this, k = this.scale * this.factor;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.imageSmoothingEnabled = true;
    context.drawImage(picture, this.across(x) - far * k, this.down(y) - far * k, 2 * far * k, 2 * far * k);
  }

  /** The light around a disc of some colour, painted once. */
  glowPicture(reach, rgb) {
    const known = this.store.glows ||= new Map(), name = `${reach} ${rgb = rgb.map((part) => 8 * Math.round(part / 8))}`;
    let picture = known.get(name);
    if (!picture) {
      if (known.size >= GLOWS) known.clear();
      known.set(name, picture = makeGlow(reach, rgb));
    }
    return picture;
  }

  /** Lines: x, y of starts and of ends, widths; colours. */
  L([, n], places, at, colors, from) {
    const {context, place, width} = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    for (let i = at, c = from; i < at + n; i++, c++) {
      if (colors[c + 3 * n] <= UNSEEN) continue;
      const x = places[i] * place, y = places[i + n] * place;
      context.fillStyle = this.useInk(colors, c, n);
      this.line(x, y, places[i + 2 * n] * place, places[i + 3 * n] * place, places[i + 4 * n] * width);
    }
  }

  /** Fill a line between two points of the frame; nobody sees where exactly one of a crowd is. */
  line(ax, ay, bx, by, width, isExact = true) {
    const {context} = this, x0 = this.across(ax), y0 = this.down(ay), dx = this.across(bx) - x0, dy = this.down(by) - y0;
    const half = width * this.scale * this.factor / 2 / Math.hypot(dx, dy), x = dy * half, y = -dx * half;
    context.beginPath();
    if (isExact) {
      this.edge(x0 + x, y0 + y, dx, dy);
      this.edge(x0 + dx - x, y0 + dy - y, -dx, -dy);
      return context.fill();
    }
    context.lineWidth = width * this.scale * this.factor;
    context.moveTo(x0, y0);
    context.lineTo(x0 + dx, y0 + dy);
    return context.stroke();
  }

  /**
   * One side of a line, in pixels. Browsers move the ends of an edge up or down by an eighth of a pixel, and all of the edge
   * with them: what lies between two points in quarters of a pixel stays where it is.
   */
  edge(x, y, dx, dy) {
    const {context} = this, slope = dx / dy, end = y + dy, steps = dy > 0 ? 4 : -4;
    const first = Math.ceil(steps * y) / steps, last = Math.floor(steps * end) / steps;
    context.lineTo(x, y);
    if ((last - first) * dy > 0) {
      context.lineTo(x + (first - y) * slope, first);
      context.lineTo(x + (last - y) * slope, last);
    }
    context.lineTo(x + dx, end);
  }

  /** Boxes: x, y, widths, heights, rim width, corner; fills, rims. */
  B([, n, rims], places, at, colors, from) {
    const {context, place, width} = this, corner = places[at + 4 * n + 1] * width;
    this.useFrame();
    context.lineWidth = places[at + 4 * n] * width;
    context.lineJoin = "miter";
    for (let i = 0; i < n; i++) {
      const w = places[at + 2 * n + i] * place, h = places[at + 3 * n + i] * place, c = from + i;
      const fill = colors[c + 3 * n] > UNSEEN, rim = rims && colors[c + 7 * n] > UNSEEN;
      if (!fill && !rim) continue;
      const x = places[at + i] * place - w / 2, y = places[at + n + i] * place - h / 2;
      const r = Math.min(corner, w / 2, h / 2);
      context.beginPath();
      if (r > 0) context.roundRect(x, y, w, h, r);
      else context.rect(x, y, w, h);
      this.isOnPicture = this.liesOnPicture(this.across(x + w / 2), this.down(y + h / 2));
      if (fill) this.fill(colors, c, n);
      if (rim) this.stroke(colors, c + 4 * n, n);
    }
    this.isOnPicture = false;
    this.batches++;
  }

  /** Whether a point, in pixels, lies on a picture that was painted. */
  liesOnPicture(x, y) {
    return this.pictures.some(([x0, y0, x1, y1]) => x0 < x && x < x1 && y0 < y && y < y1);
  }

  /** A filled outline: x, y, size; colour. */
  F([, piece, turn], places, at, colors, from) {
    if (colors[from + 3] <= UNSEEN) return;
    const {context, place} = this, k = places[at + 2] * this.width * this.scale * this.factor, [c, d] = QUARTERS[turn];
    context.setTransform(k * c, -k * d, -k * d, -k * c, this.across(places[at] * place), this.down(places[at + 1] * place));
    context.fillStyle = this.useInk(colors, from, 1, true);
    context.fill(this.outline(piece));
  }

  /** The path of an outline in em, made once. */
  outline(piece) {
    return this.paths[piece] ||= makeOutline(this.store, piece);
  }

  /** A line through points: x, y, width, dashes; colour, fill. */
  P([, n, closed, filled, dashes], places, at, colors, from) {
    const {context, place} = this, line = places[at + 2 * n] * this.width;
    this.useFrame();
    context.beginPath();
    context.moveTo(places[at] * place, places[at + n] * place);
    for (let i = at + 1; i < at + n; i++) context.lineTo(places[i] * place, places[i + n] * place);
    if (closed) context.closePath();
    const dash = [];
    for (let i = 0; i < dashes; i++) dash.push(places[at + 2 * n + 1 + i] * this.width);
    this.trace(line, filled, dash, colors, from);
  }

  /** An ellipse through so many points: x, y, radii, width; colour, fill. */
  E([, n, filled], places, at, colors, from) {
    const {context} = this, [x, y, across, up] = [0, 1, 2, 3].map((i) => places[at + i] * this.place);
    this.useFrame();
    context.beginPath();
    for (let i = 1; i < n; i++) {
      const angle = i * TURN / (n - 1);
      context.lineTo(x + across * Math.cos(angle), y + up * Math.sin(angle));
    }
    context.closePath();
    this.trace(places[at + 4] * this.width, filled, [], colors, from);
  }

  /** Fill what the path encloses, and draw its line. */
  trace(line, filled, dash, colors, from) {
    const {context} = this;
    if (filled && colors[from + 7] > UNSEEN) this.fill(colors, from + 4, 1, true);
    if (!line || colors[from + 3] <= UNSEEN) return;
    context.lineWidth = line;
    context.lineJoin = "round";
    context.lineCap = dash.length ? "butt" : "round";
    context.setLineDash(dash);
    this.stroke(colors, from, 1);
    context.setLineDash([]);
  }

  /** A picture: x, y, width, height, and the rest of each; light. */
  R([, picture, smooth], places, at, colors, from) {
    const {context, place} = this, light = colors[from] * ALPHA, k = this.scale * this.factor;
    if (light <= 0) return;
    const [across, down, wide, high] = [0, 1, 2, 3].map((i) => (places[at + i] + places[at + 4 + i] / FINE) * place);
    const w = wide * k, h = high * k, x = this.across(across) - w / 2, y = this.down(down) - h / 2;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = Math.min(Math.floor(256 * this.light * Math.min(light, 1)), 255) / 255;
    context.imageSmoothingEnabled = Boolean(smooth);
    this.drawPicture(this.store.pictures[picture], x, y, w, h);
    this.pictures.push([x, y, x + w, y + h]);
    if (context.globalAlpha < 0.995 && this.isOpaque(picture)) this.lift(x, y, w, h);
  }

  /** One step of light more in a box: of a picture that is seen through, browsers round every pixel down by about one. */
  lift(x, y, w, h) {
    const {context} = this;
    context.globalCompositeOperation = "lighter";
    context.globalAlpha = 1;
    context.fillStyle = "rgb(1,1,1)";
    context.fillRect(x, y, w, h);
    context.globalCompositeOperation = "source-over";
  }

  /** Whether nothing of a picture is see-through by itself. */
  isOpaque(number) {
    const known = this.store.opaque ||= [], picture = this.store.pictures[number], {width, height} = picture;
    if (known[number] === undefined) {
      const context = new OffscreenCanvas(width, height).getContext("2d");
      context.drawImage(picture, 0, 0);
      known[number] = context.getImageData(0, 0, width, height).data.every((byte, i) => i % 4 < 3 || byte === 255);
    }
    return known[number];
  }

  /** A picture whose edges lie between pixels: those that are covered in part get as much of its edge. */
  drawPicture(picture, x, y, w, h) {
    const {context} = this, left = Math.ceil(x - SLIM), top = Math.ceil(y - SLIM);
    const wide = Math.floor(x + w + SLIM) - left, high = Math.floor(y + h + SLIM) - top;
    const whole = Math.max(left - x, top - y, x + w - left - wide, y + h - top - high) < SLIM;
    if (whole || wide < 1 || high < 1) return context.drawImage(picture, x, y, w, h);
    context.save();
    context.beginPath();
    context.rect(left, top, wide, high);
    context.clip();
    context.drawImage(picture, x, y, w, h);
    context.restore();
    context.save();
    context.beginPath();
    context.rect(x, y, w, h);
    context.rect(left, top, wide, high);
    context.clip("evenodd");
    context.drawImage(picture, x - 1, y - 1, w + 2, h + 2);
    context.restore();
  }

  /** Shapes within a box: left, right, bottom, top; its edges are those of pixels. */
  W([, forms], places, at, colors, from) {
    this.clip([0, 1, 2, 3].map((i) => places[at + i] * this.place));
    this.drawForms(forms, places, at + 4, colors, from);
    this.context.restore();
  }

  /** From here on, until `context.restore()`, only that is seen which lies in a box of the frame. */
  clip([left, right, bottom, top]) {
    const {context} = this, [x0, x1] = [left, right].map((x) => Math.round(this.across(x)));
    const [y0, y1] = [bottom, top].map((y) => Math.round(this.down(y)));
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.beginPath();
    context.rect(x0, y1, x1 - x0, y0 - y1);
    context.clip();
  }

  /** A net: x, y of its sources and of its targets, radii of both, widest, thinnest, shares; two colours, light. */
  N(form, places, at, colors, from) {
    const {context, place, width} = this, [, out, into, faintest, brightest, power] = form, light = colors[from + 6] * ALPHA;
    const ends = at + 2 * (into + out), [first, last, widest, thinnest] = [0, 1, 2, 3].map((i) => places[ends + i] * width);
    const shares = ends + 4, unit = ALPHA * place / PLACE, count = out * into, order = this.order(places, shares, count);
    const inks = [0, 3].map((c) => `rgb(${colors[from + c]},${colors[from + c + 1]},${colors[from + c + 2]})`);
    context.setTransform(1, 0, 0, 1, 0, 0);
    for (const i of order) {
      const s = at + i % into, t = at + 2 * into + Math.floor(i / into), share = places[shares + i] * unit;
      const size = Math.abs(share), alpha = (faintest + (brightest - faintest) * size ** power) * light;
      if (alpha < UNLIT) continue;
      const x = places[s] * place, y = places[s + into] * place;
      const dx = places[t] * place - x, dy = places[t + out] * place - y, far = Math.hypot(dx, dy);
      const a = first / far, b = 1 - last / far;
      context.fillStyle = context.strokeStyle = inks[share < 0 ? 1 : 0];
      context.globalAlpha = this.light * alpha;
      this.line(x + dx * a, y + dy * a, x + dx * b, y + dy * b, Math.max(widest * size, thinnest), count <= EXACT);
    }
  }

  /** Indices of numbers by their size, the least first; kept for those that stand in the film's own row. */
  order(places, from, count) {
    const known = this.store.orders ||= new Map(), kept = places === this.store.numbers;
    if (kept && known.has(from)) return known.get(from);
    const sizes = new Float32Array(count);
    for (let i = 0; i < count; i++) sizes[i] = Math.abs(places[from + i]);
    const order = Uint32Array.from(sizes, (_, i) => i).sort((a, b) => sizes[a] - sizes[b] || a - b);
    if (kept) known.set(from, order);
    return order;
  }

  /** Signals: glowing discs with rims of one colour. */
  discs({count, x, y, r, red, green, blue, alpha}, reach, rim, rimColor) {
    const {context} = this;
    let ink = "", light = null;
    this.useFrame();
    context.lineWidth = rim;
    context.strokeStyle = `rgb(${rimColor})`;
    for (let i = 0; i < count; i++) {
      const now = `rgb(${red[i]},${green[i]},${blue[i]})`, far = r[i] * reach;
      if (now !== ink) {
        light = this.glowPicture(reach, [red[i], green[i], blue[i]]);
        context.fillStyle = ink = now;
      }
      context.globalAlpha = alpha[i];
      context.drawImage(light, x[i] - far, y[i] - far, 2 * far, 2 * far);
      context.beginPath();
      context.arc(x[i], y[i], r[i], 0, TURN);
      context.fill();
      context.stroke();
    }
  }

  /** Specks: discs so small that squares of their area look alike; those of one colour are drawn together. */
  specks({count, x, y, r, alpha, red, green, blue, kind}) {
    const {context} = this;
    this.useFrame();
    for (const wanted of [0, 1, TURNING]) {
      let ink = "";
      for (let i = 0; i < count; i++) {
        if (kind[i] !== wanted) continue;
        if (!ink || wanted === TURNING) context.fillStyle = ink = `rgb(${red[i]},${green[i]},${blue[i]})`;
        const half = r[i] * SQUARE;
        context.globalAlpha = alpha[i];
        context.fillRect(x[i] - half, y[i] - half, 2 * half, 2 * half);
      }
    }
  }

  fill(colors, c, n, isCairo = false) {
    this.context.fillStyle = this.useInk(colors, c, n, isCairo);
    this.context.fill();
  }

  /**
   * The colour with which an area is filled; its alpha is the canvas's from here on. Browsers round a light that is laid
   * over another otherwise than films do, where cairo rounds down and compiled loops round to the nearest: with a colour
   * that is a step lighter or darker, both come to the same on the ground; on a picture, on the average.
   */
  useInk(colors, c, n, isCairo = false) {
    const alpha = this.light * Math.min(colors[c + 3 * n] * ALPHA, 1);
    const step = isCairo ? Math.min(Math.floor(alpha * 256), 255) : Math.round(alpha * 255);
    if (this.fine || step < 1 || step === 255) {
      this.context.globalAlpha = alpha;
      return css(colors, c, n);
    }
    this.context.globalAlpha = step / 255;
    const parts = this.ground.map((under, k) => {
      const part = colors[c + k * n], own = isCairo ? Math.floor((part + 0.5) * alpha) : Math.round(part * alpha);
      const lift = this.isOnPicture ? this.batches % 2 : Math.round((under * (255 - step)) / 255) - ((under * (256 - step)) >> 8);
      return Math.min(Math.max(Math.round((own + lift) * 255 / step), 0), 255);
    });
    return `rgb(${parts})`;
  }

  stroke(colors, c, n) {
    const {context} = this;
    this.useAlpha(colors[c + 3 * n]);
    context.strokeStyle = css(colors, c, n);
    context.stroke();
  }

  useAlpha(alpha) {
    this.context.globalAlpha = this.light * Math.min(alpha * ALPHA, 1);
  }
}

/** The colour of the element at `c` among planes of `n`; alpha is the canvas's, as few colours are read faster. */
function css(colors, c, n) {
  return `rgb(${colors[c]},${colors[c + n]},${colors[c + 2 * n]})`;
}

/** Add a circle about the origin: as many sides as have its area; `turn` is -1 for a hole. */
function addCircle(path, radius, sides, turn = 1) {
  const step = 2 * Math.PI / sides, r = radius * Math.sqrt(step / Math.sin(step));
  for (let i = 0; i < sides; i++) path.lineTo(r * Math.cos(i * step), turn * r * Math.sin(i * step));
  path.closePath();
}

const rings = new Map();

/** A circle of radius 1, or a ring about it. */
function makeRing(line, sides) {
  const name = SIDES.length * Math.round(line * RIM) + SIDES.indexOf(sides);
  let ring = rings.get(name);
  if (!ring) {
    if (rings.size >= RINGS) rings.clear();
    rings.set(name, ring = new Path2D());
    addCircle(ring, 1 + line / 2, sides);
    if (line && line < 2) addCircle(ring, 1 - line / 2, sides, -1);
  }
  return ring;
}

/** @returns {ImageBitmap} the light around a disc, which reaches to its edges */
function makeGlow(reach, rgb) {
  const middle = GLOW_SIZE / 2, picture = new OffscreenCanvas(GLOW_SIZE, GLOW_SIZE), context = picture.getContext("2d");
  const light = context.createRadialGradient(middle, middle, middle * 0.8 / reach, middle, middle, middle);
  for (const [place, alpha] of [[0, 0.45], [0.45, 0.13], [1, 0]]) light.addColorStop(place, `rgba(${rgb},${alpha})`);
  context.fillStyle = light;
  context.fillRect(0, 0, GLOW_SIZE, GLOW_SIZE);
  return picture.transferToImageBitmap();
}

/** A path in em, from contours of steps: 1 x y for a line, 3 x y x y x y for a curve. */
function makeOutline(store, piece) {
  const path = new Path2D(), parts = store.pieces[piece], v = store.numbers;
  for (let part = 0; part < parts.length; part += 3) {
    const [from, count] = store.contours[parts[part]];
    let x = parts[part + 1], y = parts[part + 2], i = from;
    path.moveTo(x * EM, y * EM);
    while (i < from + count) {
      if (v[i] === 1) {
        path.lineTo((x += v[i + 1]) * EM, (y += v[i + 2]) * EM);
        i += 3;
      } else {
        path.bezierCurveTo(
          (x + v[i + 1]) * EM, (y + v[i + 2]) * EM, (x + v[i + 3]) * EM, (y + v[i + 4]) * EM,
          (x + v[i + 5]) * EM, (y + v[i + 6]) * EM,
        );
        x += v[i + 5];
        y += v[i + 6];
        i += 7;
      }
    }
    path.closePath();
  }
  return path;
}
