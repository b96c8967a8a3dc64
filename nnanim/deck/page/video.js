// A slide that plays a clip. Those that draw a film themselves do the same: see slides.js of the player.

import {readCaptions} from "./captions.js";

export class VideoScreen {
  /**
   * @param {HTMLVideoElement} video
   * @param {Array<string>} languages of captions
   * @param {{muted: boolean, caption: string}} state of the deck
   */
  constructor(video, languages, state) {
    Object.assign(this, {video, languages, state});
    video.addEventListener("ended", () => this.ended?.());
  }

  /** The film of a slide is unpacked when it is near, and given back when it is far. */
  unpack() {
    const {video} = this;
    if (video.src) return;
    const text = atob(document.getElementById(video.dataset.clip).textContent);
    const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
    video.src = URL.createObjectURL(new Blob([bytes], {type: "video/mp4"}));
    for (const lang of video.textTracks.length ? [] : this.languages) {
      const text = readCaptions(lang).get(video.closest("section").dataset.name);
      const track = video.addTextTrack("captions", lang, lang);
      if (text) track.addCue(new VTTCue(0, 36000, text));
    }
    this.caption("", this.state.caption);
  }

  release() {
    const {video} = this;
    if (!video.src) return;
    video.pause();
    URL.revokeObjectURL(video.src);
    video.removeAttribute("src");
    video.load();
  }

  play() {
    const {video} = this;
    this.unpack();
    video.currentTime = 0;
    video.muted = this.state.muted;
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
