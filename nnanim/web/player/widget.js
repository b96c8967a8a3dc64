// The player as a widget of a notebook: Python sees which beat is shown, and shows another film in its place.

import {make, on} from "./elements.js";
import {decodeFilm} from "./film.js";
import {Theatre} from "./theatre.js";

/** What anywidget calls for each place in which the widget is shown; what it returns takes the widget away again. */
export function render({model, el}) {
  const host = make("div");
  host.style.height = `${model.get("height")}px`;
  el.append(host);
  const theatre = new Theatre(host, {...model.get("settings"), embedded: true}), {player} = theatre;
  const load = async () => {
    const {buffer, byteOffset, byteLength} = model.get("film");
    try {
      await theatre.load(await decodeFilm(new Uint8Array(buffer.slice(byteOffset, byteOffset + byteLength))));
      theatre.say("");
      tell();
    } catch (error) {
      theatre.complain(error);
    }
  };
  const tell = () => {
    model.set({beat: player.cut.beats[player.beat].id, playing: player.playing});
    model.save_changes();
  };
  const follow = () => {
    const place = theatre.indexOf(model.get("beat"));
    if (place >= 0 && place !== player.beat) player.seekBeat(place);
  };
  const play = () => (model.get("playing") ? player.play() : player.pause());
  on(player, "beat play", tell);
  const heard = Object.entries({"change:film": load, "change:beat": follow, "change:playing": play});
  for (const [name, act] of heard) model.on(name, act);
  load();
  return () => {
    for (const [name, act] of heard) model.off(name, act);
    player.pause();
    player.watcher.disconnect();
  };
}
