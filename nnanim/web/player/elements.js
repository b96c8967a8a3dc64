// Making elements without a framework.

/** Names of elements that belong to a drawing. */
const DRAWN = ["svg", "polyline", "rect"];

/**
 * An element.
 * @param {string} name of the tag.
 * @param {Object} attributes "on…" are listeners, the others are attributes; false and nothing leave one out.
 * @param {...(Node|string)} children
 */
export function make(name, attributes = {}, ...children) {
  const kind = DRAWN.includes(name) ? "2000/svg" : "1999/xhtml";
  const element = document.createElementNS(`http://www.w3.org/${kind}`, name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) on(element, key.slice(2), value);
    else if ((value ?? false) !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** Listen to events of some names, with a space between two of them. */
export function on(target, names, act, options) {
  for (const name of names.split(" ")) target.addEventListener(name, act, options);
}

/** A number between two limits; the lower one wins where they contradict each other. */
export function clamp(value, low, high) {
  return Math.max(Math.min(value, high), low);
}

/** What a function makes of 0, 1, 2 … */
export function times(count, what) {
  return Array.from({length: count}, (_, i) => what(i));
}

/** What a map holds by a name; what it does not is made, and put into it: a full one is emptied before. */
export function recall(known, name, most, make) {
  if (!known.has(name)) {
    if (known.size >= most) known.clear();
    known.set(name, make());
  }
  return known.get(name);
}

/** A text with values for its {names}. */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** Whether a key is a command to the browser, or pressed in an element of some kind. */
export function isTyped({ctrlKey, metaKey, altKey, target}, selector) {
  return ctrlKey || metaKey || altKey || target.matches?.(selector);
}

/** Give an element another text; what stays the same is not read out again. */
export function rewrite(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** What comes after something in a list; after the last, the first. */
export function nextOf(list, one) {
  return list[(list.indexOf(one) + 1) % list.length];
}
