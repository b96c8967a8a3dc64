// A picture from a file, chosen or dropped.

import {make} from "./player/elements.js";
import {encode} from "./sketch.js";
import {say} from "./words.js";

/** Longest side of a picture as it is sent. */
const SIDE = 512;

export class Upload {
  constructor({name}, lang, send) {
    Object.assign(this, {lang, send});
    this.input = make("input", {type: "file", accept: "image/*", onchange: () => this.read(this.input.files[0])});
    this.preview = make("canvas", {hidden: true});
    const words = [say(lang, "choose"), make("small", {}, say(lang, "drop"))];
    this.area = make("label", {class: "drop"}, this.input, this.preview, ...words);
    this.fault = make("p", {class: "fault", hidden: true}, say(lang, "broken"));
    this.element = make("div", {}, this.area, this.fault);
    this.area.addEventListener("dragover", (event) => event.preventDefault());
    this.area.addEventListener("drop", (event) => {
      event.preventDefault();
      this.read(event.dataTransfer.files[0]);
    });
  }

  show = (value) => {
    if (!value) this.preview.hidden = true;
  };

  /** Send a picture, made smaller where it is large. */
  async read(file) {
    if (!file) return;
    this.fault.hidden = true;
    try {
      const picture = await createImageBitmap(file), scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
      Object.assign(this.preview, {width: Math.ceil(picture.width * scale), height: Math.ceil(picture.height * scale)});
      this.preview.getContext("2d").drawImage(picture, 0, 0, this.preview.width, this.preview.height);
      this.preview.hidden = false;
      const blob = await new Promise((done) => this.preview.toBlob(done, "image/png"));
      this.send(encode(new Uint8Array(await blob.arrayBuffer())));
    } catch {
      this.preview.hidden = true;
      this.fault.hidden = false;
    }
  }
}
