// Where the elements of a readout are: each area finds the one at a place, and knows its outline and its middle.

/** Distance in frame units from which a line or a point is found. */
const NEAR = 0.07;

/** The element of the least gap that is near enough, or -1; `gap` may be Infinity. */
function nearest(count, gap, near) {
  let best = -1;
  for (let i = 0; i < count; i++) {
    const away = gap(i);
    if (away <= near) [best, near] = [i, away];
  }
  return best;
}

const box = (x, y, w, h, round = false) => ({
  kind: round ? "circle" : "box", points: [[x - w / 2, y - h / 2], [x + w / 2, y + h / 2]], width: 0,
});

/** Boxes or circles: all x, all y, all widths, all heights. */
export class BoxArea {
  constructor(numbers, round) {
    const count = numbers.length / 4;
    Object.assign(this, { count, round });
    [this.x, this.y, this.w, this.h] = [0, 1, 2, 3].map((row) => numbers.slice(row * count, (row + 1) * count));
  }

  find(x, y) {
    return nearest(this.count, (i) => {
      const [dx, dy] = [Math.abs(x - this.x[i]), Math.abs(y - this.y[i])];
      const away = Math.hypot(dx, dy);
      const inside = this.round ? away <= this.w[i] / 2 : dx <= this.w[i] / 2 && dy <= this.h[i] / 2;
      return inside ? away : Infinity;
    }, Number.MAX_VALUE);
  }

  outline(i) { return box(this.x[i], this.y[i], this.w[i], this.h[i], this.round); }
  middle(i) { return [this.x[i], this.y[i]]; }
}

/** Cells that fill a box, in reading order. */
export class CellArea {
  constructor([x, y, w, h], [rows, columns]) {
    Object.assign(this, { left: x - w / 2, top: y + h / 2, w: w / columns, h: h / rows, rows, columns });
  }

  find(x, y) {
    const [row, column] = [Math.floor((this.top - y) / this.h), Math.floor((x - this.left) / this.w)];
    return row >= 0 && row < this.rows && column >= 0 && column < this.columns ? row * this.columns + column : -1;
  }

  outline(i) {
    const { left, top, w, h, columns } = this;
    return box(left + ((i % columns) + 0.5) * w, top - (Math.floor(i / columns) + 0.5) * h, w, h);
  }
}

/** Lines between the circles of two other areas, at (target, source); the nearest edge of one is found. */
export class WireArea {
  constructor(source, target, width) {
    Object.assign(this, { source, target, width, count: source.count * target.count });
  }

  ends(i) {
    const { source, target } = this;
    const [a, b] = [source.middle(i % source.count), target.middle(Math.floor(i / source.count))];
    const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
    const length = Math.hypot(dx, dy) || 1;
    const [from, to] = [source.w[i % source.count] / 2 / length, target.w[Math.floor(i / source.count)] / 2 / length];
    return [[a[0] + from * dx, a[1] + from * dy], [b[0] - to * dx, b[1] - to * dy]];
  }

  find(x, y) {
    const { source, target } = this;
    // There may be a hundred thousand: only of those that pass here is the distance taken.
    this.widths ||= Float32Array.from({ length: this.count }, (_, i) => this.width(i));
    let best = -1, near = NEAR;
    for (let o = 0, i = 0; o < target.count; o++) {
      const bx = target.x[o], by = target.y[o];
      for (let s = 0; s < source.count; s++, i++) {
        const dx = bx - source.x[s], dy = by - source.y[s], px = x - source.x[s], py = y - source.y[s];
        const along = px * dx + py * dy, length = dx * dx + dy * dy, across = px * dy - py * dx;
        const reach = near + this.widths[i] / 2;
        if (along <= 0 || along >= length || across * across > reach * reach * length) continue;
        [best, near] = [i, Math.abs(across) / Math.sqrt(length) - this.widths[i] / 2];
      }
    }
    return best;
  }

  outline(i) { return { kind: "line", points: this.ends(i), width: this.width(i) }; }
}

/** Lines through `places` points each; one of no width is not there. */
export class PathArea {
  constructor(numbers, places, widths) {
    const half = numbers.length / 2;
    Object.assign(this, { count: widths.length, widths });
    this.paths = widths.map((_, i) =>
      Array.from({ length: places }, (__, k) => [numbers[i * places + k], numbers[half + i * places + k]]));
  }

  find(x, y) {
    return nearest(this.count, (i) => (this.widths[i] ? along(this.paths[i], x, y) - this.widths[i] / 2 : Infinity), NEAR);
  }

  outline(i) { return { kind: "line", points: this.paths[i], width: this.widths[i] }; }
}

/** Distance of (x, y) from a line through points. */
function along(points, x, y) {
  return Math.min(...points.slice(1).map(([bx, by], k) => {
    const [ax, ay] = points[k], [dx, dy] = [bx - ax, by - ay];
    const share = Math.min(Math.max(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1), 0), 1);
    return Math.hypot(x - ax - share * dx, y - ay - share * dy);
  }));
}

/** Points between two axes, where their first two numbers say; or places on `lines` curves. */
export class PlotArea {
  constructor([x, y, w, h], [x0, x1, y0, y1], radius, lines, count, value) {
    Object.assign(this, { radius: radius || 0.06, lines, count });
    this.x = Array.from({ length: count }, (_, i) => x - w / 2 + ((value(0, i) - x0) / (x1 - x0)) * w);
    this.y = Array.from({ length: count }, (_, i) => y - h / 2 + ((value(1, i) - y0) / (y1 - y0)) * h);
  }

  find(x, y) {
    if (!this.lines) return nearest(this.count, (i) => Math.hypot(x - this.x[i], y - this.y[i]) - this.radius, NEAR / 2);
    const many = this.count / this.lines;
    const curve = (line) => Array.from({ length: many }, (_, k) => this.middle(line * many + k));
    const line = nearest(this.lines, (one) => along(curve(one), x, y), 2 * NEAR);
    if (line < 0) return -1;
    return line * many + nearest(many, (k) => Math.abs(x - this.x[line * many + k]), Number.MAX_VALUE);
  }

  outline(i) { return box(this.x[i], this.y[i], 2 * this.radius, 2 * this.radius, true); }
  middle(i) { return [this.x[i], this.y[i]]; }
}
