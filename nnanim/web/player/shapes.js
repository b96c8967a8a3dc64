// Paints shapes on a Canvas 2D, from rows of whole numbers: places in steps of a frame unit, colours.

/** Frame units of a step: of a place, of a width; light of a step of alpha; em of a step of an outline. */
export const PLACE = 1 / 2000, WIDTH = 1 / 8000, ALPHA = 1 / 32767, EM = 1 / 2000;

const TURN = 2 * Math.PI;
const QUARTERS = [[1, 0], [0, 1], [-1, 0], [0, -1]];

/** Alpha, in steps, below which nothing of a shape is seen. */
const UNSEEN = 0.5;

/** A canvas on which drawings are painted. */
export class Painter {
  /**
   * @param {HTMLCanvasElement|OffscreenCanvas} canvas
   * @param {import("./format.js").Store} store
   * @param {[number, number]} size width and height of the frame in its units
   * @param {boolean} opaque whether it has a ground
   */
  constructor(canvas, store, size, opaque = false) {
    this.canvas = canvas;
    this.store = store;
    this.size = size;
    // In 8 bits, thousands of faint wires laid over each other change their colour.
    this.context = canvas.getContext("2d", {alpha: !opaque, colorType: "float16"}) || canvas.getContext("2d");
    this.paths = store.paths ||= new Array(store.pieces.length);
  }

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
  lay(canvas) {
    this.context.setTransform(1, 0, 0, 1, 0, 0);
    this.context.globalAlpha = 1;
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
    const {canvas, scale} = this;
    this.context.setTransform(scale, 0, 0, -scale, canvas.width / 2, canvas.height / 2);
  }

  /** Discs: x, y, radii, rim width; fills, rims. */
  D([, n, rims, glow], places, at, colors, from) {
    const {context, place, width} = this;
    this.useFrame();
    context.lineWidth = places[at + 3 * n] * width;
    for (let i = 0; i < n; i++) {
      const x = places[at + i] * place, y = places[at + n + i] * place, r = places[at + 2 * n + i] * width;
      const c = from + i, alpha = colors[c + 3 * n];
      if (glow && alpha > UNSEEN) this.glow(x, y, r, glow, colors, c, n);
      const rim = rims && context.lineWidth && colors[c + 7 * n] > UNSEEN;
      if (alpha <= UNSEEN && !rim) continue;
      context.beginPath();
      context.arc(x, y, r, 0, TURN);
      if (alpha > UNSEEN) this.fill(colors, c, n);
      if (rim) this.stroke(colors, c + 4 * n, n);
    }
  }

  /** The light around a disc. */
  glow(x, y, r, reach, colors, c, n) {
    const {context} = this, alpha = colors[c + 3 * n] * ALPHA;
    const rgb = `rgba(${colors[c]},${colors[c + n]},${colors[c + 2 * n]},`;
    const light = context.createRadialGradient(x, y, r * 0.8, x, y, r * reach);
    light.addColorStop(0, `${rgb}${0.45 * alpha})`);
    light.addColorStop(0.45, `${rgb}${0.13 * alpha})`);
    light.addColorStop(1, `${rgb}0)`);
    context.fillStyle = light;
    context.beginPath();
    context.arc(x, y, r * reach, 0, TURN);
    context.fill();
  }

  /** Lines: x, y of starts and of ends, widths; colours. */
  L([, n], places, at, colors, from) {
    const {context, place, width} = this;
    this.useFrame();
    context.lineCap = "butt";
    for (let i = at, c = from; i < at + n; i++, c++) {
      if (colors[c + 3 * n] <= UNSEEN) continue;
      context.lineWidth = places[i + 4 * n] * width;
      context.beginPath();
      context.moveTo(places[i] * place, places[i + n] * place);
      context.lineTo(places[i + 2 * n] * place, places[i + 3 * n] * place);
      this.stroke(colors, c, n);
    }
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
      if (fill) this.fill(colors, c, n);
      if (rim) this.stroke(colors, c + 4 * n, n);
    }
  }

  /** A filled outline: x, y, size; colour. */
  F([, piece, turn], places, at, colors, from) {
    if (colors[from + 3] <= UNSEEN) return;
    const {context, canvas, scale} = this, k = places[at + 2] * this.width * scale, [c, d] = QUARTERS[turn];
    const x = canvas.width / 2 + places[at] * this.place * scale;
    const y = canvas.height / 2 - places[at + 1] * this.place * scale;
    context.setTransform(k * c, -k * d, -k * d, -k * c, x, y);
    context.fillStyle = css(colors, from, 1);
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
    if (filled && colors[from + 7] > UNSEEN) this.fill(colors, from + 4, 1);
    if (!line || colors[from + 3] <= UNSEEN) return;
    context.lineWidth = line;
    context.lineJoin = "round";
    context.lineCap = dashes ? "butt" : "round";
    const dash = [];
    for (let i = 0; i < dashes; i++) dash.push(places[at + 2 * n + 1 + i] * this.width);
    context.setLineDash(dash);
    this.stroke(colors, from, 1);
    context.setLineDash([]);
  }

  /** A picture: x, y, width, height; light. */
  R([, picture, smooth], places, at, colors, from) {
    const {context, canvas, scale, place} = this, light = colors[from] * ALPHA;
    if (light <= 0) return;
    const w = places[at + 2] * place * scale, h = places[at + 3] * place * scale;
    const x = canvas.width / 2 + places[at] * place * scale - w / 2;
    const y = canvas.height / 2 - places[at + 1] * place * scale - h / 2;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = this.light * Math.min(light, 1);
    context.imageSmoothingEnabled = Boolean(smooth);
    context.drawImage(this.store.pictures[picture], x, y, w, h);
  }

  /** Shapes within a box: left, right, bottom, top; its edges are those of pixels. */
  W([, forms], places, at, colors, from) {
    const {context, canvas, scale, place} = this, edges = [0, 1, 2, 3].map((i) => places[at + i] * place * scale);
    const [left, right] = edges.slice(0, 2).map((x) => Math.round(canvas.width / 2 + x));
    const [bottom, top] = edges.slice(2).map((y) => Math.round(canvas.height / 2 - y));
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.beginPath();
    context.rect(left, top, right - left, bottom - top);
    context.clip();
    this.drawForms(forms, places, at + 4, colors, from);
    context.restore();
  }

  fill(colors, c, n) {
    this.context.fillStyle = css(colors, c, n);
    this.context.fill();
  }

  stroke(colors, c, n) {
    this.context.strokeStyle = css(colors, c, n);
    this.context.stroke();
  }
}

/** The colour of the element at `c` among planes of `n`. */
function css(colors, c, n) {
  return `rgba(${colors[c]},${colors[c + n]},${colors[c + 2 * n]},${colors[c + 3 * n] * ALPHA})`;
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
