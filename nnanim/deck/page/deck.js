{
  const deck = JSON.parse(document.getElementById("deck").textContent);
  const say = deck.words;
  const state = { muted: false, caption: "" };

  // A slide that plays a clip. Those that draw a film themselves do the same: see slides.js of the player.
  class VideoScreen {
    constructor(video) {
      this.video = video;
      video.addEventListener("ended", () => this.ended?.());
    }

    // The film of a slide is unpacked when it is near, and given back when it is far.
    unpack() {
      const { video } = this;
      if (video.src) return;
      const text = atob(document.getElementById(video.dataset.clip).textContent);
      const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
      video.src = URL.createObjectURL(new Blob([bytes], { type: "video/mp4" }));
      for (const lang of video.textTracks.length ? [] : deck.languages) {
        const track = video.addTextTrack("captions", lang, lang);
        const text = cues(lang).get(video.closest("section").dataset.name);
        if (text) track.addCue(new VTTCue(0, 36000, text));
      }
      this.caption("", state.caption);
    }

    release() {
      const { video } = this;
      if (!video.src) return;
      video.pause();
      URL.revokeObjectURL(video.src);
      video.removeAttribute("src");
      video.load();
    }

    play() {
      const { video } = this;
      this.unpack();
      video.currentTime = 0;
      video.muted = state.muted;
      video.play().catch((error) => {
        if (error.name !== "NotAllowedError" || video.muted) return;
        // No sound before the first click on the page: a rule of browsers.
        video.muted = true;
        video.play().catch(() => {});
      });
    }

    pause() {
      this.video.pause();
    }

    toggle() {
      if (this.video.paused) this.video.play();
      else this.video.pause();
    }

    mute(muted) {
      this.video.muted = muted;
    }

    caption(text, lang) {
      for (const track of this.video.textTracks) track.mode = track.language === lang ? "showing" : "hidden";
    }

    picture() {
      return this.video.poster;
    }

    resize() {}
  }

  const reels = window.nnanimSlides && new nnanimSlides.Reels();
  const screens = new Map();
  for (const section of document.querySelectorAll(".slides > section")) {
    const film = section.querySelector(".film > video, .film > canvas");
    if (!film) continue;
    const screen = film.matches("video") ? new VideoScreen(film) : new nnanimSlides.VectorScreen(film, reels);
    screens.set(section, screen);
    screen.ended = () => {
      if (section.dataset.after === "advance" && Reveal.getCurrentSlide() === section) Reveal.next();
    };
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

  function showCaption(section) {
    const text = state.caption ? cues(state.caption).get(section.dataset.name) : "";
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
    tellSpeaker();
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
    const next = document.querySelectorAll(".slides > section")[place + 1];
    const still = next?.querySelector("canvas.still");
    picture.hidden = !next?.querySelector("img, video, canvas");
    Promise.resolve(
      screens.get(next)?.picture() || (still ? reels.picture(still, 640) : next?.querySelector("img")?.src || ""),
    ).then((address) => Reveal.getIndices().h === place && (picture.src = address));
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
  for (const name of ["resize", "overviewhidden"])
    Reveal.on(name, () => screens.get(Reveal.getCurrentSlide())?.resize());
  // From above, every slide shows how it ends.
  Reveal.on("overviewshown", () => {
    for (const canvas of document.querySelectorAll("canvas[data-film]"))
      if (canvas.closest("section") !== Reveal.getCurrentSlide()) reels.still(canvas, 480);
  });
  const keys = [
    [83, "S", say.notes, openSpeaker],
    [67, "C", say.captions, nextCaption],
    [77, "M", say.sound, mute],
    [82, "R", say.again, again],
    [75, "K", say.hold, hold],
  ];
  for (const [keyCode, key, description, act] of keys) Reveal.addKeyBinding({ keyCode, key, description }, act);
}
