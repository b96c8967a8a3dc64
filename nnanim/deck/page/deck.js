// Leads through a deck: plays what a slide shows, and does what its buttons and keys say.

import {readCaptions} from "./captions.js";
import {on} from "./elements.js";
import {Speaker} from "./speaker.js";
import {VideoScreen} from "./video.js";

const deck = JSON.parse(document.getElementById("deck").textContent);
const say = deck.words;
const state = { muted: false, caption: "" };

const reels = window.nnanimSlides && new nnanimSlides.Reels();
const screens = new Map();
const speaker = new Speaker(deck, (section) => {
  const still = section.querySelector("canvas.still");
  return screens.get(section)?.picture() || (still ? reels.picture(still, 640) : section.querySelector("img")?.src);
});
for (const section of document.querySelectorAll(".slides > section")) {
  const film = section.querySelector(".film > video, .film > canvas");
  if (!film) continue;
  const isVideo = film.matches("video");
  const screen = isVideo ? new VideoScreen(film, deck.languages, state) : new nnanimSlides.VectorScreen(film, reels);
  screens.set(section, screen);
  screen.ended = () => {
    if (section.dataset.after === "advance" && Reveal.getCurrentSlide() === section) Reveal.next();
  };
}

function showCaption(section) {
  const text = state.caption ? readCaptions(state.caption).get(section.dataset.name) : "";
  screens.get(section).caption(text, state.caption);
}

// Many words become smaller until all of them stand on the slide.
function fit(section) {
  const words = section.querySelector(".words, .question");
  for (let size = 100; words && size >= 40; size -= 4) {
    words.style.fontSize = `${size}%`;
    // All words of a page lie in one box, beside or over a picture; those of a question are its heading.
    const box = words.querySelector(":scope > div, :scope > h2");
    if (box.offsetHeight <= 0.92 * deck.height) return;
  }
}
document.fonts.ready.then(() => Reveal.isReady() && fit(Reveal.getCurrentSlide()));

let timer = 0;
function shown(section) {
  clearTimeout(timer);
  fit(section);
  const sections = [...document.querySelectorAll(".slides > section")];
  const here = sections.indexOf(section);
  const near = new Set();
  sections.forEach((one, place) => {
    const far = Math.abs(place - here) > 2;
    for (const canvas of far ? [] : one.querySelectorAll("canvas[data-film]")) near.add(canvas.dataset.film);
    const screen = screens.get(one);
    if (!screen) return;
    if (place !== here) screen.pause();
    if (far) screen.release();
  });
  reels?.keep(near);
  const screen = screens.get(section);
  if (screen) {
    screen.mute(state.muted);
    showCaption(section);
    screen.play();
  } else if (section.dataset.after === "advance")
    timer = setTimeout(() => Reveal.next(), 1000 * Number(section.dataset.seconds));
  for (const still of section.querySelectorAll("canvas.still")) reels.still(still);
  const next = sections[here + 1];
  if (next) setTimeout(() => prepare(next), 150);
  speaker.show();
}

function prepare(section) {
  screens.get(section)?.unpack();
  for (const still of section.querySelectorAll("canvas.still")) reels.still(still);
}

function mute() {
  state.muted = !state.muted;
  for (const screen of screens.values()) screen.mute(state.muted);
  press("sound", !state.muted);
}

function nextCaption() {
  const choices = ["", ...deck.languages];
  state.caption = choices[(choices.indexOf(state.caption) + 1) % choices.length];
  for (const section of screens.keys()) showCaption(section);
  document.getElementById("captions").textContent = state.caption ? `CC ${state.caption}` : "CC";
  press("captions", Boolean(state.caption));
}

function again() {
  screens.get(Reveal.getCurrentSlide())?.play();
}

function hold() {
  screens.get(Reveal.getCurrentSlide())?.toggle();
}

function press(id, isOn) {
  const button = document.getElementById(id);
  if (button) button.setAttribute("aria-pressed", String(isOn));
}

let rest = 0;
on(document, "pointermove pointerdown", () => {
  document.body.classList.add("pointed");
  clearTimeout(rest);
  rest = setTimeout(() => document.body.classList.remove("pointed"), 2500);
});
const buttons = { speaker: () => speaker.open(), captions: nextCaption, sound: mute, again };
for (const [id, act] of Object.entries(buttons)) document.getElementById(id)?.addEventListener("click", act);

Reveal.initialize({
  width: deck.width, height: deck.height, margin: 0, minScale: 0.1, maxScale: 8,
  center: false, transition: "none", backgroundTransition: "none", hash: true, autoPlayMedia: false,
  controlsTutorial: false, slideNumber: false, view: null, scrollActivationWidth: null,
}).then(() => shown(Reveal.getCurrentSlide()));
Reveal.on("slidechanged", (event) => shown(event.currentSlide));
for (const name of ["resize", "overviewhidden"])
  Reveal.on(name, () => screens.get(Reveal.getCurrentSlide())?.resize());
// From above, every slide shows how it ends.
Reveal.on("overviewshown", () => {
  for (const canvas of document.querySelectorAll("canvas[data-film]"))
    if (canvas.closest("section") !== Reveal.getCurrentSlide()) reels.still(canvas, 480);
});
const keys = [
  [83, "S", say.notes, () => speaker.open()],
  [67, "C", say.captions, nextCaption],
  [77, "M", say.sound, mute],
  [82, "R", say.again, again],
  [75, "K", say.hold, hold],
];
for (const [keyCode, key, description, act] of keys) Reveal.addKeyBinding({ keyCode, key, description }, act);
