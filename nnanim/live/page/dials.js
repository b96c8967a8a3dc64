// The controls of a scene as elements. Each dial has an element, takes values, and sends what is chosen.

import {make} from "./player/elements.js";
import {Pad} from "./pad.js";
import {Sketch} from "./sketch.js";
import {Upload} from "./upload.js";
import {eachFrame} from "./timing.js";
import {say} from "./words.js";

/** Milliseconds without a key after which a text is sent. */
const TYPING = 130;

/**
 * A dial for a control.
 * @param {Object} control as the server describes it
 * @param {string} lang
 * @param {(value: any, hasty?: boolean) => void} send hasty: another value will follow at once
 * @returns {{element: HTMLElement, show: (value: any) => void, held: () => boolean}}
 */
export function makeDial(control, lang, send) {
  const dial = KINDS[control.kind](control, lang, send);
  const name = control.label || control.name;
  const foot = make("p", {class: "fault", hidden: true});
  const head = make("div", {class: "head"}, make("span", {class: "name"}, name), dial.output || "");
  const element = make("section", {class: `dial ${control.kind}`, "aria-label": name}, head, dial.element, foot);
  const find = () => element.querySelector("input, select, canvas");
  if (!dial.named) find()?.setAttribute("aria-label", name);
  const complain = (text) => {
    foot.textContent = text;
    foot.hidden = !text;
  };
  return {element, show: dial.show, held: dial.held || (() => false), complain};
}

const KINDS = {
  slider: makeSlider, stepper: makeStepper, field: makeField, menu: makeMenu, table: makeTable,
  sketch: (...args) => new Sketch(...args), pad: (...args) => new Pad(...args), upload: (...args) => new Upload(...args),
};

function digitsOf(step) {
  return Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
}

function makeSlider({low, high, step, unit}, lang, send) {
  const output = make("output", {});
  const input = make("input", {type: "range", min: low, max: high, step: "any"});
  let held = false;
  const write = (value) => {
    output.textContent = `${value.toFixed(digitsOf(step))}${unit ? ` ${unit}` : ""}`;
    input.setAttribute("aria-valuetext", output.textContent);
    input.style.setProperty("--done", `${(100 * (value - low)) / (high - low)}%`);
  };
  const read = () => Math.min(Math.max(Math.round(input.value / step) * step, low), high);
  const sendSoon = eachFrame((hasty) => send(read(), hasty));
  input.addEventListener("pointerdown", () => (held = true));
  input.addEventListener("input", () => {
    write(read());
    sendSoon(held);
  });
  input.addEventListener("change", () => {
    held = false;
    sendSoon(false);
  });
  input.addEventListener("keydown", (event) => {
    const way = {ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10}[event.key];
    if (!way) return;
    event.preventDefault();
    input.value = Math.min(Math.max(read() + way * step, low), high);
    write(read());
    sendSoon(event.repeat);
  });
  const show = (value) => {
    input.value = value;
    write(value);
  };
  return {element: input, output, show, held: () => held};
}

function makeStepper({low, high}, lang, send) {
  const input = make("input", {type: "number", min: low, max: high, step: 1, inputmode: "numeric"});
  const go = (by) => {
    input.value = Math.min(Math.max((Number(input.value) || 0) + by, low), high);
    send(Number(input.value));
  };
  input.addEventListener("change", () => go(0));
  const element = make(
    "div", {class: "row"},
    make("button", {type: "button", "aria-label": say(lang, "less"), onclick: () => go(-1)}, "−"), input,
    make("button", {type: "button", "aria-label": say(lang, "more"), onclick: () => go(1)}, "+"),
  );
  return {element, show: (value) => (input.value = value), held: () => input.matches(":focus")};
}

function makeField({longest}, lang, send) {
  const input = make("textarea", {rows: 2, maxlength: longest, spellcheck: "false"});
  let timer = 0, composing = false, last = "";
  const finish = () => {
    clearTimeout(timer);
    if (!composing && input.value.trim() && input.value !== last) send((last = input.value));
  };
  input.addEventListener("compositionstart", () => (composing = true));
  input.addEventListener("compositionend", () => {
    composing = false;
    finish();
  });
  input.addEventListener("input", () => {
    clearTimeout(timer);
    if (!composing) timer = setTimeout(finish, TYPING);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !composing) {
      event.preventDefault();
      finish();
    }
  });
  input.addEventListener("change", finish);
  const show = (value) => {
    input.value = last = value;
  };
  return {element: input, show, held: () => input.matches(":focus")};
}

function makeMenu({choices}, lang, send) {
  const options = choices.map(([value, words]) => make("option", {value}, words || value));
  const select = make("select", {onchange: () => send(select.value)}, ...options);
  return {element: select, show: (value) => (select.value = value)};
}

function makeTable({low, high, rows, columns}, lang, send) {
  const table = make("table", {});
  const read = () => [...table.querySelectorAll("tbody tr")].map((row) =>
    [...row.querySelectorAll("input")].map((input) => Math.min(Math.max(Number(input.value) || 0, low), high)));
  const sendSoon = eachFrame(() => send(read(), true));
  const cell = (value, name) => {
    const input = make("input", {type: "number", min: low, max: high, step: 0.1, "aria-label": name});
    input.value = Number(value.toFixed(3));
    input.addEventListener("input", () => sendSoon());
    input.addEventListener("change", () => send(read()));
    dragNumber(input, 0.02, () => sendSoon());
    return make("td", {}, input);
  };
  const show = (values) => {
    const head = columns.length ? [make("thead", {}, make("tr", {}, ...(rows.length ? [make("td")] : []),
      ...columns.map((name) => make("th", {scope: "col"}, name))))] : [];
    const lines = values.map((row, i) => make("tr", {}, ...(rows.length ? [make("th", {scope: "row"}, rows[i])] : []),
      ...row.map((value, j) => cell(value, [rows[i], columns[j]].filter(Boolean).join(", ")))));
    table.replaceChildren(...head, make("tbody", {}, ...lines));
  };
  return {element: table, show, named: true, held: () => table.matches(":focus-within")};
}

/** Let a number be dragged sideways. */
function dragNumber(input, step, changed) {
  let start = null;
  input.addEventListener("pointerdown", (event) => (start = {x: event.clientX, value: Number(input.value), moved: false}));
  input.addEventListener("pointermove", (event) => {
    if (!start || !(event.buttons & 1)) return;
    const way = event.clientX - start.x;
    if (!start.moved && Math.abs(way) < 4) return;
    start.moved = true;
    input.setPointerCapture(event.pointerId);
    const value = Math.min(Math.max(start.value + way * step, input.min), input.max);
    input.value = Number(value.toFixed(3));
    changed();
  });
  for (const name of ["pointerup", "pointercancel"]) input.addEventListener(name, () => (start = null));
}
