(() => {
  "use strict";
  const deck = JSON.parse(document.getElementById("deck").textContent);
  const say = deck.words;
  const videos = new Map();
  const state = { muted: false, caption: "" };

  for (const section of document.querySelectorAll(".slides > section")) {
    const video = section.querySelector("video");
    if (video) videos.set(section, video);
  }

  // The film of a slide is unpacked when it is near, and given back when it is far.
  function unpack(video) {
    if (video.src) return;
    const text = atob(document.getElementById(video.dataset.clip).textContent);
    const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
    video.src = URL.createObjectURL(new Blob([bytes], { type: "video/mp4" }));
    caption(video);
  }

  function giveBack(video) {
    if (!video.src) return;
    video.pause();
    URL.revokeObjectURL(video.src);
    video.removeAttribute("src");
    video.load();
  }

  // Captions are read from the WebVTT files that lie in this page.
  function cues(lang) {
    const source = document.querySelector(`script[type="text/vtt"][data-lang="${lang}"]`);
    const found = new Map();
    for (const block of (source ? source.textContent : "").split(/\n\n+/)) {
      const [id, time, ...lines] = block.trim().split("\n");
      if (time && time.includes("-->")) found.set(id, lines.join("\n"));
    }
    return found;
  }

  function caption(video) {
    if (video.textTracks.length) return;
    for (const lang of deck.languages) {
      const text = cues(lang).get(video.closest("section").dataset.name);
      const track = video.addTextTrack("captions", lang, lang);
      if (text) track.addCue(new VTTCue(0, 36000, text));
    }
    showCaptions(video);
  }

  function showCaptions(video) {
    for (const track of video.textTracks) track.mode = track.language === state.caption ? "showing" : "hidden";
  }

  function play(video) {
    unpack(video);
    video.currentTime = 0;
    video.muted = state.muted;
    video.play().catch((error) => {
      if (error.name !== "NotAllowedError" || video.muted) return;
      // No sound before the first click on the page: a rule of browsers.
      video.muted = true;
      video.play().catch(() => {});
    });
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
    sections.forEach((one, place) => {
      const video = videos.get(one);
      if (!video) return;
      if (place !== here) video.pause();
      if (Math.abs(place - here) > 2) giveBack(video);
    });
    const video = videos.get(section);
    if (video) play(video);
    else if (section.dataset.after === "advance")
      timer = setTimeout(() => Reveal.next(), 1000 * Number(section.dataset.seconds));
    const next = videos.get(sections[here + 1]);
    if (next) setTimeout(() => unpack(next), 150);
    tellSpeaker();
  }

  for (const [section, video] of videos)
    video.addEventListener("ended", () => {
      if (section.dataset.after === "advance" && Reveal.getCurrentSlide() === section) Reveal.next();
    });

  function mute() {
    state.muted = !state.muted;
    for (const video of videos.values()) video.muted = state.muted;
    press("sound", !state.muted);
  }

  function nextCaption() {
    const choices = ["", ...deck.languages];
    state.caption = choices[(choices.indexOf(state.caption) + 1) % choices.length];
    for (const video of videos.values()) showCaptions(video);
    document.getElementById("captions").textContent = state.caption ? `CC ${state.caption}` : "CC";
    press("captions", Boolean(state.caption));
  }

  function again() {
    const video = videos.get(Reveal.getCurrentSlide());
    if (video) play(video);
  }

  function hold() {
    const video = videos.get(Reveal.getCurrentSlide());
    if (!video) return;
    if (video.paused) video.play();
    else video.pause();
  }

  function press(id, on) {
    const button = document.getElementById(id);
    if (button) button.setAttribute("aria-pressed", String(on));
  }

  // The speaker's window is written by this page itself: that works without a server.
  let speaker = null;
  let begun = 0;

  function openSpeaker() {
    if (speaker && !speaker.closed) return speaker.focus();
    speaker = window.open("", "speaker", "width=1100,height=720");
    if (!speaker) return alert(say.blocked);
    begun = begun || Date.now();
    const page = speaker.document;
    page.title = `${say.notes}: ${deck.title}`;
    page.documentElement.lang = deck.lang;
    const style = page.createElement("style");
    style.textContent = document.getElementById("fonts").textContent + deck.speaker;
    page.head.append(style);
    page.body.replaceChildren();
    const make = (name, id) => {
      const element = page.createElement(name);
      element.id = id;
      return element;
    };
    const bar = make("header", "bar");
    for (const [id, text, act] of [
      ["back", "◀", () => Reveal.prev()],
      ["on", "▶", () => Reveal.next()],
    ]) {
      const button = make("button", id);
      button.textContent = text;
      button.addEventListener("click", act);
      bar.append(button);
    }
    bar.append(make("span", "place"), make("span", "chapter"), make("time", "clock"));
    const next = make("aside", "next");
    next.append(make("h2", "then"), make("img", "picture"), make("p", "follows"));
    const main = make("main", "main");
    main.append(make("h1", "sentence"), make("div", "notes"));
    page.body.append(bar, main, next);
    page.getElementById("then").textContent = say.next;
    speaker.addEventListener("keydown", (event) => {
      if (["ArrowRight", "ArrowDown", " ", "PageDown", "Enter"].includes(event.key)) Reveal.next();
      else if (["ArrowLeft", "ArrowUp", "PageUp"].includes(event.key)) Reveal.prev();
      else return;
      event.preventDefault();
    });
    tellSpeaker();
  }

  function tellSpeaker() {
    if (!speaker || speaker.closed) return;
    const page = speaker.document;
    const place = Reveal.getIndices().h;
    const [slide, after] = [deck.slides[place], deck.slides[place + 1]];
    const set = (id, text) => (page.getElementById(id).textContent = text);
    set("place", `${place + 1} / ${deck.slides.length}`);
    const chapters = deck.slides.slice(0, place + 1).filter((one) => one.chapter);
    const chapter = chapters[chapters.length - 1];
    set("chapter", chapter ? chapter.chapter + (chapter.minutes ? ` (${chapter.minutes} ${say.minutes})` : "") : "");
    set("sentence", slide.title);
    page.getElementById("notes").replaceChildren(
      ...slide.notes.split("\n\n").map((text) => {
        const paragraph = page.createElement("p");
        paragraph.textContent = text;
        return paragraph;
      }),
    );
    const picture = page.getElementById("picture");
    const image = document.querySelectorAll(".slides > section")[place + 1]?.querySelector("img, video");
    picture.src = image ? image.poster || image.src : "";
    picture.hidden = !image;
    set("follows", after ? after.title : say.end);
    clock();
  }

  function clock() {
    if (!speaker || speaker.closed) return;
    const seconds = Math.floor((Date.now() - begun) / 1000);
    const two = (number) => String(number).padStart(2, "0");
    const planned = deck.minutes ? ` / ${deck.minutes} ${say.minutes}` : "";
    speaker.document.getElementById("clock").textContent = `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}${planned}`;
  }
  setInterval(clock, 1000);

  let rest = 0;
  for (const kind of ["pointermove", "pointerdown"])
    document.addEventListener(kind, () => {
      document.body.classList.add("pointed");
      clearTimeout(rest);
      rest = setTimeout(() => document.body.classList.remove("pointed"), 2500);
    });
  const buttons = { speaker: openSpeaker, captions: nextCaption, sound: mute, again };
  for (const [id, act] of Object.entries(buttons)) document.getElementById(id)?.addEventListener("click", act);

  Reveal.initialize({
    width: deck.width, height: deck.height, margin: 0, minScale: 0.1, maxScale: 8,
    center: false, transition: "none", backgroundTransition: "none", hash: true, autoPlayMedia: false,
    controlsTutorial: false, slideNumber: false, view: null, scrollActivationWidth: null,
  }).then(() => shown(Reveal.getCurrentSlide()));
  Reveal.on("slidechanged", (event) => shown(event.currentSlide));
  const keys = [
    [83, "S", say.notes, openSpeaker],
    [67, "C", say.captions, nextCaption],
    [77, "M", say.sound, mute],
    [82, "R", say.again, again],
    [75, "K", say.hold, hold],
  ];
  for (const [keyCode, key, description, act] of keys) Reveal.addKeyBinding({ keyCode, key, description }, act);
})();
