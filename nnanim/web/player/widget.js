// The player as a widget of a notebook: Python sees which beat is shown, and shows another film in its place.

import { decodeFilm } from "./film.js";
import { Theatre } from "./theatre.js";
import { say } from "./words.js";

/** What anywidget calls for each place in which the widget is shown; what it returns takes the widget away again. */
export function render({ model, el }) {
  const host = document.createElement("div");
  host.style.height = `${model.get("height")}px`;
  el.append(host);
  const theatre = new Theatre(host, { ...model.get("settings"), embedded: true });
  const { player } = theatre;
  const load = async () => {
    const { buffer, byteOffset, byteLength } = model.get("film");
    try {
      await theatre.load(await decodeFilm(new Uint8Array(buffer.slice(byteOffset, byteOffset + byteLength))));
      theatre.tell("");
      tell();
    } catch (error) {
      theatre.tell(say(host.lang, "damaged", { error: error.message }));
    }
  };
  const tell = () => {
    model.set({ beat: player.cut.beats[player.beat].id, playing: player.playing });
    model.save_changes();
  };
  const follow = () => {
    const place = theatre.indexOf(model.get("beat"));
    if (place >= 0 && place !== player.beat) player.seekBeat(place);
  };
  const play = () => (model.get("playing") ? player.play() : player.pause());
  for (const name of ["beat", "play"]) player.addEventListener(name, tell);
  const heard = { "change:film": load, "change:beat": follow, "change:playing": play };
  for (const [name, act] of Object.entries(heard)) model.on(name, act);
  load();
  return () => {
    for (const [name, act] of Object.entries(heard)) model.off(name, act);
    player.pause();
    player.watcher.disconnect();
  };
}
