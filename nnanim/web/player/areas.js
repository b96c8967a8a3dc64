// Where the elements of a readout are: each area has their number, finds the one at a place, and knows its outline.

import {clamp, times} from "./elements.js";

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

/** Boxes or circles: all x, all y, all widths, all heights; found from some distance. `middles` are their x and y. */
export function boxArea(numbers, isRound, slack = 0) {
  const count = numbers.length / 4, [x, y, w, h] = times(4, (row) => numbers.slice(row * count, (row + 1) * count));
  const find = (px, py) => nearest(count, (i) => {
    const dx = Math.abs(px - x[i]), dy = Math.abs(py - y[i]), away = Math.hypot(dx, dy);
    return (isRound ? away - w[i] / 2 : Math.max(dx - w[i] / 2, dy - h[i] / 2)) <= slack ? away : Infinity;
  }, Number.MAX_VALUE);
  const outline = (i) => ({
    kind: isRound ? "circle" : "box", points: [[x[i] - w[i] / 2, y[i] - h[i] / 2], [x[i] + w[i] / 2, y[i] + h[i] / 2]], width: 0,
  });
  return {count, find, outline, x, y, w};
}

/** Cells that fill a box, in reading order. */
export function cellArea([x, y, w, h], [rows, columns]) {
  const left = x - w / 2, top = y + h / 2, wide = w / columns, high = h / rows, count = rows * columns;
  const find = (px, py) => {
    const row = Math.floor((top - py) / high), column = Math.floor((px - left) / wide);
    return row >= 0 && row < rows && column >= 0 && column < columns ? row * columns + column : -1;
  };
  const outline = (i) => {
    const x0 = left + (i % columns) * wide, y1 = top - Math.floor(i / columns) * high;
    return {kind: "box", points: [[x0, y1 - high], [x0 + wide, y1]], width: 0};
  };
  return {count, find, outline, isCells: true};
}

/** Lines between the circles of two other areas, at (target, source); the nearest edge of one is found. */
export function wireArea(source, target, width) {
  const count = source.count * target.count, widths = Float32Array.from(times(count, width));
  const find = (x, y) => {
    let best = -1, near = NEAR;
    // There may be a hundred thousand: only of those that pass here is the distance taken.
    for (let o = 0, i = 0; o < target.count; o++) {
      for (let s = 0; s < source.count; s++, i++) {
        const dx = target.x[o] - source.x[s], dy = target.y[o] - source.y[s], px = x - source.x[s], py = y - source.y[s];
        const along = px * dx + py * dy, length = dx * dx + dy * dy, across = px * dy - py * dx, reach = near + widths[i] / 2;
        if (along <= 0 || along >= length || across * across > reach * reach * length) continue;
        [best, near] = [i, Math.abs(across) / Math.sqrt(length) - widths[i] / 2];
      }
    }
    return best;
  };
  const outline = (i) => {
    const s = i % source.count, t = Math.floor(i / source.count), radii = [source.w[s] / 2, target.w[t] / 2];
    return {kind: "line", points: joinRims(source.x[s], source.y[s], target.x[t], target.y[t], ...radii), width: width(i)};
  };
  return {count, find, outline};
}

/** The ends of a line between two circles, from rim to rim. */
export function joinRims(ax, ay, bx, by, first, last) {
  const far = Math.hypot(bx - ax, by - ay) || 1, ux = (bx - ax) / far, uy = (by - ay) / far;
  return [[ax + ux * first, ay + uy * first], [bx - ux * last, by - uy * last]];
}

/** Lines through `places` points each; one of no width is not there. */
export function pathArea(numbers, places, widths) {
  const half = numbers.length / 2, count = widths.length;
  const paths = widths.map((_, i) => times(places, (k) => [numbers[i * places + k], numbers[half + i * places + k]]));
  const find = (x, y) => nearest(count, (i) => (widths[i] ? along(paths[i], x, y) - widths[i] / 2 : Infinity), NEAR);
  return {count, find, outline: (i) => ({kind: "line", points: paths[i], width: widths[i]})};
}

/** Distance of (x, y) from a line through points. */
function along(points, x, y) {
  return Math.min(...points.slice(1).map(([bx, by], k) => {
    const [ax, ay] = points[k], dx = bx - ax, dy = by - ay;
    const share = clamp(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1), 0, 1);
    return Math.hypot(x - ax - share * dx, y - ay - share * dy);
  }));
}

/** Points between two axes, where their first two numbers say; or places on `lines` curves. */
export function plotArea([x, y, w, h], [x0, x1, y0, y1, radius, lines], count, value) {
  const size = 2 * (radius || 0.06), across = times(count, (i) => x - w / 2 + ((value(0, i) - x0) / (x1 - x0)) * w);
  const up = times(count, (i) => y - h / 2 + ((value(1, i) - y0) / (y1 - y0)) * h), many = count / lines;
  const points = boxArea([...across, ...up, ...times(2 * count, () => size)], true, NEAR / 2);
  const find = (px, py) => {
    const curve = (line) => times(many, (k) => [across[line * many + k], up[line * many + k]]);
    const line = nearest(lines, (one) => along(curve(one), px, py), 2 * NEAR);
    return line < 0 ? -1 : line * many + nearest(many, (k) => Math.abs(px - across[line * many + k]), Number.MAX_VALUE);
  };
  return lines ? {...points, find} : points;
}
