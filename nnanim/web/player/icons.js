// Small pictures for buttons.

import {trace} from "./elements.js";

const ICONS = {
  play: "M7 4v16l13-8z",
  pause: "M6 4h4v16H6zM14 4h4v16h-4z",
  previous: "M6 5h3v14H6zM20 5v14l-10-7z",
  next: "M15 5h3v14h-3zM4 5v14l10-7z",
  contents: "M4 5h3v3H4zM9 5h11v3H9zM4 10.5h3v3H4zM9 10.5h11v3H9zM4 16h3v3H4zM9 16h11v3H9z",
  captions: "M3 5h18v14H3zM6 13v3h6v-3zM14 13v3h4v-3z",
  theme: "M12 3a9 9 0 1 0 0 18zM13 3.1v2a7 7 0 0 1 0 13.8v2a9 9 0 0 0 0-17.8z",
  step: "M4 5v14l8-7zM14 5h6v14h-6z",
  shape: "M3 6h12v8H3zM17 6h4v14h-9v-4h5z",
  full: "M4 4h6v2H6v4H4zM14 4h6v6h-2V6h-4zM4 14h2v4h4v2H4zM18 14h2v6h-6v-2h4z",
  print: "M7 3h10v4H7zM4 8h16v8h-3v-3H7v3H4zM8 14h8v7H8z",
};

/** A small picture for a button. */
export function icon(name) {
  const svg = trace("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" });
  svg.append(trace("path", { d: ICONS[name], "fill-rule": "evenodd" }));
  return svg;
}
